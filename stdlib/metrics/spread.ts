/** Statistics over seeds. */
import { segmentsOf } from '../../dsl/language/paths.ts'
import type { Range } from './catalogue.ts'
import { studentQuantile } from './student-t.ts'

export interface Spread {
  readonly count: number
  readonly mean: number
  /** Sample standard deviation (n − 1). Absent for a single number. */
  readonly std?: number
  readonly min: number
  readonly max: number
  /** The 95 % confidence interval of the mean, clipped to the range of the values. Absent for a single number. */
  readonly interval?: Range
}

export const mean = (all: readonly number[]): number => all.reduce((sum, value) => sum + value, 0) / all.length

/** Sample standard deviation (n − 1). */
export function deviation(all: readonly number[]): number {
  const centre = mean(all)
  return Math.sqrt(all.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (all.length - 1))
}

/** @param all at least one @param range the range of the values; none by default */
export function spread(all: readonly number[], range: Range = unbounded): Spread {
  const centre = mean(all)
  const ends = { count: all.length, mean: centre, min: Math.min(...all), max: Math.max(...all) }
  if (all.length === 1) return ends
  const std = deviation(all)
  const reach = (studentQuantile(0.975, all.length - 1) * std) / Math.sqrt(all.length)
  return { ...ends, std, interval: range.every(Number.isFinite) ? logitInterval(centre, reach, range) : cut(centre, reach, range) }
}

const unbounded: Range = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]

/**
 * Student's t on the logit scale, transformed back: for proportions, whose interval could otherwise leave [0, 1] near either end. By the
 * delta method, the standard error of the logit of p is 1 / p(1 − p) times that of p.
 */
function logitInterval(centre: number, reach: number, [least, most]: Range): Range {
  const p = (centre - least) / (most - least)
  // At an end of the range all values are equal. Rounding may go beyond it.
  if (p <= 0 || p >= 1) return [centre, centre]
  const logit = Math.log(p) - Math.log1p(-p)
  const width = reach / (most - least) / (p * (1 - p))
  const at = (x: number) => least + (most - least) / (1 + Math.exp(-x))
  return [at(logit - width), at(logit + width)]
}

/** Clipping to the possible values does not change the coverage. */
const cut = (centre: number, reach: number, [least, most]: Range): Range => [
  Math.max(least, centre - reach),
  Math.min(most, centre + reach),
]

type BySeed = ReadonlyMap<string, number>

/**
 * The differences `of` − `to` over shared seeds, so that effects of the seed cancel. Nested seeds (`0/2`; controls that are drawn more than
 * once) are first averaged within their seed. Undefined if there are none.
 * @param range the range of either value
 */
export function pairedSpread(of: BySeed, to: BySeed, [least, most]: Range = unbounded): Spread | undefined {
  const depth = Math.min(...[...of.keys(), ...to.keys()].map((seed) => partsOf(seed).length))
  const [here, there] = [outer(of, depth), outer(to, depth)]
  const differences = [...here].flatMap(([seed, value]) => (there.has(seed) ? [value - there.get(seed)!] : []))
  if (differences.length === 0) return undefined
  const { interval, ...rest } = spread(differences)
  // The sign of a difference decides, and clipping does not change it.
  return interval === undefined ? rest : { ...rest, interval: [Math.max(least - most, interval[0]), Math.min(most - least, interval[1])] }
}

/** Means over everything within the first `depth` seeds. */
function outer(bySeed: BySeed, depth: number): BySeed {
  const groups = Map.groupBy(bySeed, ([seed]) => partsOf(seed).slice(0, depth).join('/'))
  return new Map([...groups].map(([seed, inside]) => [seed, mean(inside.map(([, value]) => value))]))
}

/** None for the empty string, which means no seeds. */
const partsOf = (seed: string): readonly string[] => segmentsOf(seed)
