import { describe, expect, test } from 'vitest'
import { type Claim, lowerIsBetter, type Measured, ordered, verdict } from '../../results/claims.ts'

/** Arms over seeds 0, 1, 2, in one metric. */
const measured = (arms: { readonly [arm: string]: readonly number[] }, metric = 'test/accuracy'): Measured =>
  new Map(Object.entries(arms).map(([arm, values]) => [arm, new Map(values.map((value, seed) => [String(seed), { [metric]: value }]))]))
const claim = (expect: Claim['expect'], metric?: string): Claim => ({
  of: 'a',
  than: 'b',
  expect,
  ...(metric === undefined ? {} : { metric }),
})
const says = (given: Claim, arms: Measured) => verdict(given, arms).says

describe('a claim is decided seed by seed', () => {
  // Differences 1, 2, 3: mean 2, standard error 1/√3, t(2) = 4.303, so 2 ± 2.48.
  const wide = measured({ a: [11, 22, 33], b: [10, 20, 30] })
  // Differences 2, 2.1, 1.9: 2 ± 0.25.
  const narrow = measured({ a: [12, 22.1, 31.9], b: [10, 20, 30] })
  const turned = measured({ a: [10, 20, 30], b: [12, 22.1, 31.9] })

  test('by hand: the mean of the differences and its interval', () => {
    const { difference } = verdict(claim('better'), wide)
    expect(difference).toMatchObject({ mean: 2, count: 3 })
    expect(difference?.interval?.[0]).toBeCloseTo(2 - 4.302653 / Math.sqrt(3), 5)
    expect(difference?.interval?.[1]).toBeCloseTo(2 + 4.302653 / Math.sqrt(3), 5)
  })

  test('better: holds, on the mean, not seen, reversed', () => {
    expect(says(claim('better'), narrow)).toBe('holds')
    expect(says(claim('better'), wide)).toBe('holds on the mean')
    expect(says(claim('better'), measured({ a: [1, 1, 1], b: [1, 1, 1] }))).toBe('not seen')
    expect(says(claim('better'), turned)).toBe('reversed')
  })

  test('not worse, and no difference', () => {
    expect([narrow, wide, turned].map((arms) => says(claim('not worse'), arms))).toEqual(['holds', 'holds', 'worse'])
    expect([narrow, wide, turned].map((arms) => says(claim('no difference'), arms))).toEqual(['better', 'holds', 'worse'])
  })

  test('of a loss, calibration or early stop less is better', () => {
    expect(['test/loss', 'test/calibrated-loss', 'test/ece', 'earlyStop/step'].every(lowerIsBetter)).toBe(true)
    expect(['test/accuracy', 'sparsity'].some(lowerIsBetter)).toBe(false)
    expect(() => lowerIsBetter('temperature')).toThrow('nothing can be claimed of temperature')
    expect(says(claim('better', 'test/loss'), measured({ a: [1, 2, 3], b: [2, 3.1, 4] }, 'test/loss'))).toBe('holds')
  })

  test('one seed is no proof, seeds that only one arm has do not count, and what was not run is said', () => {
    for (const expected of ['better', 'not worse', 'no difference'] as const)
      expect(verdict(claim(expected), measured({ a: [2], b: [1] }))).toMatchObject({ says: 'one seed', holds: false })
    expect(verdict(claim('better'), measured({ a: [2, 3, 4], b: [1] })).difference?.count).toBe(1)
    expect(says(claim('better'), measured({ a: [2] }))).toBe('not run')
  })
})

test('an order is a claim for each neighbouring pair', () => {
  expect(ordered('better', 'test/loss', 'x', 'y', 'z')).toEqual([
    { of: 'x', than: 'y', expect: 'better', metric: 'test/loss' },
    { of: 'y', than: 'z', expect: 'better', metric: 'test/loss' },
  ])
})
