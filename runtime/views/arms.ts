/** Groups results by arm: the seeds of an arm form one group. */
import { isSeedSegment, segment, segmentsOf } from '../../dsl/language/paths.ts'
import type { ArmResult } from '../run-event.ts'

type Labels = ArmResult['labels']

export interface ArmGroup<R extends ArmResult = ArmResult> {
  /** Labels without the seeds. */
  readonly labels: Labels
  /** Display name: the labels' values as in a path. */
  readonly name: string
  /** By seed; the key is empty if there are no seeds. */
  readonly bySeed: ReadonlyMap<string, R>
}

/** In the order of first appearance. */
export function armGroups<R extends ArmResult>(results: readonly R[]): ArmGroup<R>[] {
  const groups = Map.groupBy(results, ({ path, labels }) => (labels.length === 0 ? path : identityOf(labels)))
  return [...groups.values()].map((members) => {
    const { path, labels } = members[0]!
    const own = labels.filter((label) => !isSeed(label))
    const seedOf = (result: ArmResult) => valuesIn(result.labels.filter(isSeed))
    const name = own.length > 0 ? valuesIn(own) : labels.length > 0 ? 'result' : path
    return { labels: own, name, bySeed: new Map(members.map((result) => [seedOf(result), result])) }
  })
}

/** Equal for labels that differ only in seeds, whatever characters they contain. */
export const identityOf = (labels: Labels): string =>
  JSON.stringify(labels.filter((label) => !isSeed(label)).map(({ axis, value }) => [axis, value]))

type BaselineOf = (group: ArmGroup) => ArmGroup | undefined

/**
 * The baseline of each arm: the one that its study names, otherwise the arm called dense, otherwise the first. A study inside a sweep has
 * one baseline per value: an arm is compared with the one that shares its other labels. The targets of a file are separate studies,
 * unless each is a single arm: then they are the arms of one study.
 */
export function baselines(groups: readonly ArmGroup[]): BaselineOf {
  const byTarget = Map.groupBy(groups, targetOf)
  const single = [...byTarget.values()].every(({ length }) => length === 1)
  // A baseline chosen among the targets applies to all of them.
  const chosen = groups.some(({ labels: [first] }) => first?.axis === targetAxis && first.baseline === true)
  if (byTarget.size < 2 || single || chosen) return baselinesOfStudy(groups)
  const each = new Map([...byTarget].map(([target, study]) => [target, baselinesOfStudy(study)]))
  return (group) => each.get(targetOf(group))?.(group)
}

/** The outermost axis of a run of FILE#*. */
const targetAxis = 'target'
const targetOf = ({ labels: [first] }: ArmGroup): string => (first?.axis === targetAxis ? first.value : '')

function baselinesOfStudy(groups: readonly ArmGroup[]): BaselineOf {
  const named = groups.filter(({ labels }) => labels.some(({ baseline }) => baseline))
  const standard = named[0] ?? groups.find(({ labels }) => labels.at(-1)?.value === 'dense') ?? groups[0]
  const axes = new Set(named.flatMap(({ labels }) => labels.filter(({ baseline }) => baseline).map(({ axis }) => axis)))
  const others = ({ labels }: ArmGroup) => identityOf(labels.filter(({ axis }) => !axes.has(axis)))
  const byOthers = new Map(named.map((group) => [others(group), group]))
  return (group) => byOthers.get(others(group)) ?? standard
}

/** `seed`; `seed2` for nested seeds. */
export const isSeed = ({ axis }: { readonly axis: string }): boolean => /^seed\d*$/.test(axis)

const valuesIn = (labels: Labels): string => labels.map(({ value }) => segment(value)).join('/')

/** Splits a stage's path: `seed=0/hybrid/train#2` is `train#2` of `hybrid` with seed `0`. */
export function splitPath(path: string): { readonly seed: string; readonly arm: string; readonly stage: string } {
  const segments = segmentsOf(path)
  const seed = segments.flatMap((part) => /^seed\d*=(.*)$/s.exec(part)?.[1] ?? [])
  const others = segments.filter((part) => !isSeedSegment(part))
  return { seed: seed.join('/'), arm: others.slice(0, -1).join('/'), stage: others.at(-1) ?? path }
}
