/** What a study is asked, and how its answer is decided: by differences between two arms, seed by seed. */
import { metricCalled } from '../stdlib/metrics/catalogue.ts'
import { mean, pairedSpread, type Spread } from '../stdlib/metrics/spread.ts'
import { studentTail } from '../stdlib/metrics/student-t.ts'

export interface Claim {
  /** Names of arms as in the study, labels joined by `/`. */
  readonly of: string
  readonly than: string
  /** What is expected of `of`: to be better, not to be worse, or to make no difference. */
  readonly expect: 'better' | 'not worse' | 'no difference'
  /** Default `test/accuracy`. Losses, and steps until the early stop, are better when they are lower. */
  readonly metric?: string
  /** Of a metric of the study's own. */
  readonly better?: 'lower' | 'higher'
}

/** A metric by arm, then by seed. */
export type Measured = ReadonlyMap<string, ReadonlyMap<string, { readonly [metric: string]: number }>>

/** The largest difference that is none, by metric: as the metric counts, or as a share of the other arm's mean. */
export interface Margins {
  readonly [metric: string]: number | { readonly share: number }
}

/** Half a point of accuracy, 2 % of a loss. A study names them before it runs. */
export const usualMargins: Margins = {
  'test/accuracy': 0.005,
  'test/loss': { share: 0.02 },
  'test/calibrated-loss': { share: 0.02 },
}

export interface Verdict {
  /** `of` − `than`, turned so that more is better. Undefined while there are no results. */
  readonly difference: Spread | undefined
  /** How often chance alone would show as much for the claim. Absent where nothing was tested. */
  readonly p?: number
  readonly says: string
}

/** Of one of a family of claims: by itself, and with the others corrected for by Holm's method. */
export interface JudgedClaim extends Verdict {
  readonly corrected: string
}

export function lowerIsBetter({ metric = 'test/accuracy', better: own }: Pick<Claim, 'metric' | 'better'>): boolean {
  const better = metricCalled(metric)?.better ?? own
  if (better === undefined) throw new TypeError(`nothing can be claimed of ${metric}: no better is known of it`)
  return better === 'lower'
}

const level = 0.05

/**
 * With d the mean of the differences over n seeds, s their standard error, t Student's with n − 1 degrees of freedom, and m the margin:
 * - better: two-sided test of d = 0. *holds* when p ≤ 0.05 and d is above 0, *reversed* when below; otherwise *not decided*;
 * - not worse: one-sided test of d ≤ −m. *holds* when p ≤ 0.05, *worse* when d ≥ −m is refused as well;
 * - no difference: two one-sided tests (Schuirmann, 1987), of d ≤ −m and of d ≥ m. *holds* when both have p ≤ 0.05, *better* or *worse* when d lies
 *   beyond the margin as surely.
 * Without a margin the last two are *not decided*, and one seed decides nothing.
 */
export function verdict(claim: Claim, measured: Measured, margins: Margins = {}): Verdict {
  const { of, than, expect, metric = 'test/accuracy' } = claim
  const sign = lowerIsBetter(claim) ? -1 : 1
  const bySeed = (arm: string) =>
    new Map(
      [...(measured.get(arm) ?? [])].flatMap(([seed, metrics]) => (metrics[metric] === undefined ? [] : [[seed, sign * metrics[metric]]])),
    )
  const other = bySeed(than)
  const difference = pairedSpread(bySeed(of), other)
  if (difference === undefined) return { difference, says: 'not run' }
  // One seed says nothing about the next.
  if (difference.std === undefined) return { difference, says: 'one seed' }
  if (expect === 'better') return directional(difference)
  const margin = marginOf(margins[metric], [...other.values()])
  if (margin === undefined) return { difference, says: 'not decided: no margin' }
  return expect === 'not worse' ? notWorse(difference, margin) : equivalent(difference, margin)
}

/** P(T ≥ (d − against) / s): how often chance shows a mean as far above. */
function above({ mean: d, std = 0, count }: Spread, against: number): number {
  const error = std / Math.sqrt(count)
  if (error === 0) return d > against ? 0 : 1
  return studentTail((d - against) / error, count - 1)
}
const below = (difference: Spread, against: number): number => above({ ...difference, mean: -difference.mean }, -against)

function directional(difference: Spread): Verdict {
  const p = Math.min(1, 2 * Math.min(above(difference, 0), below(difference, 0)))
  const up = difference.mean > 0
  if (p <= level) return { difference, p, says: up ? 'holds' : 'reversed' }
  return { difference, p, says: up ? 'not decided, d as claimed' : 'not decided, d against it' }
}

function notWorse(difference: Spread, margin: number): Verdict {
  const p = above(difference, -margin)
  return { difference, p, says: p <= level ? 'holds' : below(difference, -margin) <= level ? 'worse' : 'not decided' }
}

function equivalent(difference: Spread, margin: number): Verdict {
  const p = Math.max(above(difference, -margin), below(difference, margin))
  if (p <= level) return { difference, p, says: 'holds' }
  const beyond = above(difference, margin) <= level ? 'better' : below(difference, -margin) <= level ? 'worse' : undefined
  return { difference, p, says: beyond ?? 'not decided' }
}

const marginOf = (margin: Margins[string] | undefined, others: readonly number[]): number | undefined =>
  typeof margin === 'object' ? margin.share * Math.abs(mean(others)) : margin

/**
 * The claims of a study, each by itself and as one of a family: of k tested claims the one with the i-th smallest p counts as decided while
 * (k − i + 1) · p ≤ 0.05 for it and all before it (Holm, 1979), so that one wrong *holds* or *reversed* in the whole family is as rare as for one claim.
 */
export function verdicts(claims: readonly Claim[], measured: Measured, margins: Margins = {}): readonly JudgedClaim[] {
  const all = claims.map((claim) => verdict(claim, measured, margins))
  const decided = holm(all.map(({ p }) => p))
  return all.map((one, i) => ({
    ...one,
    corrected: decided[i] === false && (one.says === 'holds' || one.says === 'reversed') ? 'not decided' : one.says,
  }))
}

/** Which of these are below 0.05 in the family of all of them; undefined ones were not tested. */
export function holm(ps: readonly (number | undefined)[]): readonly (boolean | undefined)[] {
  const tested = [...ps.entries()].flatMap(([i, p]) => (p === undefined ? [] : [{ i, p }])).toSorted((a, b) => a.p - b.p)
  const first = tested.findIndex(({ p }, rank) => (tested.length - rank) * p > level)
  const decided = new Set(tested.slice(0, first < 0 ? tested.length : first).map(({ i }) => i))
  return ps.map((p, i) => (p === undefined ? undefined : decided.has(i)))
}

/** `a` above `b` above `c`: one claim for each neighbouring pair. */
export const ordered = (expect: Claim['expect'], metric: string, ...arms: readonly string[]): readonly Claim[] =>
  arms.slice(1).map((than, i) => ({ of: arms[i]!, than, expect, metric }))
