/** A stage that must run as what its worker is told. */

import type { Position } from '../../dsl/graph/expr.ts'
import type { Stage } from '../../dsl/graph/stage.ts'
import type { EngineSettings } from '../engine/choice.ts'
import { workOf } from '../kinds/work.ts'
import type { InputDigests } from '../plan/manifest.ts'
import type { Digest } from '../store/address.ts'
import { exportFolder } from '../store/exports.ts'
import type { ToDo } from './attempt.ts'
import type { Job } from './protocol.ts'
import type { RunRequest } from './run-request.ts'

export interface JobParts {
  readonly attempt: Pick<Job, 'id' | 'attempt'>
  readonly inputs: InputDigests
  /** Points whose weights other stages need. */
  readonly keep: readonly Position[]
  /** Content address of the data set that it reads. */
  readonly data: Digest | null
  readonly engine: EngineSettings
  readonly threads: number
  readonly request: Pick<RunRequest, 'store' | 'checkpointEvery' | 'source'>
}

export function jobOf(stage: Stage, found: ToDo, { attempt, inputs, keep, data, engine, threads, request }: JobParts): Job {
  const { store, checkpointEvery = 30, source = null } = request
  const { key, status, result, missing, given, expected, prefix } = found
  const state = status === 'resume' ? found.state : undefined
  return {
    ...attempt,
    work: workOf(stage, inputs),
    source,
    folder: stage.kind === 'export' ? exportFolder(stage, store.exports) : null,
    data,
    key,
    path: stage.path,
    resume: status === 'resume' && state === undefined,
    keep,
    // A result that is known lacks snapshots only.
    stopAfter: result === undefined ? null : (missing.at(-1) ?? null),
    continueFrom: state ?? null,
    given,
    expected,
    keepState: prefix !== undefined,
    engine,
    threads,
    checkpointEvery,
  }
}
