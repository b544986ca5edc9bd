import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { GradualPruning } from '../../../dsl/graph/stage-options.ts'
import { kept } from '../../../stdlib/masks.ts'
import { changesAt, type InSteps, spendsStep, spentBefore } from '../../../stdlib/prune/gradual.ts'
import { dropFraction, type Growth, regrown } from '../../../stdlib/prune/regrow.ts'
import { bits, tiny } from '../networks.ts'

describe('the fraction that goes', () => {
  test('falls along half a cosine to zero at the end, and is zero from there on', () => {
    const rigl = { grow: 'gradient', fraction: 0.3, to: 0, end: 0.75 } as const
    expect(dropFraction(rigl, 0)).toBe(0.3)
    // A third of the way: 0.15 · (1 + cos 60°).
    expect(dropFraction(rigl, 0.25)).toBeCloseTo(0.225, 12)
    expect(dropFraction(rigl, 0.375)).toBeCloseTo(0.15, 12)
    expect([0.75, 0.9, 1].map((at) => dropFraction(rigl, at))).toEqual([0, 0, 0])
  })

  test('is the same all the way where it falls to itself, or falls to a floor', () => {
    expect([0, 0.5, 0.99].map((at) => dropFraction({ grow: 'random', fraction: 0.3, to: 0.3, end: 1 }, at))).toEqual([0.3, 0.3, 0.3])
    expect(dropFraction({ grow: 'gradient', fraction: 0.5, to: 0.005, end: 1 }, 0.5)).toBeCloseTo(0.2525, 12)
  })
})

const weights = { fc1: [0.1, -0.9, 0, 0, 0.8, 0.05], out: [0.4, -0.15, 0.25, 0, 0, 0] }
const masks = { fc1: [1, 1, 0, 0, 1, 1], out: [1, 1, 1, 0, 0, 0] }
const by = (gradients: { readonly fc1: readonly number[]; readonly out: readonly number[] }): Growth => ({
  gradients: new Map(Object.entries(gradients).map(([layer, values]) => [`${layer}/kernel`, Float32Array.from(values)])),
})
const moved = (fraction: number, growth: Growth, given = masks) => bits(regrown(tiny(weights, given), fraction, growth))

describe('where weights grow', () => {
  test('the smallest of each layer go, and as many with the largest gradient grow, by hand', () => {
    // Half of 4 and of 3, rounded down: 0.05 and 0.1 go of the first layer, 0.15 of the second. What stays has gradients too, and is not asked.
    const growth = by({ fc1: [0, 9, -3, 2, 9, 1], out: [9, 0.1, 9, 1, -4, 2] })
    expect(moved(0.5, growth)).toEqual({ fc1: [0, 1, 1, 1, 1, 0], out: [1, 0, 1, 0, 1, 0] })
  })

  test("what goes may grow back at once, as in the authors' code: it is one of those that are away", () => {
    const growth = by({ fc1: [5, 0, 1, 2, 0, 1], out: [0, 7, 0, 1, 2, 3] })
    expect(moved(0.5, growth)).toEqual({ fc1: [1, 1, 0, 1, 1, 0], out: [1, 1, 1, 0, 0, 0] })
  })

  test('at random: another step, another place; the same step and seed, the same', () => {
    const places = (seed: number, step: number) => JSON.stringify(moved(0.5, { seed, step }))
    const first = Array.from({ length: 20 }, (_, step) => places(1, step))
    expect(Array.from({ length: 20 }, (_, step) => places(1, step))).toEqual(first)
    expect(new Set(first).size).toBeGreaterThan(3)
    expect(Array.from({ length: 20 }, (_, step) => places(2, step))).not.toEqual(first)
    // What stays, stays.
    for (let step = 0; step < 20; step++) expect(moved(0.5, { seed: 1, step })).toMatchObject({ fc1: { 1: 1, 4: 1 }, out: { 0: 1, 2: 1 } })
  })

  test('a dense layer stays as it is', () => {
    const dense = { ...masks, fc1: [1, 1, 1, 1, 1, 1] }
    expect(moved(0.5, { seed: 1, step: 1 }, dense).fc1).toEqual(dense.fc1)
    expect(moved(0.5, by({ fc1: [1, 2, 3, 4, 5, 6], out: [1, 2, 3, 4, 5, 6] }), dense).fc1).toEqual(dense.fc1)
  })

  test('the number of weights of every layer is the same, whatever goes and grows', () => {
    const six = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 6, maxLength: 6 })
    const values = six(fc.integer({ min: -3, max: 3 }))
    const places = six(fc.constantFrom(0, 1))
    fc.assert(
      fc.property(places, places, values, values, fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), (fc1, out, g, h, f, random) => {
        const after = regrown(tiny(weights, { fc1, out }), f, random ? { seed: 3, step: 7 } : by({ fc1: g, out: h }))
        expect(kept(after.get('fc1/kernel')!)).toBe(kept(Uint8Array.from(fc1)))
        expect(kept(after.get('out/kernel')!)).toBe(kept(Uint8Array.from(out)))
      }),
    )
  })
})

describe('steps that are spent on a gradient', () => {
  const pruning = (grow: 'gradient' | 'random', every: number, end: number): InSteps => ({
    options: {} as GradualPruning['options'],
    schedule: { kind: 'constant', from: 0, begin: 0, end: 0 },
    mode: 'regrow',
    every,
    regrow: { grow, fraction: 0.3, to: 0, end },
  })

  test('are the first and each that follows by the period, until the end of the changes', () => {
    const spent = Array.from({ length: 24 }, (_, at) => at).filter(
      (at) =>
        changesAt(pruning('gradient', 5, 0.75), { from: 0, steps: 24 }, at) &&
        spendsStep(pruning('gradient', 5, 0.75), { from: 0, steps: 24 }, at),
    )
    expect(spent).toEqual([0, 5, 10, 15])
    expect(spendsStep(pruning('random', 5, 0.75), { from: 0, steps: 24 }, 5)).toBe(false)
  })

  test('are counted up to any step, of a rewound training too', () => {
    const span = fc.record({ from: fc.integer({ min: 0, max: 9 }), steps: fc.integer({ min: 10, max: 40 }) })
    fc.assert(
      fc.property(span, fc.integer({ min: 1, max: 12 }), fc.double({ min: 0, max: 1, noNaN: true }), ({ from, steps }, every, end) => {
        const given = pruning('gradient', every, end)
        for (let at = from; at < steps; at++) {
          const before = Array.from({ length: at - from }, (_, i) => from + i)
          const spent = before.filter((step) => changesAt(given, { from, steps }, step) && spendsStep(given, { from, steps }, step))
          expect(spentBefore(given, { from, steps }, at)).toBe(spent.length)
        }
      }),
    )
  })
})
