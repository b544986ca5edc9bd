/** Everything in the store about a stage, as plain data. */

import { statSync } from 'node:fs'
import type { Json } from '../../dsl/check/canonical.ts'
import { StoreProblem } from '../problem.ts'
import { readParts } from '../store/artifact.ts'
import { latestHeader } from '../store/checkpoints.ts'
import type { KnownStage, PastOutcome } from '../store/journal.ts'
import type { MetricPoint, StageResult } from '../store/results.ts'
import type { Store } from '../store/store.ts'
import { historyProblems } from './problems.ts'
import { named } from './run-record.ts'
import { flatOptions } from './stage-options.ts'

interface StageFile {
  /** artifact, topology, weights, masks, snapshot 2 weights, log, … */
  readonly what: string
  readonly digest: string | null
  readonly file: string
  /** Null if the file is missing. */
  readonly bytes: number | null
}

export interface StageRecord extends StageFacts {
  readonly found: 'stage'
  readonly curves: { readonly [series: string]: readonly MetricPoint[] }
}

/** Without curves, which may have a million points. */
export interface StageFacts extends KnownStage {
  readonly state: 'finished' | 'stopped' | 'failed' | 'absent'
  /** By dotted name. */
  readonly options: { readonly [name: string]: Json }
  /** Undefined until it is finished, and after garbage collection. */
  readonly result: StageResult | undefined
  /** Step of the checkpoint that it would resume from. */
  readonly checkpoint: number | undefined
  /** By role, with the path of the stage that produced it, if known. */
  readonly inputs: readonly { readonly role: string; readonly digest: string; readonly from: string | undefined }[]
  readonly files: readonly StageFile[]
  /** Runs that include the stage, newest first, at most 20. */
  readonly runs: readonly PastOutcome[]
  readonly pinned: boolean
}

/** @param metric only metrics and curves whose names contain it @throws StoreProblem if there are none */
export async function stageRecord(store: Store, { path, key }: KnownStage, metric = ''): Promise<StageRecord> {
  const { result, ...facts } = await stageFacts(store, { path, key })
  const metrics = named(result?.metrics ?? {}, metric)
  const curves: { [series: string]: readonly MetricPoint[] } = {}
  const known = await store.results.seriesOf(key)
  for (const series of known.filter((name) => name.includes(metric))) curves[series] = await store.results.metricsOf(key, series)
  if (metric !== '' && Object.keys({ ...metrics, ...curves }).length === 0)
    throw historyProblems.noMetric(metric, [...Object.keys(result?.metrics ?? {}), ...known])
  return { found: 'stage', ...facts, result: result && { ...result, metrics }, curves }
}

export async function stageFacts(store: Store, { path, key }: KnownStage): Promise<StageFacts> {
  const result = await store.results.get(key)
  const artifacts = result?.artifact === undefined ? [] : await artifactFiles(store, '', result.artifact)
  const snapshots: StageFile[] = []
  for (const [epoch, digest] of Object.entries(result?.snapshots ?? {}))
    snapshots.push(...(await artifactFiles(store, `snapshot ${epoch} `, digest)))
  const file = store.logs.whereIs(key)
  const log = statSync(file, { throwIfNoEntry: false })
  const inputs: StageRecord['inputs'][number][] = []
  for (const { role, digest } of inputsOf(result?.manifest)) inputs.push({ role, digest, from: await store.results.makerOf(digest) })
  const checkpoint = (await latestHeader(store.checkpoints, key)).checkpoint?.step
  const runs = await store.journal.outcomesOf(key)
  return {
    path,
    key,
    state: result !== undefined ? 'finished' : checkpoint !== undefined ? 'stopped' : runs[0]?.outcome === 'failed' ? 'failed' : 'absent',
    options: flatOptions(result?.manifest),
    result,
    checkpoint,
    inputs,
    files: [...artifacts, ...snapshots, ...(log === undefined ? [] : [{ what: 'log', digest: null, file, bytes: log.size }])],
    runs,
    pinned: (await store.pins.all()).includes(key),
  }
}

/** The digests of a stage's inputs. */
export function inputsOf(manifest: Json | undefined): { readonly role: string; readonly digest: string }[] {
  const inputs = typeof manifest === 'object' && manifest !== null && 'inputs' in manifest ? manifest.inputs : undefined
  return Object.entries(inputs ?? {}).flatMap(([role, digest]) => (typeof digest === 'string' ? [{ role, digest }] : []))
}

/** The artifact's own file and those of its parts, if the artifact is readable. */
async function artifactFiles(store: Store, prefix: string, digest: string): Promise<StageFile[]> {
  const file = async (what: string, each: string) => ({ what: `${prefix}${what}`, digest: each, ...(await store.objects.whereIs(each)) })
  const own = await file('artifact', digest)
  try {
    const { topology, weights, masks } = await readParts(store.objects, digest)
    const parts = { topology, weights, ...(masks === null ? {} : { masks }) }
    return [own, ...(await Promise.all(Object.entries(parts).map(([what, each]) => file(what, each))))]
  } catch (problem) {
    if (problem instanceof StoreProblem) return [own]
    throw problem
  }
}
