/** The options of stages as they go over the wire, decoded on the worker's side. */
import * as Schema from 'effect/Schema'
import type {
  AugmentationSpec,
  Criterion,
  CustomOptions,
  DataSpec,
  DistillMethod,
  DistillOptions,
  EvaluateOptions,
  ExportOptions,
  FunctionRef,
  GradualPruning,
  InitOptions,
  InterpolateOptions,
  MergeOptions,
  NoOptions,
  OptimizerSpec,
  PruneOptions,
  RecalibrateOptions,
  ReinitOptions,
  ScheduleSpec,
  Spec,
  TrainOptions,
} from '../../dsl/graph/stage-options.ts'

const Whole = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

const SpecForm: Schema.Codec<Spec> = Schema.Struct({ name: Schema.String, options: Schema.Record(Schema.String, Schema.Json) })

const DataForm: Schema.Codec<DataSpec> = Schema.Struct({
  name: Schema.String,
  options: Schema.Record(Schema.String, Schema.Json),
  from: Schema.optionalKey(Schema.String),
})

const ScheduleForm: Schema.Codec<ScheduleSpec> = Schema.Union([
  Schema.Struct({ kind: Schema.Literal('constant'), lr: Schema.Number }),
  Schema.Struct({
    kind: Schema.Literal('step'),
    lr: Schema.Number,
    factor: Schema.Number,
    at: Schema.Union([Schema.Struct({ epochs: Schema.Array(Schema.Number) }), Schema.Struct({ fractions: Schema.Array(Schema.Number) })]),
  }),
  Schema.Struct({ kind: Schema.Literal('cosine'), lr: Schema.Number, to: Schema.Number }),
  Schema.Struct({ kind: Schema.Literal('linear'), lr: Schema.Number, to: Schema.Number }),
  Schema.Struct({ kind: Schema.Literal('oneCycle'), lr: Schema.Number, rise: Schema.Number }),
  Schema.Struct({
    kind: Schema.Literal('warmup'),
    epochs: Schema.Number,
    schedule: Schema.suspend((): Schema.Codec<ScheduleSpec> => ScheduleForm),
  }),
])

const decay = Schema.optionalKey(Schema.Literals(['all', 'kernels']))
const moments = { lr: ScheduleForm, beta1: Schema.Number, beta2: Schema.Number, epsilon: Schema.Number }
const OptimizerForm: Schema.Codec<OptimizerSpec> = Schema.Union([
  Schema.Struct({
    kind: Schema.Literal('sgd'),
    lr: ScheduleForm,
    momentum: Schema.Number,
    nesterov: Schema.Boolean,
    weightDecay: Schema.Number,
    decay,
  }),
  Schema.Struct({ kind: Schema.Literal('adam'), ...moments }),
  Schema.Struct({ kind: Schema.Literal('adamw'), ...moments, weightDecay: Schema.Number, decay }),
])

const FunctionForm: Schema.Codec<FunctionRef> = Schema.Struct({ name: Schema.String, fingerprint: Schema.String })

const CriterionForm: Schema.Codec<Criterion> = Schema.Union([
  Schema.Struct({ kind: Schema.Literals(['magnitude', 'movement', 'filterL1', 'filterL2', 'slimming']) }),
  Schema.Struct({ kind: Schema.Literal('random'), seed: Whole }),
  Schema.Struct({ kind: Schema.Literal('gradient'), data: DataForm, batch: Whole, batches: Whole, seed: Whole }),
  Schema.Struct({ kind: Schema.Literal('custom'), fn: FunctionForm }),
])

export const PruneForm: Schema.Codec<PruneOptions> = Schema.Struct({
  criterion: CriterionForm,
  scope: Schema.Literals(['global', 'group', 'layer']),
  sparsity: Schema.Union([Schema.Number, Schema.Record(Schema.String, Schema.Number)]),
  of: Schema.Literals(['remaining', 'all']),
  exclude: Schema.Array(Schema.String),
  firstLayer: Schema.optionalKey(Schema.Literals(['same', 'keep'])),
  outputLayer: Schema.Literals(['same', 'half', 'keep']),
  minimum: Schema.optionalKey(Whole),
})

