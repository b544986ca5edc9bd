/** What a run would do for each stage, and why, without running anything. */

import type { Json } from '../../dsl/check/canonical.ts'
import { canonical } from '../../dsl/check/canonical.ts'
import { type Graph, isTraining, type Stage, type StageKind, type StageRef, type StageResources } from '../../dsl/graph/stage.ts'
import type { DataSpec } from '../../dsl/parts/data.ts'
import type { Numerics } from '../../stdlib/engine.ts'
import type { DataFacts } from '../data/facts.ts'
import { dataOf } from '../kinds/kinds.ts'
import type { Digest } from '../store/address.ts'
import type { StageResult } from '../store/results.ts'
import type { Store } from '../store/store.ts'
import { positionOf, snapshotName } from '../training/step.ts'
import { type Lookup, type LookupRequest, lookups, neverRun, snapshotsNeeded } from './lookup.ts'
import { type InputDigests, manifestOf } from './manifest.ts'
import { shorterTrainings } from './prefix.ts'
import { planProblems } from './problems.ts'
import { SimilarResults } from './similar-results.ts'

export interface PlannedStage {
  readonly id: string
  readonly path: string
  readonly kind: StageKind
  /** `unknown`: its key depends on the output of a stage that has to run first. */
  readonly status: 'hit' | 'resume' | 'run' | 'unknown'
  readonly key: string | null
  readonly artifact: Digest | null
  /** Why it is not a hit, for display. */
  readonly reasons: readonly string[]
  /** What its key hashes; inputs not yet computed are null. */
  readonly manifest: Json
  /** The resources it requests, if any. */
  readonly resources?: StageResources
}

/** Stages in the graph's order. */
export interface Plan {
  readonly stages: readonly PlannedStage[]
  /** What was found in the store, by stage id. */
  readonly hits: ReadonlyMap<string, Hit>
}

export type Hit = Extract<Lookup, { status: 'hit' }>

/** Facts of data sets by `dataKey` of their spec. */
export type DataFactsByKey = ReadonlyMap<string, DataFacts>

/** The numerics of the worker that would run a stage. */
export type NumericsOf = (stage: Pick<Stage, 'resources'>) => Numerics

/** Memoised, because stages share specs. */
const dataKeys = new WeakMap<DataSpec, string>()

/** Equal for specs that mean the same data set. */
export function dataKey(spec: DataSpec): string {
  const known = dataKeys.get(spec)
  if (known !== undefined) return known
  const { name, options, from } = spec
  const key = canonical({ name, options, ...(from === undefined ? {} : { from }) })
  dataKeys.set(spec, key)
  return key
}

/**
 * @param data facts of every data set in the graph
 * @param numericsOf without it, any checkpoint is accepted
 * @throws StoreProblem when the store fails, PlanProblem for a malformed graph
 */
export async function makePlan(graph: Graph, store: Store, data: DataFactsByKey, numericsOf?: NumericsOf): Promise<Plan> {
  const needed = snapshotsNeeded(graph)
  const shorter = shorterTrainings(graph)
  const hits = new Map<string, Hit>()
  const outputs = new Map<string, StageResult | undefined>()
  const paths = new Map(graph.stages.map(({ id, path }) => [id, path]))
  const planned = new Map<string, PlannedStage>()
  for (const wave of waves(graph)) {
    const asked: LookupRequest[] = []
    for (const stage of wave) {
      const inputs: { [role: string]: Digest } = {}
      const waitsFor = new Set<string>()
      for (const [role, ref] of Object.entries<StageRef>(stage.inputs)) {
        const digest = outputOf(outputs.get(ref.stage), ref)
        if (digest === undefined) waitsFor.add(paths.get(ref.stage)!)
        else inputs[role] = digest
      }
      if (waitsFor.size > 0) planned.set(stage.id, unknown(stage, [...waitsFor], partialManifest(stage, inputs, data)))
      else asked.push({ stage, inputs, data: factsOf(stage, data), snapshots: needed.get(stage.id) ?? [], numerics: numericsOf?.(stage) })
    }
    for (const [i, found] of (await lookups(store, asked)).entries()) {
      const { stage } = asked[i]!
      if (found.status === 'hit') hits.set(stage.id, found)
      planned.set(stage.id, known(stage, found))
      outputs.set(stage.id, found.result)
    }
  }
  const similar = new SimilarResults(store, new Set([...hits.values()].map(({ key }) => key)))
  const stages: PlannedStage[] = []
  for (const stage of graph.stages) {
    const [entry, first] = [planned.get(stage.id)!, shorter.get(stage.id)]
    const told = entry.status === 'hit' || first === undefined || hits.has(first.id) ? entry : continuing(entry, stage, first)
    stages.push(told.key !== null && told.reasons.includes(neverRun) ? await explained(told, similar) : told)
  }
  return { stages, hits }
}

