import { describe, expect, test } from 'vitest'
import {
  type Claim,
  holm,
  lowerIsBetter,
  type Margins,
  type Measured,
  ordered,
  usualMargins,
  verdict,
  verdicts,
} from '../../results/claims.ts'

/** Arms over seeds 0, 1, 2, in one metric. */
const measured = (arms: { readonly [arm: string]: readonly number[] }, metric = 'test/accuracy'): Measured =>
  new Map(Object.entries(arms).map(([arm, values]) => [arm, new Map(values.map((value, seed) => [String(seed), { [metric]: value }]))]))
const claim = (expect: Claim['expect'], metric?: string): Claim => ({
  of: 'a',
  than: 'b',
  expect,
  ...(metric === undefined ? {} : { metric }),
})
const says = (given: Claim, arms: Measured, margins: Margins = {}) => verdict(given, arms, margins).says

describe('a claim is decided seed by seed', () => {
  // Differences 1, 2, 3: mean 2, standard error 1/√3, t(2) = 4.303, so 2 ± 2.48.
  const wide = measured({ a: [11, 22, 33], b: [10, 20, 30] })
  // Differences 2, 2.1, 1.9: 2 ± 0.25.
  const narrow = measured({ a: [12, 22.1, 31.9], b: [10, 20, 30] })
  const turned = measured({ a: [10, 20, 30], b: [12, 22.1, 31.9] })

  test('by hand: the mean of the differences, its interval, and p of t = 2√3 with two degrees of freedom', () => {
    const { difference, p } = verdict(claim('better'), wide)
    expect(difference).toMatchObject({ mean: 2, count: 3 })
    expect(difference?.interval?.[0]).toBeCloseTo(2 - 4.302653 / Math.sqrt(3), 5)
    expect(difference?.interval?.[1]).toBeCloseTo(2 + 4.302653 / Math.sqrt(3), 5)
    // With two degrees of freedom P(|T| ≥ t) = 1 − t / √(2 + t²).
    expect(p).toBeCloseTo(1 - Math.sqrt(12 / 14), 9)
  })

  test('better: holds, reversed, and not decided, however the mean lies', () => {
    expect(says(claim('better'), narrow)).toBe('holds')
    expect(says(claim('better'), wide)).toBe('not decided, d as claimed')
    expect(says(claim('better'), measured({ a: [1, 1, 1], b: [1, 1, 1] }))).toBe('not decided, d against it')
    expect(says(claim('better'), turned)).toBe('reversed')
  })

  test('not worse, and no difference, are not decided without a margin, which the study names', () => {
    for (const arms of [narrow, wide, turned])
      for (const expected of ['not worse', 'no difference'] as const) expect(says(claim(expected), arms)).toBe('not decided: no margin')
  })

  test('no difference: two one-sided tests against the margin, by hand', () => {
    // Differences 0, 0.1, −0.1: standard error 0.1/√3, one-sided t(2) at 5 % = 2.920: ± 0.1686.
    const close = measured({ a: [10, 20.1, 29.9], b: [10, 20, 30] })
    expect(says(claim('no difference'), close, { 'test/accuracy': 0.17 })).toBe('holds')
    expect(says(claim('no difference'), close, { 'test/accuracy': 0.16 })).toBe('not decided')
    // t = 0.17 √3 / 0.1, P(T ≥ t) = (1 − t / √(2 + t²)) / 2.
    const t = (0.17 * Math.sqrt(3)) / 0.1
    expect(verdict(claim('no difference'), close, { 'test/accuracy': 0.17 }).p).toBeCloseTo((1 - t / Math.sqrt(2 + t * t)) / 2, 9)
    expect(says(claim('no difference'), narrow, { 'test/accuracy': 1 })).toBe('better')
    expect(says(claim('no difference'), turned, { 'test/accuracy': 1 })).toBe('worse')
    expect(says(claim('no difference'), wide, { 'test/accuracy': 1 })).toBe('not decided')
  })

  test('not worse: one test against the lower margin; an interval with 0 in it proves nothing', () => {
    expect(says(claim('not worse'), narrow, { 'test/accuracy': 0.1 })).toBe('holds')
    expect(says(claim('not worse'), turned, { 'test/accuracy': 0.1 })).toBe('worse')
    // As much as 2 below, and 1 is allowed.
    const vague = measured({ a: [12, 20, 28], b: [10, 20, 30] })
    expect(says(claim('not worse'), vague, { 'test/accuracy': 1 })).toBe('not decided')
  })

  test('a margin of a loss is a share of the other arm’s', () => {
    const losses = measured({ a: [1.0, 1.001, 0.999], b: [1, 1, 1] }, 'test/loss')
    expect(usualMargins).toMatchObject({ 'test/accuracy': 0.005, 'test/loss': { share: 0.02 } })
    expect(says(claim('no difference', 'test/loss'), losses, usualMargins)).toBe('holds')
    expect(says(claim('no difference', 'test/loss'), losses, { 'test/loss': { share: 0.001 } })).toBe('not decided')
  })

  test('of a loss, calibration or early stop less is better', () => {
    expect(['test/loss', 'test/calibrated-loss', 'test/ece', 'earlyStop/step'].every((metric) => lowerIsBetter({ metric }))).toBe(true)
    expect(['test/accuracy', 'sparsity'].some((metric) => lowerIsBetter({ metric }))).toBe(false)
    expect(() => lowerIsBetter({ metric: 'temperature' })).toThrow('nothing can be claimed of temperature')
    expect(lowerIsBetter({ metric: 'test/mae', better: 'lower' })).toBe(true)
    expect(says(claim('better', 'test/loss'), measured({ a: [1, 2, 3], b: [2, 3.1, 4] }, 'test/loss'))).toBe('holds')
  })

  test('one seed is no proof, seeds that only one arm has do not count, and what was not run is said', () => {
    for (const expected of ['better', 'not worse', 'no difference'] as const)
      expect(verdict(claim(expected), measured({ a: [2], b: [1] }), usualMargins).says).toBe('one seed')
    expect(verdict(claim('better'), measured({ a: [2, 3, 4], b: [1] })).difference?.count).toBe(1)
    expect(says(claim('better'), measured({ a: [2] }))).toBe('not run')
  })
})

