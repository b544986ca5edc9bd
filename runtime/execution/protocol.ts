/**
 * The protocol between the scheduler's process and a worker: all messages, decoded on both sides. A message that does not decode, or
 * is not of the job that runs, ends the worker: neither another version of the program nor the user's code may be taken for a stage's outcome.
 */
import * as Schema from 'effect/Schema'
import { Work } from '../kinds/work.ts'
import { stageFailureKinds } from '../problem.ts'
import { jobFields, Outcome, stageReports, Whole } from '../worker/stage-context.ts'

/** Which job, and which attempt at it: unlike a stage's key, never the same twice. */
const attemptFields = { id: Schema.String, attempt: Whole }

export const Job = Schema.Struct({ ...attemptFields, work: Work, ...jobFields })
export type Job = typeof Job.Type

export const ToWorker = Schema.Union([
  /** The first message, before any code of the user's is loaded. `nonce` is with every message that the worker sends, and with none that it reads later. */
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
  /** While a job runs: the process lives. */
  Schema.Struct({ type: Schema.Literal('heartbeat') }),
  ...stageReports,
  Schema.Struct({ type: Schema.Literal('done'), outcome: Outcome }),
  Halted,
  Failed,
])
export type FromWorker = typeof FromWorker.Type

/** What a message from a worker carries beside its content. */
export interface Mark extends Pick<Job, 'id' | 'attempt'> {
  readonly nonce: string
}

/** What is marked so, and nothing else, is from the runtime's own code and of that attempt. */
export function isMarked(message: unknown, { nonce, id, attempt }: Mark): message is { readonly message: unknown } {
  const sent = Object(message) as Partial<Mark>
  return sent.nonce === nonce && sent.id === id && sent.attempt === attempt
}