const GradualForm: Schema.Codec<GradualPruning> = Schema.Struct({
  options: PruneForm,
  schedule: Schema.Struct({
    kind: Schema.Literals(['cubic', 'linear', 'constant']),
    from: Schema.Number,
    begin: Schema.Number,
    end: Schema.Number,
  }),
  every: Schema.Union([Whole, Schema.Struct({ epochs: Whole })]),
  mode: Schema.Literals(['freeze', 'feedback', 'soft', 'recover']),
  refresh: Schema.optionalKey(Schema.Literal('ramp')),
})

const AugmentationForm: Schema.Codec<AugmentationSpec> = Schema.Union([
  Schema.Struct({ kind: Schema.Literal('flip') }),
  Schema.Struct({ kind: Schema.Literal('padCrop'), pixels: Whole }),
  Schema.Struct({ kind: Schema.Literal('cutout'), size: Whole }),
])

const training = {
  data: DataForm,
  optimizer: OptimizerForm,
  batch: Whole,
  epochs: Whole,
  from: Whole,
  fromStep: Schema.optionalKey(Whole),
  seed: Whole,
  pruning: Schema.optionalKey(GradualForm),
  labelSmoothing: Schema.optionalKey(Schema.Number),
  clipNorm: Schema.optionalKey(Schema.Number),
  gammaL1: Schema.optionalKey(Schema.Number),
  ema: Schema.optionalKey(Schema.Number),
  earlyStop: Schema.optionalKey(Whole),
  augment: Schema.optionalKey(Schema.Array(AugmentationForm)),
  precision: Schema.optionalKey(Schema.Literal('mixed')),
  xla: Schema.optionalKey(Schema.Boolean),
}

const MethodForm: Schema.Codec<DistillMethod> = Schema.Union([
  Schema.Struct({ kind: Schema.Literal('kd'), temperature: Schema.Number, alpha: Schema.Number }),
  Schema.Struct({ kind: Schema.Literal('fitnet'), student: Schema.String, teacher: Schema.String, beta: Schema.Number }),
  Schema.Struct({ kind: Schema.Literal('simkd'), factor: Schema.Number, learn: Schema.optionalKey(Schema.Literal('labels')) }),
  Schema.Struct({
    kind: Schema.Literal('latentBE'),
    temperature: Schema.Number,
    alpha: Schema.Number,
    perturbation: Schema.Struct({
      kind: Schema.Literals(['none', 'tdivSdiv', 'ods', 'confOds', 'gaussian']),
      step: Schema.Number,
    }),
  }),
  Schema.Struct({ kind: Schema.Literal('custom'), fn: FunctionForm }),
])

export const InitForm: Schema.Codec<InitOptions> = Schema.Struct({ model: SpecForm, seed: Whole })
export const TrainForm: Schema.Codec<TrainOptions> = Schema.Struct(training)
export const DistillForm: Schema.Codec<DistillOptions> = Schema.Struct({ ...training, method: MethodForm })
export const ReinitForm: Schema.Codec<ReinitOptions> = Schema.Struct({
  seed: Whole,
  shuffleMask: Schema.optionalKey(Schema.Boolean),
  weights: Schema.optionalKey(Schema.Literals(['fresh', 'keep'])),
  he: Schema.optionalKey(Schema.Literals(['fanIn', 'fanOut'])),
})
export const CustomForm: Schema.Codec<CustomOptions> = Schema.Struct({
  name: Schema.String,
  fn: FunctionForm,
  options: Schema.Record(Schema.String, Schema.Json),
})
export const InterpolateForm: Schema.Codec<InterpolateOptions> = Schema.Struct({ at: Schema.Number })
export const ExportForm: Schema.Codec<ExportOptions> = Schema.Struct({
  format: Schema.Literals(['safetensors', 'tfjs']),
  path: Schema.String,
})
export const MergeForm: Schema.Codec<MergeOptions> = Schema.Struct({ member: Schema.optionalKey(Whole) })
export const RecalibrateForm: Schema.Codec<RecalibrateOptions> = Schema.Struct({
  data: DataForm,
  batch: Whole,
  batches: Whole,
  seed: Whole,
})
export const NoOptionsForm: Schema.Codec<NoOptions> = Schema.Struct({})
export const EvaluateForm: Schema.Codec<EvaluateOptions> = Schema.Struct({
  data: DataForm,
  splits: Schema.Array(Schema.Literals(['validation', 'test'])),
})
