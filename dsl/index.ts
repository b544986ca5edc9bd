/** The language of `.pipeline.ts` files. Plain values and types; it loads in milliseconds. */

export { type Fact, PipelineProblem, type ProblemText } from './check/problem.ts'
export type { Because } from './check/why.ts'
export type { Position } from './graph/expr.ts'
export type { Period } from './graph/stage-options.ts'
export { type StageFunction, type StageNetwork, stage } from './language/custom.ts'
export {
  type CustomData,
  type CustomNumbers,
  type CustomNumbersSplit,
  type CustomSplit,
  type CustomTokens,
  type CustomTokensSplit,
  data,
} from './language/custom-data.ts'
export { params } from './language/params.ts'
export type {
  Artifact,
  FeedbackOptions,
  FinetuneOptions,
  GradualOptions,
  Pipeline,
  Predictor,
  Pruning,
  ReinitOptions,
  TrainingWithSnapshots,
} from './language/pipeline.ts'
export { type Axis, compare, type Ensemble, ensemble, type Runnable, type Study, seeds, sweep } from './language/study.ts'
export { type Task, type TaskOptions, task } from './language/task.ts'
export {
  type Arch,
  type BatchEnsemble,
  type HasBatchNorm,
  type HasChannels,
  type HasFeatureMap,
  type HasLayer,
  type ImageShape,
  type Model,
  modelOf,
  type OneNetwork,
  type OneTeacher,
} from './parts/arch.ts'
export { type Augmentation, cutout, flip, padCrop } from './parts/augment.ts'
export * from './parts/criteria.ts'
export { type Data, dataOf } from './parts/data.ts'
export * from './parts/distill.ts'
export {
  type AtOptions,
  at,
  type CrdOptions,
  crd,
  type FitnetOptions,
  fitnet,
  type RkdOptions,
  rkd,
  type SpOptions,
  type SrrlOptions,
  sp,
  srrl,
} from './parts/distill-features.ts'
export { type DistOptions, type DkdOptions, dist, dkd } from './parts/distill-logits.ts'
export type { Distiller } from './parts/distiller.ts'
export { linear } from './parts/linear.ts'
export { type NmOptions, nm } from './parts/nm.ts'
export { crossEntropy, type Metric, meanSquaredError, type Objective } from './parts/objective.ts'
export {
  type AdamOptions,
  type AdamWOptions,
  adam,
  adamw,
  type Optimizer,
  type SgdOptions,
  sgd,
  type WeightDecay,
} from './parts/optimizer.ts'
export type { ChannelOptions, Mask, PerLayer, Pruner, WeightOptions } from './parts/pruner.ts'
export type { Regrowth } from './parts/regrowth.ts'
export { constant, cosine, oneCycle, type Schedule, type StepOptions, step, type Times, warmup } from './parts/schedule.ts'
export { cubic, oneShot, type Pace, type RampOptions, type SparsitySchedule, throughout } from './parts/sparsity.ts'
export type { Export } from './verbs/export.ts'
export type { Weights } from './verbs/facts.ts'
export type { Pretrained } from './verbs/pretrained.ts'
export type { Recalibration } from './verbs/recalibrate.ts'
export type { Memory, Resources } from './verbs/resources.ts'
export type { Computing, Regularisation, Training } from './verbs/training.ts'
