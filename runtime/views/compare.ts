/** Comparisons of two stages or two runs, as plain data. */

import type { Json } from '../../dsl/check/canonical.ts'
import { canonical } from '../../dsl/check/canonical.ts'
import { explain } from '../plan/explain.ts'
import type { KnownStage, RunEntry, RunStage } from '../store/journal.ts'
import type { StageResult } from '../store/results.ts'
import type { Store } from '../store/store.ts'
import { type ArmGroup, armGroups } from './arms.ts'
import { resultsIn } from './run-record.ts'
import { flatOptions, type ShownOption, stageOptions } from './stage-options.ts'
import { armStatistics } from './statistics.ts'

export interface Pair<T> {
  readonly a: T | null
  readonly b: T | null
}

export interface StageDifference {
  readonly path: Pair<string>
  readonly key: Pair<string>
  /** Equal keys: all inputs and options that determine the result are equal. */
  readonly same: boolean
  /** Phrases for the differences between the manifests; empty if either result is not in the store. */
  readonly changes: readonly string[]
  /** Options that differ, by dotted name. */
  readonly options: { readonly [name: string]: Pair<Json> }
  readonly metrics: { readonly [name: string]: Pair<number> }
  /** Options, differing ones first; `standard` marks defaults. Empty if the stages are the same. */
  readonly asked: readonly ComparedOption[]
}

export interface ComparedOption {
  readonly name: string
  readonly differs: boolean
  readonly a: Omit<ShownOption, 'name'> | null
  readonly b: Omit<ShownOption, 'name'> | null
}

export interface StageComparison extends StageDifference {
  readonly compared: 'stages'
}

export interface RunComparison {
  readonly compared: 'runs'
  readonly a: RunEntry
  readonly b: RunEntry
  /** Arms of both runs with differing metrics: means over the common seeds, in the order of `b`. */
  readonly arms: readonly { readonly arm: string; readonly metrics: { readonly [name: string]: Pair<number> } }[]
  /** Arms with results in only one of the runs. */
  readonly alone: { readonly a: readonly string[]; readonly b: readonly string[] }
  /** Stages of either run, in the order of `b`, followed by those only in `a`. */
  readonly stages: readonly (StageDifference & { readonly outcome: Pair<string>; readonly seconds: Pair<number> })[]
}

export async function compareStages(store: Store, a: KnownStage, b: KnownStage): Promise<StageComparison> {
  return { compared: 'stages', ...(await comparison(store, a, b)) }
}

export async function compareRuns(store: Store, a: RunEntry, b: RunEntry): Promise<RunComparison> {
  const stagesOf = async ({ id }: RunEntry) => new Map((await store.journal.stagesOf(id)).map((stage) => [stage.path, stage]))
  const [before, after] = [await stagesOf(a), await stagesOf(b)]
  const paths = [...new Set([...after.keys(), ...before.keys()])]
  const stages: RunComparison['stages'][number][] = []
  for (const path of paths) {
    const [one, other] = [before.get(path), after.get(path)]
    stages.push({
      ...(await comparison(store, refOf(one), refOf(other))),
      path: { a: one?.path ?? null, b: other?.path ?? null },
      outcome: { a: one?.outcome ?? null, b: other?.outcome ?? null },
      seconds: { a: one?.seconds ?? null, b: other?.seconds ?? null },
    })
  }
  return { compared: 'runs', a, b, ...(await comparedArms(store, a, b)), stages }
}

async function comparedArms({ journal }: Store, a: RunEntry, b: RunEntry): Promise<Pick<RunComparison, 'arms' | 'alone'>> {
  const groupsOf = async ({ id }: RunEntry) => new Map(armGroups(resultsIn(await journal.readLog(id))).map((group) => [group.name, group]))
  const [before, after] = [await groupsOf(a), await groupsOf(b)]
  const differing = (arm: string) => {
    const [one, other] = [before.get(arm)!, after.get(arm)!]
    const means = paired(meansOver(one, other), meansOver(other, one))
    return Object.entries(means).filter(([, pair]) => !isAsGood(pair))
  }
  const both = [...after.keys()].filter((arm) => before.has(arm))
  return {
    arms: both
      .map((arm) => ({ arm, metrics: Object.fromEntries(differing(arm)) }))
      .filter(({ metrics }) => Object.keys(metrics).length > 0),
    alone: { a: [...before.keys()].filter((arm) => !after.has(arm)), b: [...after.keys()].filter((arm) => !before.has(arm)) },
  }
}

/** Means over the common seeds, so that different seeds do not show as a difference; over all seeds if none are common. */
function meansOver({ bySeed }: ArmGroup, other: ArmGroup): { readonly [metric: string]: number } {
  const common = [...bySeed].filter(([seed]) => other.bySeed.has(seed))
  const [statistics] = armStatistics((common.length > 0 ? common : [...bySeed]).map(([, result]) => result))
  return Object.fromEntries(Object.entries(statistics?.metrics ?? {}).map(([name, { mean }]) => [name, mean]))
}

/** Equal up to rounding: means of the same numbers can differ in the last bits. */
const isAsGood = ({ a, b }: Pair<number>): boolean =>
  a === b || (a !== null && b !== null && Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b)))

const refOf = (stage: RunStage | undefined): KnownStage | undefined =>
  stage === undefined || stage.key === null ? undefined : { path: stage.path, key: stage.key }

async function comparison({ results }: Store, a: KnownStage | undefined, b: KnownStage | undefined): Promise<StageDifference> {
  const resultFor = async (ref: KnownStage | undefined) => (ref === undefined ? undefined : results.get(ref.key))
  const [one, other] = [await resultFor(a), await resultFor(b)]
  const same = a !== undefined && a.key === b?.key
  return {
    path: { a: a?.path ?? null, b: b?.path ?? null },
    key: { a: a?.key ?? null, b: b?.key ?? null },
    same,
    changes: one === undefined || other === undefined ? [] : explain(one.manifest, other.manifest),
    options: same ? {} : differing(flatOptions(one?.manifest), flatOptions(other?.manifest)),
    metrics: paired(one?.metrics ?? {}, other?.metrics ?? {}),
    asked: same ? [] : comparedOptions(one, other),
  }
}

function comparedOptions(a: StageResult | undefined, b: StageResult | undefined): ComparedOption[] {
  const byName = (result: StageResult | undefined) =>
    Object.fromEntries(
      (result === undefined ? [] : stageOptions(result.kind, result.manifest)).map(({ name, ...option }) => [name, option] as const),
    )
  const all = Object.entries(paired(byName(a), byName(b))).map(
    ([name, pair]): ComparedOption => ({ name, differs: canonical(pair.a?.value ?? null) !== canonical(pair.b?.value ?? null), ...pair }),
  )
  return [...all.filter(({ differs }) => differs), ...all.filter(({ differs }) => !differs)]
}

function paired<T>(a: { readonly [name: string]: T }, b: { readonly [name: string]: T }): { [name: string]: Pair<T> } {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()
  return Object.fromEntries(names.map((name) => [name, { a: a[name] ?? null, b: b[name] ?? null }]))
}

function differing(a: { readonly [name: string]: Json }, b: { readonly [name: string]: Json }): { [name: string]: Pair<Json> } {
  return Object.fromEntries(Object.entries(paired(a, b)).filter(([, pair]) => canonical(pair.a) !== canonical(pair.b)))
}
