/** What a study is asked, and how its answer is decided: by differences between two arms, seed by seed. */
import { metricCalled } from '../stdlib/metrics/catalogue.ts'
import { pairedSpread, type Spread } from '../stdlib/metrics/spread.ts'

export interface Claim {
  /** Names of arms as in the study, labels joined by `/`. */
  readonly of: string
  readonly than: string
  /** What is expected of `of`: to be better, not to be worse, or to make no difference. */
  readonly expect: 'better' | 'not worse' | 'no difference'
  /** Default `test/accuracy`. Losses, and steps until the early stop, are better when they are lower. */
  readonly metric?: string
}

/** A metric by arm, then by seed. */
export type Measured = ReadonlyMap<string, ReadonlyMap<string, { readonly [metric: string]: number }>>

export interface Verdict {
  /** `of` − `than`, turned so that more is better. Undefined while there are no results. */
  readonly difference: Spread | undefined
  readonly says: string
  readonly holds: boolean
}

export function lowerIsBetter(metric: string): boolean {
  const better = metricCalled(metric)?.better
  if (better === undefined) throw new TypeError(`nothing can be claimed of ${metric}: no better is known of it`)
  return better === 'lower'
}

/**
 * With d the mean of the differences over n seeds and its 95 % interval by Student's t:
 * - better: *holds* when the interval is above 0, *holds on the mean* when d is, *not seen* when d is 0 or below, *reversed* when the
 *   interval is below 0;
 * - not worse: *holds* unless the interval is below 0;
 * - no difference: *holds* when the interval has 0 in it.
 * One seed decides nothing.
 */
export function verdict({ of, than, expect, metric = 'test/accuracy' }: Claim, measured: Measured): Verdict {
  const sign = lowerIsBetter(metric) ? -1 : 1
  const bySeed = (arm: string) =>
    new Map(
      [...(measured.get(arm) ?? [])].flatMap(([seed, metrics]) => (metrics[metric] === undefined ? [] : [[seed, sign * metrics[metric]]])),
    )
  const difference = pairedSpread(bySeed(of), bySeed(than))
  if (difference === undefined) return { difference, says: 'not run', holds: false }
  // One seed says nothing about the next.
  if (difference.interval === undefined) return { difference, says: 'one seed', holds: false }
  const [low, high] = difference.interval
  switch (expect) {
    case 'better':
      if (low > 0) return { difference, says: 'holds', holds: true }
      if (difference.mean > 0) return { difference, says: 'holds on the mean', holds: true }
      return { difference, says: high < 0 ? 'reversed' : 'not seen', holds: false }
    case 'not worse':
      return high < 0 ? { difference, says: 'worse', holds: false } : { difference, says: 'holds', holds: true }
    case 'no difference':
      if (low <= 0 && high >= 0) return { difference, says: 'holds', holds: true }
      return { difference, says: difference.mean > 0 ? 'better' : 'worse', holds: false }
  }
}

/** `a` above `b` above `c`: one claim for each neighbouring pair. */
export const ordered = (expect: Claim['expect'], metric: string, ...arms: readonly string[]): readonly Claim[] =>
  arms.slice(1).map((than, i) => ({ of: arms[i]!, than, expect, metric }))
