/** The language: what a `.pipeline.ts` file is written in. Plain values and types; it loads in milliseconds. */
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
  type OneTeacher,
} from './arch.ts'
export { type Augmentation, cutout, flip, padCrop } from './augment.ts'
export {
  criterion,
  filterL1,
  filterL2,
  type GradientOptions,
  gradient,
  type KernelFacts,
  magnitude,
  movement,
  random,
  type Score,
  slimming,
} from './criteria.ts'
export { type Data, dataOf } from './data.ts'
export {
  type Distiller,
  type FitnetOptions,
  fitnet,
  type KdOptions,
  kd,
  type LatentBEOptions,
  latentBE,
  type OneTeacherPerMember,
  type SimKdOptions,
  simkd,
} from './distill.ts'
export type { Position } from './expr.ts'
export { linear } from './linear.ts'
export { type AdamOptions, type AdamWOptions, adam, adamw, type Optimizer, type SgdOptions, sgd, type WeightDecay } from './optimizer.ts'
export { data, type OwnData, type OwnSplit, type StageFunction, type StageNetwork, stage } from './own.ts'
export { params } from './params.ts'
export type {
  Artifact,
  FeedbackOptions,
  FinetuneOptions,
  GradualOptions,
  Mask,
  Pipeline,
  Predictor,
  Pruning,
  ReinitOptions,
  TrainingWithSnapshots,
  Weights,
} from './pipeline.ts'
export { type Fact, PipelineProblem, type ProblemText } from './problem.ts'
export type { ChannelOptions, PerLayer, Pruner, WeightOptions } from './prune.ts'
export type { Recalibration } from './recalibrate.ts'
export type { Memory, Resources } from './resources.ts'
export { constant, cosine, oneCycle, type Schedule, type StepOptions, step, type Times, warmup } from './schedule.ts'
export { cubic, oneShot, type Pace, type RampOptions, type SparsitySchedule, throughout } from './sparsity.ts'
export type { ExportOptions, Period } from './stage-options.ts'
export { type Axis, compare, type Ensemble, ensemble, type Runnable, type Study, seeds, sweep } from './study.ts'
export { type Task, type TaskOptions, task } from './task.ts'
export type { Computing, Regularisation, Training } from './training.ts'
export type { Because } from './why.ts'
