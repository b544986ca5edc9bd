/** Results by arm: the same arm over its seeds is one row of what is shown. */
import type { ArmResult } from '../run-event.ts'

export interface ArmGroup {
  readonly name: string
  /** By seed; the empty string where there are none. */
  readonly bySeed: ReadonlyMap<string, ArmResult>
}

/** In the order of their first results. */
export function armGroups(results: readonly ArmResult[]): ArmGroup[] {
  const groups = new Map<string, Map<string, ArmResult>>()
  for (const result of results) {
    const seeds = result.labels.filter(({ axis }) => isSeed(axis)).map(({ value }) => value)
    const arms = result.labels.filter(({ axis }) => !isSeed(axis)).map(({ value }) => value)
    const name = arms.length > 0 ? arms.join('/') : seeds.length > 0 ? 'result' : result.path
    groups.set(name, (groups.get(name) ?? new Map()).set(seeds.join('/'), result))
  }
  return [...groups].map(([name, bySeed]) => ({ name, bySeed }))
}

/** What the others are compared with: the arm called dense, else the first. */
export const baselineOf = (groups: readonly ArmGroup[]): ArmGroup | undefined =>
  groups.find(({ name }) => name === 'dense' || name.endsWith('/dense')) ?? groups[0]

/** `seed`, and `seed2` for seeds inside seeds. */
const isSeed = (axis: string): boolean => /^seed\d*$/.test(axis)

/** A stage's place and seeds: `seed=0/hybrid/train#2` is `train#2` of `hybrid` with seed `0`. */
export function splitPath(path: string): { readonly seed: string; readonly arm: string; readonly stage: string } {
  const segments = path.split('/')
  const seed = segments.flatMap((segment) => /^seed\d*=(.*)$/.exec(segment)?.[1] ?? [])
  const others = segments.filter((segment) => !/^seed\d*=/.test(segment))
  return { seed: seed.join('/'), arm: others.slice(0, -1).join('/'), stage: others.at(-1) ?? path }
}
