/**
 * Whether a stage whose inputs are known is a cache hit, resumes or runs. Both the plan and the scheduler use this, so that a run does
 * what was announced.
 */

import type { Json } from '../../dsl/check/canonical.ts'
import type { Position } from '../../dsl/graph/expr.ts'
import { type Graph, isTraining, type Stage, type StageRef } from '../../dsl/graph/stage.ts'
import type { Numerics } from '../../stdlib/engine.ts'
import type { DataFacts } from '../data/facts.ts'
import { numericsOfTraining } from '../engine/numerics.ts'
import { stageKinds } from '../kinds/kinds.ts'
import type { Digest } from '../store/address.ts'
import { type CheckpointHeader, latestCheckpoint, latestHeaders, numericsDiffer, type Search } from '../store/checkpoints.ts'
import { wrongExport } from '../store/exports.ts'
import type { FoundResult, StageResult, TrainingState } from '../store/results.ts'
import type { Store } from '../store/store.ts'
import { positionOf, Step, saidPositions, snapshotName, stepsPerEpochOf } from '../training/step.ts'
import { type Difference, nearestIn } from './explain.ts'
import { type Identity, type InputDigests, identityOf } from './manifest.ts'
import { boundToItsEnd, prefixOf } from './prefix.ts'

export interface LookupRequest {
  readonly stage: Stage
  readonly inputs: InputDigests
  /** Of the stage's data set, if it reads one. */
  readonly data: DataFacts | undefined
  /** Points whose weights other stages need: `snapshotsNeeded(graph)`. */
  readonly snapshots: readonly Position[]
  /** Of the worker that would run it; undefined when only planning: then any checkpoint is accepted. */
  readonly numerics?: Numerics | undefined
}

/** The reason if there is no earlier result of the stage's place. */
export const neverRun = 'never run'

interface Known {
  readonly key: string
  readonly manifest: Json
  /** Optimizer steps of the whole stage; 0 for stages without steps. */
  readonly steps: number
  /** Last epoch of a training; 0 for other stages. */
  readonly epochs: number
  /** Shared by trainings that differ only in length: `prefixOf`. */
  readonly prefix: string | undefined
  /** Why it is not a hit, for display. From `lookup`, without a comparison with earlier results of its place. */
  readonly reasons: readonly string[]
  /** The reasons that a run warns of: damage, an unusable checkpoint, a replay that cannot be verified. */
  readonly ignored: readonly string[]
}

/** With `result`, the outcome is known and only snapshots are missing. */
interface NotFound extends Known {
  readonly result: StageResult | undefined
  /** Needed snapshots that the store already has, by name. */
  readonly given: { readonly [snapshot: string]: Digest }
  /** Those still to be computed, in training order. */
  readonly missing: readonly Position[]
  /** SHA-256 over all weights at the ends of epochs, which a replay must reproduce. */
  readonly expected: { readonly [epoch: string]: string }
}

export type Lookup =
  | (Known & { readonly status: 'hit'; readonly result: StageResult })
  /** Continue at `step`: from a checkpoint, or from the final state of a shorter training. */
  | (NotFound & { readonly status: 'resume'; readonly step: number; readonly state: Digest | undefined })
  /** From the start; checkpoints are ignored. */
  | (NotFound & { readonly status: 'run' })

/** For a stage that is about to run: reads and verifies its checkpoint. */
export async function lookup(store: Store, request: LookupRequest): Promise<Lookup> {
  const { stage, inputs, data } = request
  const identity = identityOf(stage, inputs, data?.digest)
  return statusOf(store, request, { ...identity, found: await store.results.find(identity.key), changed: undefined }, latestCheckpoint)
}

/** For stages that do not depend on each other, in the same order. Reads only the headers of checkpoints, and assumes intact tensors. */
export async function lookups(store: Store, requests: readonly LookupRequest[]): Promise<readonly Lookup[]> {
  const identities = requests.map(({ stage, inputs, data }) => identityOf(stage, inputs, data?.digest))
  const results = await store.results.findMany(identities.map(({ key }) => key))
  const known = identities.map((identity, i) => ({ ...identity, found: results[i]!, path: requests[i]!.stage.path }))
  const changes = await changesSince(
    store,
    known.filter(({ found }) => found.found === 'none'),
  )
  const furthest = latestHeaders(store.checkpoints)
  const all: Lookup[] = []
  for (const [i, request] of requests.entries())
    all.push(await statusOf(store, request, { ...known[i]!, changed: changes.get(known[i]!.key) }, furthest))
  return all
}

