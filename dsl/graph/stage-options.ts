/**
 * What the stages of a pipeline are told, as plain data with every default filled in. It prints, diffs, hashes and crosses process
 * boundaries. Each kind of stage is declared here once, with its options and the roles of its inputs.
 */

import { ranges } from '../check/checks.ts'
import {
  dictionary,
  either,
  type Fields,
  type Form,
  flag,
  json,
  list,
  number,
  type Of,
  optional,
  struct,
  text,
  variants,
  words,
} from '../check/form.ts'
import { functionReference } from '../check/function-reference.ts'
import { augmentationSpec } from '../parts/augment.ts'
import criteria from '../parts/criteria.ts'
import { dataSpec } from '../parts/data.ts'
import distillers from '../parts/distill.ts'
import { exportFormatNames } from '../parts/export-format.ts'
import { optimizers } from '../parts/optimizer.ts'
import { ranking } from '../parts/pruner.ts'
import { sparsitySpec } from '../parts/sparsity.ts'
import { spec } from '../parts/spec.ts'

type Table = { readonly [kind: string]: { readonly options: Fields } }
type OptionsByKind<T extends Table> = { readonly [K in keyof T]: T[K]['options'] }
/** The options of a registry's entries. */
const optionsByKind = <const T extends Table>(table: T): OptionsByKind<T> =>
  Object.fromEntries(Object.entries(table).map(([kind, { options }]) => [kind, options])) as OptionsByKind<T>

const seed = number(ranges.seed, { means: 'decides first weights, data order, dropout and noise', otherwise: "the pipeline's" })
const batch = number(ranges.batch, { means: 'examples in a step; the last partial batch of an epoch is dropped', standard: 64 })

const pruning = { criterion: variants(optionsByKind(criteria)), ...ranking }

/** Prunes in the course of a training. */
const gradual = struct({
  /** `sparsity` is that at the end. */
  options: struct(pruning),
  schedule: sparsitySpec,
  /** Between two changes of the masks: a number of steps, or of epochs, whose steps the data decide. */
  every: either(number(ranges.count), struct({ epochs: number(ranges.epochs) })),
  /**
   * `freeze`: what is removed stays removed (Zhu & Gupta, 2017); `feedback`: the dense weights go on learning from the gradient
   * at the masked ones (Lin et al., 2020); `soft`: removed weights are set to zero and go on from there (He et al., 2018); `recover`:
   * removed weights wait beside the network without a gradient, and return with the value they had when others fall below it.
   */
  mode: words(['freeze', 'feedback', 'soft', 'recover'], { means: 'what is removed stays removed', standard: 'freeze' }),
  /** The masks change once more where the ramp ends and never after. Default: until the end of the training. */
  refresh: optional(words(['ramp'])),
})

const training = {
  data: dataSpec,
  optimizer: optimizers,
  batch,
  /** The horizon of the schedule; training ends there. */
  epochs: number(ranges.epochs, { means: 'passes over the training data', unit: 'epochs', otherwise: "the task's" }),
  /** Where training starts, in epochs: 0, or the epoch of the snapshot that was rewound to. */
  from: number(ranges.whole),
  /** Where it starts in steps of the horizon, when `from` (0 then) cannot say it. */
  fromStep: optional(number(ranges.whole)),
  seed,
  /** Options that are off are left out, so that they are in no key. */
  pruning: optional(gradual),
  labelSmoothing: optional(number(ranges.decay, { means: 'ε of (1 − ε)·one-hot + ε/classes', standard: 0 })),
  clipNorm: optional(
    number(ranges.norm, { means: 'gradients are scaled down to this norm over all parameters together', standard: Infinity }),
  ),
  gammaL1: optional(number(ranges.notNegative, { means: "strength of an L1 penalty on batch norm's scales", standard: 0 })),
  /** Its mean of the weights is the result. */
  ema: optional(number(ranges.decay, { means: 'decay d of the mean of the weights', standard: 0 })),
  precision: optional(words(['mixed'])),
  /** Only the last bits depend on it. */
  xla: optional(flag({ means: 'whether training steps are compiled with XLA', otherwise: 'on a GPU', inKey: false })),
  earlyStop: optional(number(ranges.whole, { means: 'steps between measurements of the validation loss', unit: 'steps', standard: 0 })),
  augment: optional(list(augmentationSpec)),
}

