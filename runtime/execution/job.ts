/** Builds the job of a stage for its executor. */

import { computingOf } from '../engine/devices.ts'
import { stageKinds } from '../kinds/kinds.ts'
import { workOf } from '../kinds/work.ts'
import type { LookupRequest } from '../plan/lookup.ts'
import { exportFolder } from '../store/exports.ts'
import type { ToDo } from './attempt.ts'
import type { Job } from './protocol.ts'
import type { RunRequest } from './run-request.ts'

/** From a run, or from a worker that computes for others' runs. */
export type JobSettings = Pick<RunRequest, 'store' | 'checkpointEvery' | 'source' | 'resources' | 'engine' | 'processor'>

export function jobOf(
  { stage, inputs, data, snapshots }: LookupRequest,
  { key, status, result, missing, given, expected, prefix, ...found }: ToDo,
  attempt: Pick<Job, 'id' | 'attempt'>,
  request: JobSettings,
): Job {
  const { store, checkpointEvery = 30, source = null } = request
  const state = 'state' in found ? found.state : undefined
  return {
    ...attempt,
    ...computingOf(stage, request),
    work: workOf(stage, inputs),
    source,
    folder: stageKinds[stage.kind].files === 'written' ? exportFolder(stage, store.exports) : null,
    data: data?.digest ?? null,
    key,
    path: stage.path,
    resume: status === 'resume' && state === undefined,
    keep: snapshots,
    // An existing result lacks snapshots only.
    stopAfter: result === undefined ? null : (missing.at(-1) ?? null),
    continueFrom: state ?? null,
    given,
    expected,
    keepState: prefix !== undefined,
    checkpointEvery,
  }
}
