/** Numbers over seeds. */
import { segmentsOf } from '../../dsl/language/paths.ts'
import type { Range } from './catalogue.ts'
import { studentQuantile } from './student-t.ts'

export interface Spread {
  readonly count: number
  readonly mean: number
  /** Of the sample (n − 1). Absent of a single number. */
  readonly std?: number
  readonly min: number
  readonly max: number
  /** Where the mean lies with 95 % confidence; within what a value can be. Absent of a single number. */
  readonly interval?: Range
}

export const mean = (all: readonly number[]): number => all.reduce((sum, value) => sum + value, 0) / all.length

/** Sample standard deviation (n − 1). */
export function deviation(all: readonly number[]): number {
  const centre = mean(all)
  return Math.sqrt(all.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (all.length - 1))
}

/** @param all at least one @param range what a value can be; none by default */
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
 * Student's t on the scale of the logit, turned back: for proportions, whose interval would leave what they can be near either end.
 * By the delta method the logit of p has 1 / p(1 − p) times the standard error of p.
 */
function logitInterval(centre: number, reach: number, [least, most]: Range): Range {
  const p = (centre - least) / (most - least)
  // At an end all values are equal. Rounding may lead beyond it.
  if (p <= 0 || p >= 1) return [centre, centre]
  const logit = Math.log(p) - Math.log1p(-p)
  const width = reach / (most - least) / (p * (1 - p))
  const at = (x: number) => least + (most - least) / (1 + Math.exp(-x))
  return [at(logit - width), at(logit + width)]
}

/** What cannot be is left out: as often right as the whole of it. */
const cut = (centre: number, reach: number, [least, most]: Range): Range => [
  Math.max(least, centre - reach),
  Math.min(most, centre + reach),
]

type BySeed = ReadonlyMap<string, number>

/**
 * Of those seeds that both have, the differences `of` − `to`: what seeds have in common cancels. Where one has seeds inside a seed (`0/2`;
 * controls that are drawn more than once), their mean is that seed's. Undefined when there are none.
 * @param range what one of the two values can be
 */
export function pairedSpread(of: BySeed, to: BySeed, [least, most]: Range = unbounded): Spread | undefined {
  const depth = Math.min(...[...of.keys(), ...to.keys()].map((seed) => partsOf(seed).length))
  const [here, there] = [outer(of, depth), outer(to, depth)]
  const differences = [...here].flatMap(([seed, value]) => (there.has(seed) ? [value - there.get(seed)!] : []))
  if (differences.length === 0) return undefined
  const { interval, ...rest } = spread(differences)
  // A difference is decided by its sign, which cutting leaves as it is.
  return interval === undefined ? rest : { ...rest, interval: [Math.max(least - most, interval[0]), Math.min(most - least, interval[1])] }
}

/** Means over all that is inside the first `depth` seeds. */
function outer(bySeed: BySeed, depth: number): BySeed {
  const groups = Map.groupBy(bySeed, ([seed]) => partsOf(seed).slice(0, depth).join('/'))
  return new Map([...groups].map(([seed, inside]) => [seed, mean(inside.map(([, value]) => value))]))
}

/** Of the empty string, which stands for no seeds, none. */
const partsOf = (seed: string): readonly string[] => segmentsOf(seed)