/** How many inputs have a role: of `several` (one at least) and `any`, the second is `role2`, the third `role3`, …. */
export type Count = 'one' | 'optional' | 'several' | 'any'

interface KindDeclaration {
  readonly options: Form<object>
  readonly roles: { readonly [role: string]: Count }
}

export const kinds = {
  init: { options: struct({ model: spec, seed }), roles: {} },
  train: { options: struct(training), roles: { model: 'one' } },
  prune: { options: struct(pruning), roles: { model: 'one' } },
  rewind: { options: struct({}), roles: { model: 'one', to: 'one' } },
  /** Of `signs` the kernels take their signs. */
  reinit: {
    options: struct({
      seed,
      /** Masks are shuffled within each layer: as many weights removed, elsewhere. */
      shuffleMask: optional(flag({ standard: false })),
      weights: optional(words(['fresh', 'keep'], { standard: 'fresh' })),
      /** Kernels are drawn from N(0, 2/n), n the weights left for each unit, or for each input. Default: as the network's first ones. */
      he: optional(words(['fanIn', 'fanOut'])),
    }),
    roles: { model: 'one', signs: 'optional' },
  },
  /** (1 − at) · model + at · to of all weights, running statistics included. */
  interpolate: { options: struct({ at: number(ranges.share) }), roles: { model: 'one', to: 'one' } },
  /** Drops the masks; the weights that were removed are zero and may train again. */
  dense: { options: struct({}), roles: { model: 'one' } },
  /** Removes what whole-channel masks hide: a smaller network that computes the same. */
  shrink: { options: struct({}), roles: { model: 'one' } },
  /** Running statistics of batch norm for the weights as they are. */
  recalibrate: {
    options: struct({ data: dataSpec, batch, batches: number(ranges.count, { means: 'batches of training data', standard: 50 }), seed }),
    roles: { model: 'one' },
  },
  /** The members of a batch ensemble as one network, or one of them, from 0. */
  merge: { options: struct({ member: optional(number(ranges.whole)) }), roles: { model: 'one' } },
  distill: { options: struct({ ...training, method: variants(optionsByKind(distillers)) }), roles: { model: 'one', teacher: 'several' } },
  /** A stage of the user's: weights in, weights out. Its name leads its path; its options are given to the function. */
  custom: {
    options: struct({ name: { ...text, inKey: false }, fn: functionReference, options: dictionary(json) }),
    roles: { model: 'one' },
  },
  /** Below the project's folder, with forward slashes: a file that ends in .safetensors, or the folder of a model.json. */
  export: { options: struct({ format: words(exportFormatNames), path: text }), roles: { model: 'one' } },
  /** Networks whose predictions are averaged, and what they learned from last, if anything. */
  evaluate: {
    options: struct({ data: dataSpec, splits: list(words(['validation', 'test'])) }),
    roles: { model: 'several', teacher: 'any' },
  },
} as const satisfies { readonly [kind: string]: KindDeclaration }

export type StageKind = keyof typeof kinds
export type OptionsOf<K extends StageKind> = Of<(typeof kinds)[K]['options']>

/** Kinds whose options are those of a training: they have steps, and may be continued. */
export type TrainingKind = { [K in StageKind]: OptionsOf<K> extends TrainOptions ? K : never }[StageKind]
export const trains = (kind: StageKind): kind is TrainingKind => 'optimizer' in kinds[kind].options.fields

export type TrainOptions = OptionsOf<'train'>
export type DistillOptions = OptionsOf<'distill'>
export type GradualPruning = Of<typeof gradual>
export type PruneOptions = OptionsOf<'prune'>
export type ReinitOptions = OptionsOf<'reinit'>
export type RecalibrateOptions = OptionsOf<'recalibrate'>
export type MergeOptions = OptionsOf<'merge'>
export type CustomOptions = OptionsOf<'custom'>
export type ExportOptions = OptionsOf<'export'>
/** A number of steps, or of epochs, whose steps the data decide. */
export type Period = GradualPruning['every']
