/** The options of a training: from its task, from its verb, and from the point of the last rewind. */

import { chosen, inRange, oneOf, problem, ranges, shown } from '../check/checks.ts'
import type { Given } from '../check/form.ts'
import { regularisation, type TrainOptions } from '../graph/stage-options.ts'
import { type Augmentation, augmentations } from '../parts/augment.ts'
import type { DataSpec } from '../parts/data.ts'
import type { Measured } from '../parts/objective.ts'
import { withRate } from '../parts/optimizer.ts'
import { rateOf, type Schedule, type Times } from '../parts/schedule.ts'
import { type Extras, extras, type Facts } from './facts.ts'
import type { Resources } from './resources.ts'

/** Regularisation of a training. All off by default. */
export interface Regularisation extends Given<typeof regularisation> {
  /** Augmentations of the images, applied in order: `[flip(), padCrop(4), cutout(8)]`. Default `[]`: none. */
  readonly augment?: readonly Augmentation[]
}

/** How a training is computed. */
export interface Computing {
  /**
   * `'mixed'`: products in training steps take operands rounded to bfloat16, accumulate in float32 and round the results to bfloat16 (XLA
   * on a CPU does not round the results of convolutions). Everything else, including weights, is float32. This is a different training with
   * a different key. It is an error where it gains nothing: on GPUs below compute capability 8.0, on CPUs without AVX512_BF16 or AMX (or
   * with oneDNN limited by ONEDNN_MAX_CPU_ISA), and on the portable engine. Default `'float32'`.
   */
  readonly precision?: 'float32' | 'mixed'
  /** Whether steps are compiled with XLA; overrides the command line. Not in the key: only the last bits differ. Default: on a GPU. */
  readonly xla?: boolean
  /** What a stage requests from the machine. Not in the key. A task's requests apply to every stage of its pipelines. */
  readonly resources?: Resources
}

/** Options of every training. All default to the task's. */
export interface Training extends Regularisation, Computing {
  /** Passes over the training data, and the horizon of the learning-rate schedule. 1 or more. */
  readonly epochs?: number
  /** Determines data order, dropout and noise. Default: the pipeline's seed. */
  readonly seed?: number
  /** A number is a constant learning rate, `{ times: 0.1 }` a multiple of the task's. */
  readonly lr?: number | Schedule | Times
}

/** The names of the options, for `optionsOf`. */
export const training = ['epochs', 'seed', 'lr', 'resources', ...extras] as const

export type GivenTraining = { readonly [K in (typeof training)[number]]?: unknown }

/** The options of a stage that trains. */
export const trainOptions = (verb: string, { setting, from, seed }: Facts, given: GivenTraining): TrainOptions => {
  const { epochs: horizon, lr } = given
  const epochs = horizon === undefined ? setting.epochs : inRange(verb, 'epochs', horizon, ranges.epochs)
  if ('epoch' in from && from.epoch >= epochs) {
    throw problem(
      `${verb} would start at its end: the weights were rewound to epoch ${from.epoch}, and it ends at epoch ${epochs}.`,
      { verb, option: 'epochs', value: epochs, allowed: `more than ${from.epoch}` },
      'Give it more epochs, or rewind to an earlier snapshot.',
    )
  }
  const chosenExtras = extrasOf(verb, given, setting.extras)
  refuseSelectionOnTest(verb, setting.data, chosenExtras)
  refuseMeaningless(verb, setting, chosenExtras)
  return {
    data: setting.data,
    optimizer: withRate(setting.optimizer, lr === undefined ? setting.optimizer.lr : rateOf(verb, lr, setting.optimizer.lr)),
    batch: setting.batch,
    epochs,
    ...('epoch' in from ? { from: from.epoch } : { from: 0, fromStep: from.step }),
    seed: given.seed === undefined ? seed : inRange(verb, 'seed', given.seed, ranges.seed),
    ...chosenExtras,
  }
}

const refuseSelectionOnTest = (verb: string, { name, options }: DataSpec, { earlyStop, select }: Extras): void => {
  if (options.validation !== 'test') return
  const option = earlyStop !== undefined ? 'earlyStop' : select !== undefined ? 'select' : undefined
  if (option === undefined) return
  throw problem(
    `${verb} would choose by test examples: the data set ${name} has no others for validation.`,
    { verb, option, value: shown(earlyStop ?? select), allowed: "nothing with validation: 'test'" },
    'Leave it out, or hold examples back for validation.',
  )
}

/** @throws PipelineProblem for options that do not apply to texts or to regression */
const refuseMeaningless = (verb: string, { predicts, data }: Facts['setting'], { augment, labelSmoothing, select }: Extras): void => {
  if (predicts === 'tokens' && augment !== undefined) {
    throw problem(`Augmentations change images, and ${data.name} has none.`, { verb, option: 'augment' }, 'Leave it out.')
  }
  if (predicts !== 'numbers') return
  const option = labelSmoothing !== undefined ? 'labelSmoothing' : select === 'validation/accuracy' ? 'select' : undefined
  if (option === undefined) return
  throw problem(
    `${data.name} has numbers to be predicted, and ${option === 'select' ? 'accuracy is of classes' : 'only classes can be smoothed'}.`,
    { verb, option, value: shown(labelSmoothing ?? select), allowed: option === 'select' ? "'last', 'validation/loss'" : '0' },
    option === 'select' ? "Choose by the loss: select: 'validation/loss'." : 'Leave it out.',
  )
}

/** Options that are off are omitted, also from the key. */
export const extrasOf = (verb: string, given: { readonly [K in keyof Extras]?: unknown }, standard: Extras = {}): Extras => {
  const { precision = standard.precision ?? 'float32', xla = standard.xla } = given
  const asked = Object.entries(regularisation).map(([name, form]) => {
    const option = name as keyof typeof regularisation
    // A union of forms with different types.
    const value = given[option] === undefined ? standard[option] : chosen<unknown>(verb, name, given[option], form)
    return [name, value, form.standard] as const
  })
  const augment = given.augment === undefined ? (standard.augment ?? []) : augmentations(verb, given.augment)
  return {
    ...Object.fromEntries(asked.filter(([, value, off]) => value !== undefined && value !== off)),
    ...(augment.length === 0 ? {} : { augment }),
    ...(oneOf(verb, 'precision', precision, ['float32', 'mixed']) === 'mixed' ? { precision: 'mixed' } : {}),
    ...(xla === undefined ? {} : { xla: oneOf(verb, 'xla', xla, [true, false]) }),
  }
}

/** The evaluation at the end of every pipeline. */
export const evaluation = (data: DataSpec, measured: Measured) => ({ data, splits: ['validation', 'test'], ...measured }) as const
