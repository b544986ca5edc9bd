/**
 * The protocol between the scheduler's process and a worker: all messages, decoded on both sides. A message that does not decode, or
 * belongs to another job, ends the worker, so that neither another version of the program nor user code can pass for a stage's outcome.
 */
import * as Schema from 'effect/Schema'
import { Work } from '../kinds/work.ts'
import { stageFailureKinds } from '../problem.ts'
import { jobFields, Outcome, stageReports, Whole } from '../worker/stage-context.ts'

/** A job and an attempt at it; unlike a stage's key, unique. */
const attemptFields = { id: Schema.String, attempt: Whole }

export const Job = Schema.Struct({ ...attemptFields, work: Work, ...jobFields })
export type Job = typeof Job.Type

export const ToWorker = Schema.Union([
  /** First message, before user code is loaded. The worker sends `nonce` with every message, and no later message to it contains it. */
  Schema.Struct({ type: Schema.Literal('begin'), nonce: Schema.String }),
  Schema.Struct({ type: Schema.Literal('run'), job: Job }),
  /** Checkpoint at the next step and stop. */
  Schema.Struct({ type: Schema.Literal('stop'), ...attemptFields }),
])
export type ToWorker = typeof ToWorker.Type

export const Problem = { title: Schema.String, facts: Schema.Array(Schema.Tuple([Schema.String, Schema.String])), hint: Schema.String }

export const Halted = Schema.Struct({ type: Schema.Literal('stopped'), step: Whole, steps: Whole })
export const Failed = Schema.Struct({
  ...{ type: Schema.Literal('failed'), kind: Schema.Literals(stageFailureKinds), transient: Schema.Boolean },
  ...Problem,
})

export const FromWorker = Schema.Union([
  /** While a job runs: the process is alive. */
  Schema.Struct({ type: Schema.Literal('heartbeat') }),
  ...stageReports,
  Schema.Struct({ type: Schema.Literal('done'), outcome: Outcome }),
  Halted,
  Failed,
])
export type FromWorker = typeof FromWorker.Type

/** Envelope of a message from a worker. */
export interface Mark extends Pick<Job, 'id' | 'attempt'> {
  readonly nonce: string
}

/** Only messages with this mark come from the runtime's own code and this attempt. */
export function isMarked(message: unknown, { nonce, id, attempt }: Mark): message is { readonly message: unknown } {
  const sent = Object(message) as Partial<Mark>
  return sent.nonce === nonce && sent.id === id && sent.attempt === attempt
}
