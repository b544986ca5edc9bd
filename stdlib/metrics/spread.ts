/** Numbers over seeds. */
import { studentQuantile } from './student-t.ts'

export interface Spread {
  readonly count: number
  readonly mean: number
  /** Of the sample (n − 1). Absent of a single number. */
  readonly std?: number
  readonly min: number
  readonly max: number
  /** Where the mean lies with 95 % confidence, by Student's t. Absent of a single number. */
  readonly interval?: readonly [low: number, high: number]
}

export const mean = (all: readonly number[]): number => all.reduce((sum, value) => sum + value, 0) / all.length

/** Sample standard deviation (n − 1). */
export function deviation(all: readonly number[]): number {
  const centre = mean(all)
  return Math.sqrt(all.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (all.length - 1))
}

/** @param all at least one */
export function spread(all: readonly number[]): Spread {
  const centre = mean(all)
  const ends = { count: all.length, mean: centre, min: Math.min(...all), max: Math.max(...all) }
  if (all.length === 1) return ends
  const std = deviation(all)
  const reach = (studentQuantile(0.975, all.length - 1) * std) / Math.sqrt(all.length)
  return { ...ends, std, interval: [centre - reach, centre + reach] }
}

type BySeed = ReadonlyMap<string, number>

/**
 * Of those seeds that both have, the differences `of` − `to`: what seeds have in common cancels. Where one has seeds inside a seed (`0/2`;
 * controls that are drawn more than once), their mean is that seed's. Undefined when there are none.
 */
export function pairedSpread(of: BySeed, to: BySeed): Spread | undefined {
  const depth = Math.min(...[...of.keys(), ...to.keys()].map((seed) => partsOf(seed).length))
  const [here, there] = [outer(of, depth), outer(to, depth)]
  const differences = [...here].flatMap(([seed, value]) => (there.has(seed) ? [value - there.get(seed)!] : []))
  return differences.length === 0 ? undefined : spread(differences)
}

/** Means over all that is inside the first `depth` seeds. */
function outer(bySeed: BySeed, depth: number): BySeed {
  const groups = Map.groupBy(bySeed, ([seed]) => partsOf(seed).slice(0, depth).join('/'))
  return new Map([...groups].map(([seed, inside]) => [seed, mean(inside.map(([, value]) => value))]))
}

/** Of the empty string, which stands for no seeds, none. */
const partsOf = (seed: string): readonly string[] => (seed === '' ? [] : seed.split('/'))
