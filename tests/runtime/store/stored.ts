/** A store with runs in it, made without computing anything. */

import { resolve } from 'node:path'
import type { Json } from '../../../dsl/check/canonical.ts'
import { keyOf } from '../../../runtime/plan/manifest.ts'
import type { ArmResult, RunEvent } from '../../../runtime/run-event.ts'
import { writeArtifact } from '../../../runtime/store/artifact.ts'
import type { StageResult } from '../../../runtime/store/results.ts'
import { RunJournal } from '../../../runtime/store/run-journal.ts'
import type { Store } from '../../../runtime/store/store.ts'
import { numerics, smallNetwork } from './temporary-store.ts'

type ComputedBy = Pick<Extract<RunEvent, { event: 'start' }>, 'slots' | 'threads' | 'workers'>

export interface Made {
  readonly path: string
  readonly key: string
  readonly artifact: string
}

/** Keeps a result with a network of its own; `inputs` are digests of earlier ones. */
export async function keep(
  store: Store,
  path: string,
  { seed = 0, epochs = 3, inputs = {}, metrics = { 'test/accuracy': 0.9 } as StageResult['metrics'] } = {},
): Promise<Made> {
  const manifest: Json = { kind: 'train', revision: 1, options: { epochs, seed, optimizer: { kind: 'adam', lr: 0.1 } }, inputs }
  const key = keyOf(manifest)
  const artifact = await writeArtifact(store.objects, smallNetwork(seed * 1000 + epochs, true))
  await store.results.put({
    key,
    kind: 'train',
    path,
    manifest,
    artifact,
    snapshots: {},
    metrics,
    numerics,
    finished: 1_700_000_000_000,
    seconds: 2,
  })
  return { path, key, artifact }
}

/** Writes a run of these stages down, the first `hits` of them found. Without `end` it is as if it still ran. @returns its number */
export async function runOf(
  store: Store,
  stages: readonly Made[],
  {
    file = 'a.pipeline.ts',
    hits = 0,
    end = true,
    results = [] as readonly ArmResult[],
    computedBy = { slots: 1, threads: 1 } as ComputedBy,
  } = {},
): Promise<number> {
  const journal = new RunJournal({ store, file: resolve(file), target: 'default', onWarning: () => {} })
  const tell = (event: RunEvent) => journal.note(event)
  tell({ event: 'start', file, stages: stages.length, ...computedBy })
  for (const { path, key, artifact } of stages.slice(0, hits)) tell({ event: 'hit', path, kind: 'train', key, artifact })
  for (const { path, key, artifact } of stages.slice(hits)) {
    tell({ event: 'stage-start', path, kind: 'train', key, steps: 10 })
    tell({ event: 'stage-done', path, kind: 'train', key, artifact, metrics: {}, seconds: 2 })
  }
  const counts = { total: stages.length, hit: hits, run: stages.length - hits, resumed: 0, failed: 0, skipped: 0 }
  if (end) tell({ event: 'done', ok: true, interrupted: false, seconds: 1, stages: counts, results })
  await journal.written()
  return (await store.journal.runs({ most: 1 }))[0]!.id
}