/** Stages by depth: each comes in a later wave than its inputs. @throws PlanProblem for an input that does not come before its stage */
function waves({ stages }: Graph): readonly (readonly Stage[])[] {
  const depths = new Map<string, number>()
  const all: Stage[][] = []
  for (const stage of stages) {
    let depth = 0
    for (const [role, ref] of Object.entries<StageRef>(stage.inputs)) {
      const before = depths.get(ref.stage)
      if (before === undefined) throw planProblems.unknownInput(stage.path, role, ref.stage)
      depth = Math.max(depth, before + 1)
    }
    depths.set(stage.id, depth)
    const wave = all[depth] ?? []
    all[depth] = wave
    wave.push(stage)
  }
  return all
}

/** A stage without results of its own place may have been renamed: compares it with results of paths that are no longer in the plan. */
async function explained(entry: PlannedStage, similar: SimilarResults): Promise<PlannedStage> {
  const like = await similar.nearest(entry.manifest)
  if (like === undefined) return entry
  return { ...entry, reasons: entry.reasons.flatMap((reason) => (reason === neverRun ? like.differences.map(({ says }) => says) : reason)) }
}

/** Adds that it continues a shorter training that has to run as well. */
function continuing(entry: PlannedStage, stage: Stage, shorter: Stage): PlannedStage {
  if (!isTraining(stage) || !isTraining(shorter)) return entry
  return {
    ...entry,
    reasons: [...entry.reasons, `continues at epoch ${shorter.options.epochs}/${stage.options.epochs}, where a shorter one ends`],
  }
}

/** The content address that a reference stands for, once its stage has a result. */
export function outputOf(result: Pick<StageResult, 'artifact' | 'snapshots'> | undefined, ref: StageRef): Digest | undefined {
  const at = positionOf(ref)
  return at === undefined ? result?.artifact : result?.snapshots[snapshotName(at)]
}

function known(stage: Stage, { status, key, reasons, result, manifest }: Lookup): PlannedStage {
  return { ...placed(stage), status, key, artifact: result?.artifact ?? null, reasons, manifest }
}

function unknown(stage: Stage, waitsFor: readonly string[], manifest: Json): PlannedStage {
  const reasons = waitsFor.map((other) => `waits for ${other}`)
  return { ...placed(stage), status: 'unknown', key: null, artifact: null, reasons, manifest }
}

const placed = ({ id, path, kind, resources }: Stage) => ({ id, path, kind, ...(resources === undefined ? {} : { resources }) })

function partialManifest(stage: Stage, known: InputDigests, data: DataFactsByKey): Json {
  const toCome = Object.fromEntries(Object.keys(stage.inputs).map((role) => [role, '']))
  const manifest = manifestOf(stage, { ...toCome, ...known }, factsOf(stage, data)?.digest) as { readonly inputs: InputDigests }
  return { ...manifest, inputs: Object.fromEntries(Object.entries(manifest.inputs).map(([role, digest]) => [role, digest || null])) }
}

/** Of the data set that a stage reads; undefined if it reads none. */
export function factsOf(stage: Stage, data: DataFactsByKey): DataFacts | undefined {
  const spec = dataOf(stage)
  return spec === undefined ? undefined : data.get(dataKey(spec))
}
