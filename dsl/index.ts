/** The language: what a `.pipeline.ts` file is written in. Plain values and types; it loads in milliseconds. */
export { type Arch, type HasBatchNorm, type HasChannels, type HasFeatureMap, type HasLayer, type Model, modelOf } from './arch.ts'
export { type Data, dataOf } from './data.ts'
export { type AdamOptions, adam, type Optimizer, type SgdOptions, sgd } from './optimizer.ts'
export { type Fact, PipelineProblem, type ProblemText } from './problem.ts'
export { constant, cosine, type Schedule, type StepOptions, step, warmup } from './schedule.ts'
