/**
 * The wire between the scheduler and a worker: one message a line of thought, all of them here, decoded on both sides.
 * A message that does not decode ends the worker: two versions of the program must not misunderstand each other.
 */
import * as Schema from 'effect/Schema'
import type { Position } from '../../dsl/graph/expr.ts'
import type { Stage, StageKind } from '../../dsl/graph/stage.ts'
import type { Numerics } from '../../stdlib/engine.ts'
import { EngineSettings } from '../engine/choice.ts'
import {
  CustomForm,
  DistillForm,
  EvaluateForm,
  ExportForm,
  InitForm,
  InterpolateForm,
  MergeForm,
  NoOptionsForm,
  PruneForm,
  RecalibrateForm,
  ReinitForm,
  TrainForm,
} from '../kinds/options.ts'
import { stageFailureKinds } from '../problem.ts'

const Whole = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** `sha256:` and 64 hex digits. */
const Address = Schema.String.check(Schema.isPattern(/^sha256:[0-9a-f]{64}$/))

const work = <K extends StageKind, O, R extends string>(kind: K, options: Schema.Codec<O>, roles: readonly R[]) =>
  Schema.Struct({
    kind: Schema.Literal(kind),
    options,
    inputs: Schema.Struct(Object.fromEntries(roles.map((role) => [role, Address])) as { [role in R]: typeof Address }),
  })

/** What a stage is to do: kind, options, and the content addresses of its inputs by role. */
export const Work = Schema.Union([
  work('init', InitForm, []),
  work('train', TrainForm, ['model']),
  work('prune', PruneForm, ['model']),
  work('rewind', NoOptionsForm, ['model', 'to']),
  Schema.Struct({
    kind: Schema.Literal('reinit'),
    options: ReinitForm,
    inputs: Schema.Struct({ model: Address, signs: Schema.optionalKey(Address) }),
  }),
  work('interpolate', InterpolateForm, ['model', 'to']),
  work('dense', NoOptionsForm, ['model']),
  work('shrink', NoOptionsForm, ['model']),
  work('recalibrate', RecalibrateForm, ['model']),
  work('merge', MergeForm, ['model']),
  Schema.Struct({
    kind: Schema.Literal('distill'),
    options: DistillForm,
    inputs: Schema.StructWithRest(Schema.Struct({ model: Address, teacher: Address }), [
      Schema.Record(Schema.TemplateLiteral(['teacher', Schema.Number]), Address),
    ]),
  }),
  work('custom', CustomForm, ['model']),
  work('export', ExportForm, ['model']),
  Schema.Struct({
    kind: Schema.Literal('evaluate'),
    options: EvaluateForm,
    inputs: Schema.StructWithRest(Schema.Struct({ model: Address, teacher: Schema.optionalKey(Address) }), [
      Schema.Record(Schema.TemplateLiteral(['model', Schema.Number]), Address),
      Schema.Record(Schema.TemplateLiteral(['teacher', Schema.Number]), Address),
    ]),
  }),
])
export type Work = typeof Work.Type
export type WorkOf<K extends StageKind> = Extract<Work, { kind: K }>

/** Where the user's functions are found: the file that was planned, loaded as it was then. */
export const OwnSource = Schema.Struct({
  /** Path. */
  file: Schema.String,
  /** The export that was planned. */
  target: Schema.String,
  /** What `--set` said, by name. */
  params: Schema.Record(Schema.String, Schema.String),
  /** The project's folder. */
  project: Schema.String,
})
export type OwnSource = typeof OwnSource.Type

const PositionForm: Schema.Codec<Position> = Schema.Union([Schema.Struct({ epoch: Whole }), Schema.Struct({ step: Whole })])

export const Job = Schema.Struct({
  work: Work,
  /** Null where the pipeline is not from a file, and has no functions of the user's. */
  source: Schema.NullOr(OwnSource),
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
  /** The store's folder. */
  store: Schema.String,
  engine: EngineSettings,
  /** Intra-op threads of the engine. */
  threads: Whole,
  /** Seconds between checkpoints. */
  checkpointEvery: Schema.Number,
})
export type Job = typeof Job.Type

export const ToWorker = Schema.Union([
  Schema.Struct({ type: Schema.Literal('run'), job: Job }),
  /** Checkpoint at the next step and stop. */
  Schema.Struct({ type: Schema.Literal('stop') }),
])
export type ToWorker = typeof ToWorker.Type

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
})

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

const Problem = { title: Schema.String, facts: Schema.Array(Schema.Tuple([Schema.String, Schema.String])), hint: Schema.String }

export const FromWorker = Schema.Union([
  Schema.Struct({ type: Schema.Literal('ready') }),
  Schema.Struct({ type: Schema.Literal('heartbeat') }),
  Schema.Struct({ type: Schema.Literal('started'), steps: Whole, resumedAt: Schema.NullOr(Whole) }),
  Schema.Struct({
    type: Schema.Literal('progress'),
    step: Whole,
    steps: Whole,
    epoch: Whole,
    epochs: Whole,
    loss: Schema.NullOr(Schema.Number),
    accuracy: Schema.NullOr(Schema.Number),
    stepsPerSecond: Schema.NullOr(Schema.Number),
  }),
  Schema.Struct({
    type: Schema.Literal('metrics'),
    points: Schema.Array(Schema.Struct({ series: Schema.String, step: Whole, value: Schema.Number })),
  }),
  Schema.Struct({ type: Schema.Literal('done'), outcome: Outcome }),
  Schema.Struct({ type: Schema.Literal('stopped'), step: Whole, steps: Whole }),
  Schema.Struct({ type: Schema.Literal('failed'), kind: Schema.Literals(stageFailureKinds), transient: Schema.Boolean, ...Problem }),
])
export type FromWorker = typeof FromWorker.Type

/** A stage as work, with its inputs' addresses. */
export function workOf(stage: Stage, inputs: { readonly [role: string]: string }): Work {
  // The union's members pair kinds with their options just as Stage does; inputs are checked when the message is decoded.
  return { kind: stage.kind, options: stage.options, inputs } as Work
}
