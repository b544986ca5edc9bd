/**
 * What must be done for a stage whose inputs are known: nothing, continue, or run. The plan and the scheduler both ask here,
 * so what was announced is what happens.
 */
import type { Position } from '../../dsl/expr.ts'
import type { Graph, Json, Stage, StageRef } from '../../dsl/stage.ts'
import type { Numerics } from '../../stdlib/engine.ts'
import type { Checkpoint } from '../store/checkpoints.ts'
import type { Digest, FoundResult, StageResult, Store } from '../store/store.ts'
import { nearestOf } from './explain.ts'
import { type InputDigests, keyOf, manifestOf } from './manifest.ts'
import { positionOf, saidPositions, snapshotName, startOf, stepAt, stepsPerEpochOf } from './positions.ts'

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
  /** Points whose weights other stages need: `snapshotsNeeded(graph)`. */
  readonly snapshots: readonly Position[]
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
  /** Snapshots that a known result lacks, the last one last. */
  readonly missing: readonly Position[]
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
  const missing =
    result === undefined ? [] : inOrder(stage, data, snapshots).filter((at) => result.snapshots[snapshotName(at)] === undefined)
  if (result !== undefined && missing.length === 0)
    return { status: 'hit', key, manifest, steps, reasons: [], missing, ignored: [], result }

  const why = await reasonsOf(store, stage, manifest, found, missing)
  const { checkpoint, ignored } = await store.latestCheckpoint(key, numerics)
  const lacking = checkpoint === undefined ? [] : await snapshotsLacking(store, stage, checkpoint, inOrder(stage, data, snapshots), data)
  if (checkpoint !== undefined && lacking.length === 0) {
    const { step } = checkpoint
    return {
      status: 'resume',
      key,
      manifest,
      steps,
      step,
      missing,
      ignored,
      reasons: [...why, ...ignored, `resumes at step ${step}/${steps}`],
      result,
    }
  }
  const unusable =
    checkpoint === undefined ? [] : [`its checkpoint at step ${checkpoint.step} lacks the snapshot at ${saidPositions(lacking)}`]
  return {
    status: 'run',
    key,
    manifest,
    steps,
    missing,
    ignored: [...ignored, ...unusable],
    reasons: [...why, ...ignored, ...unusable],
    result,
  }
}

/** Points each stage must keep, by stage id. Stages without any are absent. */
export function snapshotsNeeded(graph: Graph): ReadonlyMap<string, readonly Position[]> {
  const needed = new Map<string, Map<string, Position>>()
  for (const stage of graph.stages) {
    for (const ref of Object.values<StageRef>(stage.inputs)) {
      const at = positionOf(ref)
      if (at === undefined) continue
      const known = needed.get(ref.stage) ?? new Map<string, Position>()
      needed.set(ref.stage, known.set(snapshotName(at), at))
    }
  }
  return new Map([...needed].map(([id, wanted]) => [id, [...wanted.values()]]))
}

/** Optimizer steps of a stage; the last partial batch of an epoch is dropped. */
export function stepsOf(stage: Stage, data: DataFacts | undefined): number {
  if ((stage.kind !== 'train' && stage.kind !== 'distill') || data === undefined) return 0
  const perEpoch = stepsPerEpochOf(stage.options, data)
  return stage.options.epochs * perEpoch - startOf(stage.options, perEpoch)
}

/** Points of a training as they come. */
function inOrder(stage: Stage, data: DataFacts | undefined, points: readonly Position[]): readonly Position[] {
  if ((stage.kind !== 'train' && stage.kind !== 'distill') || data === undefined) return points
  const perEpoch = stepsPerEpochOf(stage.options, data)
  return points.toSorted((a, b) => stepAt(a, perEpoch) - stepAt(b, perEpoch))
}

async function reasonsOf(store: Store, stage: Stage, manifest: Json, found: FoundResult, missing: readonly Position[]): Promise<string[]> {
  if (found.found === 'damaged') return [`its artifact is ${found.reason}`]
  if (found.found === 'sound') {
    return [`its snapshot at ${saidPositions(missing)} is not kept: replays ${replayed(stage, missing.at(-1)!)}`]
  }
  const nearest = nearestOf(await store.earlierManifests(stage.path), manifest, (fingerprint) => store.functions.find(fingerprint))
  return nearest === undefined || nearest.differences.length === 0 ? ['never run'] : nearest.differences.map(({ says }) => says)
}

/** What is done again up to a point. */
function replayed(stage: Stage, last: Position): string {
  if ('step' in last) return `up to step ${last.step}`
  const first = stage.kind === 'train' || stage.kind === 'distill' ? Math.floor(stage.options.from) + 1 : 1
  return first === last.epoch ? `epoch ${last.epoch}` : `epochs ${first}–${last.epoch}`
}

/** Needed points that the checkpoint has passed without keeping them; continuing from it could never give them. */
async function snapshotsLacking(
  store: Store,
  stage: Stage,
  checkpoint: Checkpoint,
  needed: readonly Position[],
  data: DataFacts | undefined,
): Promise<Position[]> {
  if ((stage.kind !== 'train' && stage.kind !== 'distill') || data === undefined) return []
  const perEpoch = stepsPerEpochOf(stage.options, data)
  const start = startOf(stage.options, perEpoch)
  const lacking: Position[] = []
  for (const at of needed) {
    if (stepAt(at, perEpoch) - start > checkpoint.step) continue
    const digest = checkpoint.snapshots?.[snapshotName(at)]
    if (digest === undefined || (await store.whatIsWrongWith(digest)) !== undefined) lacking.push(at)
  }
  return lacking
}
