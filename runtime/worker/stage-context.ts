/** Job fields, reports and outcomes of stages. */
import * as Schema from 'effect/Schema'
import type { Position } from '../../dsl/graph/expr.ts'
import type { Numerics } from '../../stdlib/engine.ts'
import { EngineSettings } from '../engine/choice.ts'
import type { StoreFiles } from '../store/store.ts'
import { UserSource } from '../user-code/user-source.ts'

export const Whole = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** `sha256:` and 64 hex digits. */
const Address = Schema.String.check(Schema.isPattern(/^sha256:[0-9a-f]{64}$/))

const PositionForm: Schema.Codec<Position> = Schema.Union([Schema.Struct({ epoch: Whole }), Schema.Struct({ step: Whole })])

/** Everything a stage needs besides its work. */
export const jobFields = {
  /** Null if the pipeline is not from a file and has no user functions. */
  source: Schema.NullOr(UserSource),
  /** Base of the path of an export; null for other stages. */
  folder: Schema.NullOr(Schema.String),
  /** Content address of the stage's data set when it was planned. */
  data: Schema.NullOr(Address),
  /** 64 hex digits; names the stage's checkpoints. */
  key: Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/)),
  /** Names the stage in errors. */
  path: Schema.String,
  /** Resume from the last checkpoint, if there is one. */
  resume: Schema.Boolean,
  /** Points whose weights other stages need. */
  keep: Schema.Array(PositionForm),
  /** Stop at this point: the result is known, and only a snapshot is needed. */
  stopAfter: Schema.NullOr(PositionForm),
  /** The final state of a shorter training with the same prefix, to continue from. */
  continueFrom: Schema.NullOr(Address),
  /** Snapshots already in the store, by name. */
  given: Schema.Record(Schema.String, Address),
  /** SHA-256 over all weights at the ends of epochs in the first run, which a replay must reproduce. */
  expected: Schema.Record(Schema.String, Schema.String),
  /** Store the final state, because longer trainings may continue from it. */
  keepState: Schema.Boolean,
  engine: EngineSettings,
  /** Intra-op threads of the engine. */
  threads: Whole,
  /** Seconds between checkpoints. */
  checkpointEvery: Schema.Number,
}
const JobFields = Schema.Struct(jobFields)
export type JobFields = typeof JobFields.Type

const NumericsForm: Schema.Codec<Numerics> = Schema.Struct({
  engine: Schema.Literals(['tensorflow', 'portable']),
  version: Schema.String,
  device: Schema.Literals(['cpu', 'gpu']),
  deviceName: Schema.String,
  threads: Whole,
  oneDNN: Schema.Boolean,
  xla: Schema.Boolean,
  precision: Schema.Literals(['float32', 'mixed']),
  tf32: Schema.optionalKey(Schema.Boolean),
  instructions: Schema.optionalKey(Schema.String),
  operations: Schema.optionalKey(Whole),
})

/** JSON has no NaN or infinity; they are encoded as strings. */
const Measure = Schema.toCodecJson(Schema.Number)

/** The result of a finished stage. */
export const Outcome = Schema.Struct({
  /** Null for stages that only measure, and for replays that stopped early. */
  artifact: Schema.NullOr(Address),
  snapshots: Schema.Record(Schema.String, Address),
  metrics: Schema.Record(Schema.String, Schema.Number),
  /** Null when no engine was used. */
  numerics: Schema.NullOr(NumericsForm),
  /** For a training: the object from which a longer one can continue. */
  state: Schema.optionalKey(Address),
  /** For a training: SHA-256 over all weights at the ends of its epochs. */
  weights: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
})
export type Outcome = typeof Outcome.Type

/** Messages of a running stage. */
export const stageReports = [
  Schema.Struct({ type: Schema.Literal('started'), steps: Whole, resumedAt: Schema.NullOr(Whole) }),
  Schema.Struct({
    type: Schema.Literal('progress'),
    step: Whole,
    steps: Whole,
    epoch: Whole,
    epochs: Whole,
    loss: Schema.NullOr(Measure),
    accuracy: Schema.NullOr(Measure),
    stepsPerSecond: Schema.NullOr(Measure),
  }),
  Schema.Struct({
    type: Schema.Literal('metrics'),
    points: Schema.Array(Schema.Struct({ series: Schema.String, step: Whole, value: Measure })),
  }),
] as const
export type StageReport = (typeof stageReports)[number]['Type']

export interface StageContext extends Pick<StoreFiles, 'objects' | 'checkpoints' | 'exports'> {
  readonly job: JobFields
  /** Sends progress and points of curves. */
  report(message: StageReport): void
  /** Whether the stage should checkpoint and stop. */
  stopping(): boolean
}

/** A stage that stopped at a checkpoint. */
export interface Stopped {
  readonly stoppedAt: number
  readonly steps: number
}