/** Differences from the most similar earlier result of the same place, by key; empty if there is none. */
async function changesSince(
  store: Store,
  absent: readonly (Identity & { readonly path: string })[],
): Promise<ReadonlyMap<string, readonly Difference[]>> {
  if (absent.length === 0) return new Map()
  const earlier = await store.results.earlierManifests(absent.map(({ path }) => path))
  const nearest = await nearestIn(
    store,
    absent.map(({ manifest }, i) => ({ earlier: earlier[i]!, now: manifest })),
  )
  return new Map(absent.map(({ key }, i) => [key, nearest[i]?.differences ?? []]))
}

async function statusOf(
  store: Store,
  request: LookupRequest,
  { manifest, key, found, changed }: Identity & { readonly found: FoundResult; readonly changed: readonly Difference[] | undefined },
  furthest: Search<CheckpointHeader>,
): Promise<Lookup> {
  const { stage, data, snapshots } = request
  const numerics = request.numerics && ofStage(request.numerics, stage)
  const [steps, epochs, prefix] = [stepsOf(stage, data), isTraining(stage) ? stage.options.epochs : 0, prefixOf(stage, manifest)]
  const base = { key, manifest, steps, epochs, prefix }
  const known = found.found === 'sound' ? found.result : undefined
  const unwritten =
    stageKinds[stage.kind].files === 'written' && known !== undefined ? await wrongExport(stage, key, store.exports) : undefined
  if (unwritten !== undefined)
    return { ...base, status: 'run', reasons: [unwritten], ignored: [], result: known, given: {}, missing: [], expected: {} }
  const wanted = inOrder(stage, data, snapshots).filter((at) => known?.snapshots[snapshotName(at)] === undefined)
  if (known !== undefined && wanted.length === 0) return { ...base, status: 'hit', reasons: [], ignored: [], result: known }

  const alike = prefix === undefined ? [] : await store.results.trainingStates(prefix, known?.numerics ?? numerics)
  const given = snapshotsGiven(alike, wanted, stage, data)
  const missing = wanted.filter((at) => given[snapshotName(at)] === undefined)
  if (known !== undefined && missing.length === 0) {
    const result = { ...known, snapshots: { ...known.snapshots, ...given } }
    return { ...base, status: 'hit', reasons: [], ignored: [], result }
  }

  const why = reasonsOf(stage, found, missing, changed)
  const replay = await checkedReplay(store, known, numerics)
  const state = replay.unchecked.length > 0 ? undefined : continued(alike, stage, data, missing)
  const { checkpoint, ignored } = await furthest(store.checkpoints, key, numerics)
  const lacking = checkpoint === undefined ? [] : await snapshotsLacking(store, stage, checkpoint, missing, data)
  const unusable =
    lacking.length === 0 ? [] : [`its checkpoint at step ${checkpoint!.step} lacks the snapshot at ${saidPositions(lacking)}`]
  const all = { ...base, result: known, given, missing, expected: replay.expected }
  const damage = found.found === 'damaged' ? why : []
  const because = (more: readonly string[], last: readonly string[] = []) => ({
    ignored: [...damage, ...ignored, ...more, ...replay.unchecked],
    reasons: [...why, ...ignored, ...more, ...replay.unchecked, ...last],
  })
  if (checkpoint !== undefined && lacking.length === 0 && checkpoint.step >= (state?.step ?? 0)) {
    const { step } = checkpoint
    return { ...all, ...because([], [`resumes at step ${step}/${steps}`]), status: 'resume', step, state: undefined }
  }
  if (state !== undefined) {
    const resumes = `resumes at epoch ${state.epoch}/${epochs}, where a shorter training ended`
    return { ...all, ...because(unusable, [resumes]), status: 'resume', step: state.step, state: state.state }
  }
  return { ...all, ...because(unusable), status: 'run' }
}

/** Wanted snapshots that shorter or longer trainings with the same prefix have left. */
function snapshotsGiven(
  alike: readonly TrainingState[],
  wanted: readonly Position[],
  stage: Stage,
  data: DataFacts | undefined,
): { readonly [snapshot: string]: Digest } {
  if (!isTraining(stage) || data === undefined) return {}
  const perEpoch = stepsPerEpochOf(stage.options, data)
  const known = new Map(alike.map(({ epoch, artifact }) => [Step.of({ epoch }, perEpoch).steps, artifact]))
  return Object.fromEntries(
    wanted.flatMap((at) => {
      const artifact = known.get(Step.of(at, perEpoch).steps)
      return artifact === undefined ? [] : [[snapshotName(at), artifact] as const]
    }),
  )
}

