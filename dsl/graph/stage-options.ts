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
import { regrowthSpec } from '../parts/regrowth.ts'
import { sparsitySpec } from '../parts/sparsity.ts'
import { spec } from '../parts/spec.ts'

type Table = { readonly [kind: string]: { readonly options: Fields } }
type OptionsByKind<T extends Table> = { readonly [K in keyof T]: T[K]['options'] }
/** The options of a registry's entries. */
const optionsByKind = <const T extends Table>(table: T): OptionsByKind<T> =>
  Object.fromEntries(Object.entries(table).map(([kind, { options }]) => [kind, options])) as OptionsByKind<T>

/** Decides first weights, data order, dropout and noise. */
const seed = number(ranges.seed)
/** Examples in a step; the last partial batch of an epoch is dropped. */
const batch = number(ranges.batch, { standard: 64 })

const pruning = { criterion: variants(optionsByKind(criteria)), ...ranking }

/** Prunes during training. */
const gradual = struct({
  /** `sparsity` is that at the end. */
  options: struct(pruning),
  schedule: sparsitySpec,
  /** Between two changes of the masks: a number of steps, or of epochs, whose steps the data decide. */
  every: either(number(ranges.count), struct({ epochs: number(ranges.epochs) })),
  /**
   * `freeze`: what is removed stays removed (Zhu & Gupta, 2017); `feedback`: the dense weights go on learning from the gradient
   * at the masked ones (Lin et al., 2020); `soft`: removed weights are set to zero and go on from there (He et al., 2018); `recover`:
   * removed weights wait beside the network without a gradient of the loss, moved by what momentum is left and by weight decay alone, and
   * return with the value they have then when others fall below it; `regrow`: after each removal more go and as many others grow, at zero.
   */
  mode: words(['freeze', 'feedback', 'soft', 'recover', 'regrow'], { standard: 'freeze' }),
  /** Of `regrow`. */
  regrow: optional(regrowthSpec),
  /** Of whole channels only the kernels are removed, so that a gradient reaches them. Absent: everything that belongs to them. */
  channels: optional(words(['kernels'])),
  /** The masks change once more where the ramp ends and never after. Default: until the end of the training. */
  refresh: optional(words(['ramp'])),
})

/** What makes a training harder or smoother. What is off is left out of a stage, so that it is in no key. */
export const regularisation = {
  /** ε of smoothed labels, (1 − ε)·one-hot + ε/classes. From 0 up to but not including 1, default 0. */
  labelSmoothing: optional(number(ranges.decay, { standard: 0 })),
  /** Maximum norm of the gradient over all parameters; larger gradients are scaled down to it. More than 0, default Infinity. */
  clipNorm: optional(number(ranges.norm, { standard: Infinity })),
  /** Decay of the moving average of the weights, which becomes the result. From 0 up to but not including 1, default 0: none. */
  ema: optional(number(ranges.decay, { standard: 0 })),
  /** Strength of an L1 penalty on batch norm's scales, for slimming(). 0 or more, default 0. */
  gammaL1: optional(number(ranges.notNegative, { standard: 0 })),
  /**
   * Measures the validation loss every so many steps and records its minimum, with the test accuracy at that step. Training itself does not
   * change. A whole number, 0 or more, default 0: not at all.
   */
  earlyStop: optional(number(ranges.whole, { standard: 0 })),
  /**
   * The epoch whose network becomes the result: the `'last'` (default), or the first with the best `'validation/accuracy'` or
   * `'validation/loss'`. Test data is never used. Not available while pruning during training: early epochs have more weights.
   */
  select: optional(words(['last', 'validation/accuracy', 'validation/loss'], { standard: 'last' })),
}

export const recalibration = {
  /** Batches of training data, of the task's size. 1 or more, default 50. */
  batches: number(ranges.count, { standard: 50 }),
  /** Determines the batches, and dropout. Default: the pipeline's. */
  seed,
}

