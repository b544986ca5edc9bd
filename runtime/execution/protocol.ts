/**
 * The wire between the scheduler and a worker: one message a line of thought, all of them here, decoded on both sides.
 * A message that does not decode ends the worker: two versions of the program must not misunderstand each other.
 */
import * as Schema from 'effect/Schema'
import { Work } from '../kinds/work.ts'
import { stageFailureKinds } from '../problem.ts'
import { jobFields, Outcome, stageReports, Whole } from '../worker/stage-context.ts'

export const Job = Schema.Struct({ work: Work, ...jobFields })
export type Job = typeof Job.Type

export const ToWorker = Schema.Union([
  Schema.Struct({ type: Schema.Literal('run'), job: Job }),
  /** Checkpoint at the next step and stop. */
  Schema.Struct({ type: Schema.Literal('stop') }),
])
export type ToWorker = typeof ToWorker.Type

const Problem = { title: Schema.String, facts: Schema.Array(Schema.Tuple([Schema.String, Schema.String])), hint: Schema.String }

export const FromWorker = Schema.Union([
  Schema.Struct({ type: Schema.Literal('ready') }),
  Schema.Struct({ type: Schema.Literal('heartbeat') }),
  ...stageReports,
  Schema.Struct({ type: Schema.Literal('done'), outcome: Outcome }),
  Schema.Struct({ type: Schema.Literal('stopped'), step: Whole, steps: Whole }),
  Schema.Struct({ type: Schema.Literal('failed'), kind: Schema.Literals(stageFailureKinds), transient: Schema.Boolean, ...Problem }),
])
export type FromWorker = typeof FromWorker.Type
