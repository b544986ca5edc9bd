import { chosen, inRange, optionsOf, plain, problem, ranges, shown } from '../check/checks.ts'
import { type Because, type Why, why } from '../check/why.ts'
import { kinds } from '../graph/stage-options.ts'
import { type Arch, type Model, reading } from '../parts/arch.ts'
import type { Data } from '../parts/data.ts'
import { type Metric, measuredBy, type Objective, objectiveOf } from '../parts/objective.ts'
import type { Optimizer } from '../parts/optimizer.ts'
import { extras } from '../verbs/facts.ts'
import { type Pretrained, pretrainedOptions } from '../verbs/pretrained.ts'
import { resourcesOf } from '../verbs/resources.ts'
import { type Computing, extrasOf, type Regularisation } from '../verbs/training.ts'
import type { Pipeline, TrainingWithSnapshots } from './pipeline.ts'
import { start, startPretrained } from './start.ts'

/** Options shared by all trainings of a task. `labelSmoothing`, `clipNorm`, `ema` and `gammaL1` are off by default. */
export interface TaskOptions<A extends Arch> extends Regularisation, Computing {
  /** The network, for example `lenet300()`. */
  readonly model: Model<A>
  /** The data set, with as many classes as the network predicts. */
  readonly data: Because<Why<'classes'>> & Data<NoInfer<A>['classes']>
  /** How a step changes the weights, with the learning rate. */
  readonly optimizer: Optimizer
  /** Passes over the training data, unless a verb sets its own. 1 or more. */
  readonly epochs: number
  /**
   * The loss for training on labels: `crossEntropy()` for classes and for the next tokens of a text, `meanSquaredError()` for numbers, or
   * your own `objective(fn)`. Default: the one that fits the data. `distill()` has its own losses.
   */
  readonly objective?: Objective
  /** Metrics in addition to the standard ones. Default: none. */
  readonly metrics?: readonly Metric[]
  /** Determines initial weights and data order. A whole number from 0, default 0. */
  readonly seed?: number
  /** Examples in a step, 1 or more; the last partial batch of an epoch is dropped. Default 64. */
  readonly batch?: number
}

/** The start of pipelines. The verbs can be destructured: `const { init, train } = task(…)`. */
export interface Task<A extends Arch> {
  /** Draws the initial weights from the seed. */
  readonly init: (options?: { readonly seed?: number }) => Pipeline<A, 'fresh', never, 'init'>
  /** Short for `init().train(…)`; a seed given here is the pipeline's. */
  readonly train: <N extends string = never>(options?: TrainingWithSnapshots<N>) => Pipeline<A, 'trained', never, 'init' | NoInfer<N>>
  /** Loads trained weights from a file: by default from the file of an `imported()` network. */
  readonly pretrained: (options?: Pretrained) => Pipeline<A, 'trained', never, never>
}

/** A network, data, and how to train. @throws PipelineProblem for values out of range and data that do not fit the network */
export const task = <A extends Arch>(options: TaskOptions<A>): Task<A> => {
  const given = optionsOf('task()', options, [
    'model',
    'data',
    'optimizer',
    'objective',
    'metrics',
    'epochs',
    'seed',
    'batch',
    'resources',
    ...extras,
  ])
  const model = part<Model<A>>(given.model, 'model', 'lenet300()')
  const data = part<Data<number>>(given.data, 'data', 'digits()')
  const optimizer = part<Optimizer>(given.optimizer, 'optimizer', 'sgd({ lr: 0.05 })')
  const { seed: first = 0 } = given
  if (data.classes !== model.arch.classes) {
    throw problem(
      why.classes.title,
      { verb: 'task()', model: `${model.spec.name} predicts ${model.arch.classes}`, data: `${data.spec.name} has ${data.classes}` },
      why.classes.hint,
    )
  }
  refuseOtherInput(model, data)
  const setting = {
    model: reading(model, data.input),
    arch: model.arch,
    data: data.spec,
    predicts: data.predicts,
    objective: objectiveOf(given.objective, data),
    measured: measuredBy(given.metrics),
    optimizer: optimizer.spec,
    epochs: inRange('task()', 'epochs', given.epochs, ranges.epochs),
    batch: chosen('task()', 'batch', given.batch, kinds.train.options.fields.batch),
    extras: extrasOf('task()', given),
    resources: resourcesOf('task()', given.resources),
  }
  const seed = inRange('task()', 'seed', first, ranges.seed)
  return {
    init: (over) => {
      const { seed: own = seed } = optionsOf('init()', over, ['seed'])
      return start(setting, inRange('init()', 'seed', own, ranges.seed))
    },
    train: (over) => {
      plain('train()', over)
      return start<A>(setting, inRange('train()', 'seed', over?.seed ?? seed, ranges.seed)).train(over)
    },
    pretrained: (given) => {
      const { seed: own = seed, ...options } = pretrainedOptions(given, model.file)
      return startPretrained(setting, inRange('pretrained()', 'seed', own, ranges.seed), options)
    },
  }
}

/** @throws PipelineProblem for a text with an image network, and for images with a sequence network */
const refuseOtherInput = ({ spec, input }: Model<Arch>, data: Data<number>): void => {
  if (input === undefined || data.input === undefined || input.length === data.input.length) return
  const [reads, has] = [input, data.input].map(({ length }) => (length === 1 ? 'sequences of tokens' : 'images'))
  throw problem(
    `${spec.name} reads ${reads}, and ${data.spec.name} has ${has}.`,
    { verb: 'task()', model: spec.name, data: data.spec.name },
    'Choose a model and data that fit.',
  )
}

const part = <P extends { readonly kind: string }>(value: unknown, kind: P['kind'], example: string): P => {
  if (typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind) return value as P
  throw problem(
    `task() needs ${kind === 'optimizer' ? 'an' : kind === 'model' ? 'a' : 'its'} ${kind}.`,
    { verb: 'task()', option: kind, value: shown(value) },
    `For example ${kind}: ${example}.`,
  )
}
