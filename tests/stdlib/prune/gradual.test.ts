import { describe, expect, test } from 'vitest'
import type { GradualPruning } from '../../../dsl/graph/stage-options.ts'
import { magnitude } from '../../../stdlib/index.ts'
import type { ChooseMasks } from '../../../stdlib/prune/criterion.ts'
import { changesAt, gradualMasks, type InSteps, inSteps, reached, sparsityAt } from '../../../stdlib/prune/gradual.ts'
import { magnitudes } from '../../../stdlib/prune/magnitude.ts'
import { rankedMasks } from '../../../stdlib/prune/ranking.ts'
import { bits, tiny } from '../networks.ts'

const byMagnitude: ChooseMasks = (network, options, masks = network.masks) =>
  rankedMasks({ ...network, masks }, magnitudes(network), options)

const cubic = { kind: 'cubic', from: 0, begin: 0, end: 0.75 } as const
const pruning = (mode: GradualPruning['mode'], sparsity = 0.5): InSteps => ({
  options: magnitude(sparsity, { of: 'all' }).spec as GradualPruning['options'],
  schedule: cubic,
  every: 4,
  mode,
})

describe('the sparsity on the way', () => {
  test('cubic: quick at first, the whole from the end of the ramp on', () => {
    expect(sparsityAt(cubic, 0.8, 0)).toBe(0)
    // Half way up the ramp: 0.8 · (1 − 0.5³).
    expect(sparsityAt(cubic, 0.8, 0.375)).toBeCloseTo(0.7, 12)
    expect([0.75, 0.9, 1].map((at) => sparsityAt(cubic, 0.8, at))).toEqual([0.8, 0.8, 0.8])
  })

  test('linear, with a start, a delay and an end', () => {
    const linear = { kind: 'linear', from: 0.2, begin: 0.25, end: 0.75 } as const
    expect([0, 0.2].map((at) => sparsityAt(linear, 0.8, at))).toEqual([0.2, 0.2])
    expect(sparsityAt(linear, 0.8, 0.5)).toBeCloseTo(0.5, 12)
    expect(sparsityAt(linear, 0.8, 0.75)).toBe(0.8)
  })

  test('constant: the whole from its beginning', () => {
    expect([0.4, 0.5].map((at) => sparsityAt({ kind: 'constant', from: 0, begin: 0.5, end: 1 }, 0.8, at))).toEqual([0, 0.8])
  })
})

const weights = { fc1: [0.1, -0.9, 0.3, -0.2, 0.8, 0.05], out: [0.4, -0.15, 0.25, 0.7, -0.6, 0.35] }
/** Six removed of twelve, as one-shot would, but for one: the largest is gone, the smallest is kept. */
const masks = { fc1: [0, 0, 0, 0, 1, 1], out: [1, 0, 0, 1, 1, 1] }

describe('masks at the end of the ramp', () => {
  test.each(['feedback', 'soft', 'recover'] as const)('%s: what was removed returns when it has grown', (mode) => {
    expect(bits(gradualMasks(pruning(mode), byMagnitude, tiny(weights, masks), 1))).toEqual({
      fc1: [0, 1, 0, 0, 1, 0],
      out: [1, 0, 0, 1, 1, 1],
    })
  })

  test('freeze: what was removed stays removed', () => {
    expect(bits(gradualMasks(pruning('freeze'), byMagnitude, tiny(weights, masks), 1))).toEqual(masks)
  })
})

/** Steps of a training at which the masks change. */
const changes = (given: InSteps, from: number, steps: number) =>
  Array.from({ length: steps - from }, (_, i) => from + i).filter((at) => changesAt(given, { from, steps }, at))

describe('masks change', () => {
  test('every few steps from the first on, to the end of the training', () => {
    expect(changes(pruning('feedback'), 0, 16)).toEqual([0, 4, 8, 12])
    expect(changes(pruning('feedback'), 6, 16)).toEqual([6, 10, 14])
  })

  test('every few epochs, of as many steps as the data give', () => {
    const soft: GradualPruning = { ...pruning('soft'), every: { epochs: 2 } }
    // Five epochs of three steps: after the second and the fourth.
    expect(changes(inSteps(soft, 3), 0, 15)).toEqual([0, 6, 12])
    expect(changes(inSteps(soft, 3), 3, 15)).toEqual([3, 9])
    expect(inSteps(pruning('soft'), 3)).toEqual(pruning('soft'))
  })

  test('or of the ramp, where they change once more, whatever the period', () => {
    const fixed: InSteps = { ...pruning('feedback'), every: 5, refresh: 'ramp' }
    expect(changes(fixed, 0, 16)).toEqual([0, 5, 10, 12])
    expect(reached(fixed, { from: 0, steps: 16 })).toBe(true)
    expect(changes(fixed, 14, 16)).toEqual([14])
  })

  test('a last time after the training, when the last change was before the end of the ramp: what is asked for is what is there', () => {
    // The last change is at step 10 of 16, before the ramp ends at 12; with a period of 4 it is at 12.
    expect(reached({ ...pruning('feedback'), every: 10 }, { from: 0, steps: 16 })).toBe(false)
    expect(reached(pruning('feedback'), { from: 0, steps: 16 })).toBe(true)
    const late: InSteps = { ...pruning('feedback'), refresh: 'ramp', schedule: { ...cubic, end: 1 } }
    expect(reached(late, { from: 0, steps: 16 })).toBe(false)
  })

  test('soft ones always: they are let go of in between', () => {
    expect(reached(pruning('soft'), { from: 0, steps: 16 })).toBe(false)
  })
})
