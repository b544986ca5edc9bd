/**
 * What must be done for a stage whose inputs are known: nothing, continue, or run. The plan and the scheduler both ask here,
 * so what was announced is what happens.
 */
import type { Graph, Json, Stage } from '../../dsl/stage.ts'
import type { Numerics } from '../../stdlib/engine.ts'
import type { Checkpoint } from '../store/checkpoints.ts'
import type { Digest, FoundResult, StageResult, Store } from '../store/store.ts'
import { nearestOf } from './explain.ts'
import { type InputDigests, keyOf, manifestOf } from './manifest.ts'

/** What a plan needs to know of a data set. */
export interface DataFacts {
  /** Content address. */
  readonly digest: Digest
  readonly trainExamples: number
  readonly classes: number
  /** [height, width, channels] of one example. */
  readonly input: readonly number[]
}

export interface LookupRequest {
  readonly stage: Stage
  readonly inputs: InputDigests
  /** Of the stage's data set, if it reads one. */
  readonly data: DataFacts | undefined
  /** Epochs whose weights other stages need: `snapshotsNeeded(graph)`. */
  readonly snapshots: readonly number[]
  /** Of the worker that would run it; unknown (undefined) when only planning, and then any checkpoint counts. */
  readonly numerics?: Numerics | undefined
}

interface Known {
  readonly key: string
  readonly manifest: Json
  /** Optimizer steps of the whole stage; 0 for stages without steps. */
  readonly steps: number
  /** Why it is not a hit, for people. */
  readonly reasons: readonly string[]
  /** Those of the reasons that say why a checkpoint cannot be continued from. */
  readonly ignored: readonly string[]
}

export type Lookup =
  | (Known & { readonly status: 'hit'; readonly result: StageResult })
  /** Continue from the checkpoint at `step`. */
  | (Known & { readonly status: 'resume'; readonly step: number; readonly result: StageResult | undefined })
  /** From the start, checkpoints or not. With `result`, the outcome is known and only a snapshot is wanted. */
  | (Known & { readonly status: 'run'; readonly result: StageResult | undefined })

export async function lookup(store: Store, request: LookupRequest): Promise<Lookup> {
  const { stage, inputs, data, snapshots, numerics } = request
  const manifest = manifestOf(stage, inputs, data?.digest)
  const key = keyOf(manifest)
  const found = await store.findResult(key)
  const steps = stepsOf(stage, data)
  const result = found.found === 'sound' ? found.result : undefined
  const missing = result === undefined ? [] : snapshots.filter((epoch) => result.snapshots[epoch] === undefined)
  if (result !== undefined && missing.length === 0) return { status: 'hit', key, manifest, steps, reasons: [], ignored: [], result }

  const why = await reasonsOf(store, stage, manifest, found, missing)
  const { checkpoint, ignored } = await store.latestCheckpoint(key, numerics)
  const lacking = checkpoint === undefined ? [] : await snapshotsLacking(store, stage, checkpoint, snapshots, steps)
  if (checkpoint !== undefined && lacking.length === 0) {
    const { step } = checkpoint
    return {
      status: 'resume',
      key,
      manifest,
      steps,
      step,
      ignored,
      reasons: [...why, ...ignored, `resumes at step ${step}/${steps}`],
      result,
    }
  }
  const unusable = checkpoint === undefined ? [] : [`its checkpoint at step ${checkpoint.step} lacks the snapshot at ${epochs(lacking)}`]
  return { status: 'run', key, manifest, steps, ignored: [...ignored, ...unusable], reasons: [...why, ...ignored, ...unusable], result }
}

/** Epochs each stage must keep, by stage id, in order. Stages without any are absent. */
export function snapshotsNeeded(graph: Graph): ReadonlyMap<string, readonly number[]> {
  const needed = new Map<string, Set<number>>()
  for (const stage of graph.stages) {
    for (const { stage: id, epoch } of Object.values(stage.inputs)) {
      if (epoch === undefined) continue
      needed.set(id, (needed.get(id) ?? new Set()).add(epoch))
    }
  }
  return new Map([...needed].map(([id, wanted]) => [id, [...wanted].sort((a, b) => a - b)]))
}

/** Optimizer steps of a stage; the last partial batch of an epoch is dropped. */
export function stepsOf(stage: Stage, data: DataFacts | undefined): number {
  if ((stage.kind !== 'train' && stage.kind !== 'distill') || data === undefined) return 0
  const { epochs: end, from, batch } = stage.options
  return Math.round((end - from) * Math.floor(data.trainExamples / batch))
}

async function reasonsOf(store: Store, stage: Stage, manifest: Json, found: FoundResult, missing: readonly number[]): Promise<string[]> {
  if (found.found === 'damaged') return [`its artifact is ${found.reason}`]
  if (found.found === 'sound') {
    const first = stage.kind === 'train' || stage.kind === 'distill' ? Math.floor(stage.options.from) + 1 : 1
    const last = missing.at(-1)!
    const replayed = first === last ? `epoch ${last}` : `epochs ${first}–${last}`
    return [`its snapshot at ${epochs(missing)} is not kept: replays ${replayed}`]
  }
  const nearest = nearestOf(await store.earlierManifests(stage.path), manifest, (fingerprint) => store.functions.find(fingerprint))
  return nearest === undefined || nearest.differences.length === 0 ? ['never run'] : nearest.differences.map(({ says }) => says)
}

/** Needed epochs that the checkpoint has passed without keeping them; continuing from it could never give them. */
async function snapshotsLacking(
  store: Store,
  stage: Stage,
  checkpoint: Checkpoint,
  needed: readonly number[],
  steps: number,
): Promise<number[]> {
  if (stage.kind !== 'train' && stage.kind !== 'distill') return []
  const { epochs: end, from } = stage.options
  const lacking: number[] = []
  for (const epoch of needed) {
    if (((epoch - from) / (end - from)) * steps > checkpoint.step) continue
    const digest = checkpoint.snapshots?.[epoch]
    if (digest === undefined || (await store.whatIsWrongWith(digest)) !== undefined) lacking.push(epoch)
  }
  return lacking
}

function epochs(list: readonly number[]): string {
  return `${list.length === 1 ? 'epoch' : 'epochs'} ${list.join(', ')}`
}