const training = {
  data: dataSpec,
  optimizer: optimizers,
  batch,
  /** Passes over the training data, and the horizon of the learning-rate schedule. Training ends there. */
  epochs: number(ranges.epochs),
  /** Where training starts, in epochs: 0, or the epoch of the snapshot that was rewound to. */
  from: number(ranges.whole),
  /** Where it starts in steps of the horizon, when `from` (0 then) cannot say it. */
  fromStep: optional(number(ranges.whole)),
  seed,
  pruning: optional(gradual),
  ...regularisation,
  precision: optional(words(['mixed'])),
  /** Only the last bits depend on it. */
  xla: optional(flag({ inKey: false })),
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
  /** By labels: an objective of the user's, or what goes without saying. */
  train: { options: struct({ ...training, objective: optional(functionReference) }), roles: { model: 'one' } },
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
  /** Trained weights out of a file, in place of those that were drawn. */
  pretrained: {
    options: struct({
      /** A safetensors file, or that of a network; absolute once the pipeline is loaded. */
      from: { ...text, inKey: false },
      /** SHA-256 of what is in it, 64 hex digits; read when the pipeline is loaded. */
      content: optional(text),
      /** `espalier` as `export()` writes them, `pytorch` as a `state_dict` is saved, `network` the file of a network. */
      layout: words(['pytorch', 'espalier', 'network'], { standard: 'pytorch' }),
      /** Modules of the file by layer, where their names do not tell. */
      names: dictionary(text),
      /** Layers that keep the weights drawn for them. */
      fresh: list(text),
    }),
    roles: { model: 'one' },
  },
  /** Running statistics of batch norm for the weights as they are. */
  recalibrate: {
    options: struct({ data: dataSpec, batch, ...recalibration }),
    roles: { model: 'one' },
  },
  /** The members of a batch ensemble as one network, or one of them, from 0. */
  merge: {
    options: struct({
      /** The index of one member, from 0. Default: the mean of all. */
      member: optional(number(ranges.whole)),
    }),
    roles: { model: 'one' },
  },
  distill: { options: struct({ ...training, method: variants(optionsByKind(distillers)) }), roles: { model: 'one', teacher: 'several' } },
  /** A stage of the user's: weights in, weights out. Its name leads its path; its options are given to the function. */
  custom: {
    options: struct({ name: { ...text, inKey: false }, fn: functionReference, options: dictionary(json) }),
    roles: { model: 'one' },
  },
  export: {
    options: struct({
      format: words(exportFormatNames),
      /** Below the project's folder, with forward slashes: a file that ends in .safetensors or .onnx, or a folder. */
      path: text,
      /** Of safetensors: how the file holds the weights. Absent: as `espalier` does. */
      layout: optional(words(['pytorch'])),
      /** Of ONNX: the data whose normalisation the written network does itself. Of PyTorch's layout: for load.py. */
      normalize: optional(struct({ data: dataSpec })),
      /** Of ONNX: batch norm goes into the layer before it, where that is the only thing that reads it. */
      foldBatchNorm: optional(flag()),
      /** Of Hugging Face: what the model card says beside what is measured. */
      card: optional(struct({ license: optional(text), dataLicense: optional(text), recipe: list(text) })),
    }),
    roles: { model: 'one' },
  },
  /** Networks whose predictions are averaged, and what they learned from last, if anything. */
  evaluate: {
    options: struct({
      data: dataSpec,
      splits: list(words(['validation', 'test'])),
      /** The user's, by name. */
      metrics: optional(dictionary(functionReference)),
      better: optional({ ...dictionary(words(['lower', 'higher'])), inKey: false }),
    }),
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
export type PretrainedOptions = OptionsOf<'pretrained'>
export type RecalibrateOptions = OptionsOf<'recalibrate'>
export type MergeOptions = OptionsOf<'merge'>
export type CustomOptions = OptionsOf<'custom'>
export type ExportOptions = OptionsOf<'export'>
/** A number of steps, or of epochs, whose length in steps depends on the data. */
export type Period = GradualPruning['every']