/** The furthest final state of a shorter training that is before every missing snapshot, and the stage's step there. */
function continued(alike: readonly TrainingState[], stage: Stage, data: DataFacts | undefined, missing: readonly Position[]) {
  if (!isTraining(stage) || data === undefined) return undefined
  const perEpoch = stepsPerEpochOf(stage.options, data)
  const [start, end] = [Step.startOf(stage.options, perEpoch), Step.endOf(stage.options, perEpoch)]
  const after = [end, ...missing.map((one) => Step.of(one, perEpoch))]
  const found = alike
    .map(({ epoch, state }) => ({ epoch, state, at: Step.of({ epoch }, perEpoch) }))
    .findLast(({ state, at }) => state !== undefined && start.isBefore(at) && after.every((point) => at.isBefore(point)))
  return found === undefined ? undefined : { epoch: found.epoch, state: found.state, step: found.at.since(start) }
}

/** A replay must reproduce the weights of the first run; under other numerics this is not checked, and a reason says so. */
async function checkedReplay({ results }: Store, known: StageResult | undefined, numerics: Numerics | undefined) {
  if (known === undefined) return { expected: {}, unchecked: [] }
  const different = known.numerics === undefined || numerics === undefined ? [] : numericsDiffer(known.numerics, numerics)
  if (different.length === 0) return { expected: await results.epochWeights(known.key), unchecked: [] }
  const unchecked = [`its result was made with other numerics (${different.join(', ')}), so what is replayed is not compared with it`]
  return { expected: {}, unchecked }
}

function ofStage(numerics: Numerics, stage: Stage): Numerics {
  return isTraining(stage) ? numericsOfTraining(numerics, stage.options) : numerics
}

/** Points that each stage must keep, by stage id. Stages without any are absent. */
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
  if (!isTraining(stage) || data === undefined) return 0
  const perEpoch = stepsPerEpochOf(stage.options, data)
  return Step.endOf(stage.options, perEpoch).since(Step.startOf(stage.options, perEpoch))
}

/** Points of a training in chronological order. */
function inOrder(stage: Stage, data: DataFacts | undefined, points: readonly Position[]): readonly Position[] {
  if (!isTraining(stage) || data === undefined) return points
  const perEpoch = stepsPerEpochOf(stage.options, data)
  return points.toSorted((a, b) => Step.of(a, perEpoch).since(Step.of(b, perEpoch)))
}

function reasonsOf(stage: Stage, found: FoundResult, missing: readonly Position[], changed: readonly Difference[] = []): string[] {
  if (found.found === 'damaged') return [`its artifact is ${found.reason}`]
  if (found.found === 'sound') {
    return [`its snapshot at ${saidPositions(missing)} is not kept: replays ${replayed(stage, missing.at(-1)!)}`]
  }
  if (changed.length === 0) return [neverRun]
  return [...changed.map(({ says }) => says), ...whyNotContinued(stage, changed)]
}

/** Why a training that only became longer cannot continue from the earlier one. */
function whyNotContinued(stage: Stage, differences: readonly Difference[]): string[] {
  const [only, ...others] = differences
  if (!isTraining(stage) || only?.part.join('.') !== 'options.epochs' || others.length > 0) return []
  const { before, after } = only
  const bound = boundToItsEnd(stage.options)
  return bound === undefined || Number(before) >= Number(after) ? [] : [`cannot continue at epoch ${before}: ${bound}`]
}

/** What is recomputed up to a point. */
function replayed(stage: Stage, last: Position): string {
  if ('step' in last) return `up to step ${last.step}`
  const first = isTraining(stage) ? Math.floor(stage.options.from) + 1 : 1
  return first === last.epoch ? `epoch ${last.epoch}` : `epochs ${first}–${last.epoch}`
}

/** Needed points that are before the checkpoint but not in it; continuing from it could never produce them. */
async function snapshotsLacking(
  store: Store,
  stage: Stage,
  checkpoint: CheckpointHeader,
  needed: readonly Position[],
  data: DataFacts | undefined,
): Promise<Position[]> {
  if (!isTraining(stage) || data === undefined) return []
  const perEpoch = stepsPerEpochOf(stage.options, data)
  const passed = Step.startOf(stage.options, perEpoch).plus(checkpoint.step)
  const lacking: Position[] = []
  for (const at of needed) {
    if (passed.isBefore(Step.of(at, perEpoch))) continue
    const digest = checkpoint.snapshots?.[snapshotName(at)]
    if (digest === undefined || (await store.results.whatIsWrongWith(digest)) !== undefined) lacking.push(at)
  }
  return lacking
}