describe('a family of claims', () => {
  test('by hand: of four, the smallest p is held against 0.05/4, the next against 0.05/3, up to the first that fails', () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([true, false, false, true])
    // 0.03 and 0.04 would do against 0.05/2 and 0.05, and come after one that fails.
    expect(holm([0.02, 0.03, 0.04])).toEqual([false, false, false])
    expect(holm([0.01, undefined, 0.02])).toEqual([true, undefined, true])
  })

  test('says both: what a claim is by itself, and in the family', () => {
    // Differences 2, 2.3, 1.7: t = 2√3/0.3 = 11.5, p = 0.0074; of eight that is 0.059.
    const arms = measured({ a: [12, 22.3, 31.7], b: [10, 20, 30] })
    const [alone] = verdicts([claim('better')], arms)
    expect(alone).toMatchObject({ says: 'holds', corrected: 'holds' })
    const eight = verdicts(
      Array.from({ length: 8 }, () => claim('better')),
      arms,
    )
    expect(eight[0]).toMatchObject({ says: 'holds', corrected: 'not decided' })
    // A claim that was not tested is none of the family.
    const untested = Array.from({ length: 7 }, (): Claim => ({ of: 'a', than: 'gone', expect: 'better' }))
    expect(verdicts([claim('better'), ...untested], arms)[0]).toMatchObject({ says: 'holds', corrected: 'holds' })
  })
})

test('an order is a claim for each neighbouring pair', () => {
  expect(ordered('better', 'test/loss', 'x', 'y', 'z')).toEqual([
    { of: 'x', than: 'y', expect: 'better', metric: 'test/loss' },
    { of: 'y', than: 'z', expect: 'better', metric: 'test/loss' },
  ])
})
