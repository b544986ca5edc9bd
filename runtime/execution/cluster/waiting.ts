/** A stage that a worker elsewhere computes: translates the state of its job into executor events. */
import * as Effect from 'effect/Effect'
import type { Stage } from '../../../dsl/graph/stage.ts'
import { StageFailure, type StoreProblem } from '../../problem.ts'
import type { JobOffer, JobState } from '../../store/shared-work.ts'
import type { StageLogs } from '../../store/stage-logs.ts'
import type { Outcome, Stopped } from '../../worker/stage-context.ts'
import type { JobEvent, Kept } from '../executor.ts'
import type { Job } from '../protocol.ts'
import type { JobOutcome, Told } from './stage-job.ts'

type End = Effect.Effect<Outcome | Stopped | Kept, StageFailure | StoreProblem>
export type Settle = (end: End) => void

export interface Waiting {
  readonly id: Job['id']
  readonly stage: Stage
  readonly job: () => Promise<JobOffer>
  readonly onEvent: (event: JobEvent) => void
  readonly settle: Settle
  /** Number of the last poll that started before the offer was in the database; undefined until it is there. */
  offered: number | undefined
  by: string | null
  told: Told | null
}

/** Emits an event for each change since the last state. @returns the outcome, if the job has ended */
export function hear(waiting: Waiting, { key, by, told, outcome }: JobState, logs: StageLogs): End | undefined {
  const { onEvent } = waiting
  const now = told as unknown as Told | null // as workers write it
  const isNew = by !== null && by !== waiting.by
  if (isNew) onEvent({ type: 'assigned', by })
  if (now?.started && (isNew || waiting.told?.started === null || waiting.told === null)) onEvent({ type: 'started', ...now.started })
  if (now?.progress && now.progress.step !== waiting.told?.progress?.step) onEvent(now.progress)
  if (by !== null) waiting.by = by
  if (now !== null) keepLog(logs, key, now.log, isNew ? 0 : (waiting.told?.log.written ?? 0))
  waiting.told = now
  if (outcome === null) return undefined
  const ended = outcome as unknown as JobOutcome
  return ended.end === 'done' ? Effect.succeed({ kept: ended.how }) : Effect.fail(new StageFailure(ended.failure))
}

/** Copies the log for `espalier logs` on this machine. Output written faster than it is polled is omitted. */
function keepLog(logs: StageLogs, key: string, { text, written }: Told['log'], known: number): void {
  if (written <= known) return
  const log = logs.open(key)
  log.write(text.slice(-(written - known)))
  log.close()
}
