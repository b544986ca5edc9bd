/** What a stage is given beside its work, and what it gives back. */
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

/** What a stage must know beside its work. */
export const jobFields = {
  /** Null where the pipeline is not from a file, and has no functions of the user's. */
  source: Schema.NullOr(UserSource),
  /** Where the path of an export begins; null for other stages. */
  folder: Schema.NullOr(Schema.String),
  /** Content address of the data set that the stage reads, as it was planned. */
  data: Schema.NullOr(Address),
  /** 64 hex digits; names the stage's checkpoints. */
  key: Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/)),
  /** Names the stage in errors. */
  path: Schema.String,
  /** Continue from the last checkpoint, when there is one. */
  resume: Schema.Boolean,
  /** Points whose weights other stages need. */
  keep: Schema.Array(PositionForm),
  /** Ends the stage early, at this point: only a snapshot is wanted, the result is known. */
  stopAfter: Schema.NullOr(PositionForm),
  /** Where a shorter training that begins alike has ended; it is continued there. */
  continueFrom: Schema.NullOr(Address),
  /** Snapshots that are known already, by epoch. */
  given: Schema.Record(Schema.String, Address),
  /** SHA-256 over all weights at ends of epochs, as this stage had them the first time. */
  expected: Schema.Record(Schema.String, Schema.String),
  /** Longer trainings may continue where this one ends. */
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

/** JSON has no NaN and no infinities: they go as their names. */
const Measure = Schema.toCodecJson(Schema.Number)

/** What a finished stage leaves behind. */
export const Outcome = Schema.Struct({
  /** Null for stages that only measure, and for replays that stopped early. */
  artifact: Schema.NullOr(Address),
  snapshots: Schema.Record(Schema.String, Address),
  metrics: Schema.Record(Schema.String, Schema.Number),
  /** Null when no engine was used. */
  numerics: Schema.NullOr(NumericsForm),
  /** Of a training: the object from which a longer one can continue. */
  state: Schema.optionalKey(Address),
  /** Of a training: SHA-256 over all weights at the ends of its epochs. */
  weights: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
})
export type Outcome = typeof Outcome.Type

/** What a stage tells while it runs. */
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
  /** Whether the stage is asked to checkpoint and stop. */
  stopping(): boolean
}

/** A stage that stopped at a checkpoint. */
export interface Stopped {
  readonly stoppedAt: number
  readonly steps: number
}
