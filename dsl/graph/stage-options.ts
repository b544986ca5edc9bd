/**
 * The options of stages, as plain data with every default filled in, which can be printed, diffed, hashed and sent to other processes. Each
 * kind of stage is declared here once, with its options and the roles of its inputs.
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

/** Determines initial weights, data order, dropout and noise. */
const seed = number(ranges.seed)
/** Examples in a step; the last partial batch of an epoch is dropped. */
const batch = number(ranges.batch, { standard: 64 })

const pruning = { criterion: variants(optionsByKind(criteria)), ...ranking }

/** Prunes during training. */
const gradual = struct({
  /** `sparsity` is the final one. */
  options: struct(pruning),
  schedule: sparsitySpec,
  /** The interval between two changes of the masks: a number of steps, or of epochs, whose length in steps depends on the data. */
  every: either(number(ranges.count), struct({ epochs: number(ranges.epochs) })),
  /**
   * `freeze`: removed weights stay removed (Zhu & Gupta, 2017). `feedback`: the dense weights continue to train with the gradient at the
   * masked ones (Lin et al., 2020). `soft`: removed weights are set to zero and continue to train from zero (He et al., 2018). `recover`:
   * removed weights are stored outside the network without a gradient of the loss; only remaining momentum and weight decay change them,
   * and they return with their current value when others fall below it. `regrow`: after each removal more weights are removed and as many
   * others grow, from zero.
   */
  mode: words(['freeze', 'feedback', 'soft', 'recover', 'regrow'], { standard: 'freeze' }),
  /** For `regrow`. */
  regrow: optional(regrowthSpec),
  /** For whole channels: only the kernels are removed, so that they still receive a gradient. Absent: all their parameters. */
  channels: optional(words(['kernels'])),
  /** The masks change for the last time at the end of the ramp. Default: until the end of the training. */
  refresh: optional(words(['ramp'])),
})

/** Regularisation of a training. Options that are off are omitted from the stage and from its key. */
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
  /** Where it starts in steps of the horizon, if that is not the end of an epoch; `from` is then 0. */
  fromStep: optional(number(ranges.whole)),
  seed,
  pruning: optional(gradual),
  ...regularisation,
  precision: optional(words(['mixed'])),
  /** Only the last bits depend on it. */
  xla: optional(flag({ inKey: false })),
  augment: optional(list(augmentationSpec)),
}

/** How many inputs have a role. For `several` (at least one) and `any`, the second is `role2`, the third `role3`, …. */
export type Count = 'one' | 'optional' | 'several' | 'any'

interface KindDeclaration {
  readonly options: Form<object>
  readonly roles: { readonly [role: string]: Count }
}

export const kinds = {
  init: { options: struct({ model: spec, seed }), roles: {} },
  /** On labels: a custom objective, or the default one. */
  train: { options: struct({ ...training, objective: optional(functionReference) }), roles: { model: 'one' } },
  prune: { options: struct(pruning), roles: { model: 'one' } },
  rewind: { options: struct({}), roles: { model: 'one', to: 'one' } },
  /** The kernels take their signs from `signs`. */
  reinit: {
    options: struct({
      seed,
      /** Masks are permuted within each layer. */
      shuffleMask: optional(flag({ standard: false })),
      weights: optional(words(['fresh', 'keep'], { standard: 'fresh' })),
      /** Kernels are drawn from N(0, 2/n), n the unmasked weights per unit, or per input. Default: the network's initializer. */
      he: optional(words(['fanIn', 'fanOut'])),
    }),
    roles: { model: 'one', signs: 'optional' },
  },
  /** (1 − at) · model + at · to for all weights, including running statistics. */
  interpolate: { options: struct({ at: number(ranges.share) }), roles: { model: 'one', to: 'one' } },
  /** Drops the masks; removed weights start at zero and train again. */
  dense: { options: struct({}), roles: { model: 'one' } },
  /** Removes masked channels, which gives a smaller network with the same output. */
  shrink: { options: struct({}), roles: { model: 'one' } },
  /** Trained weights from a file, which replace the initial ones. */
  pretrained: {
    options: struct({
      /** A safetensors file, or the file of a network; absolute after the pipeline is loaded. */
      from: { ...text, inKey: false },
      /** The SHA-256 of its content, 64 hex digits; computed when the pipeline is loaded. */
      content: optional(text),
      /** `espalier` as `export()` writes them, `pytorch` as a `state_dict` is saved, `network` the file of a network. */
      layout: words(['pytorch', 'espalier', 'network'], { standard: 'pytorch' }),
      /** Modules of the file by layer, where their names do not match. */
      names: dictionary(text),
      /** Layers that keep their initial weights. */
      fresh: list(text),
    }),
    roles: { model: 'one' },
  },
  /** Recomputes the running statistics of batch norm for the current weights. */
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
  /** A custom stage, from weights to weights. Its name starts its path; its options are passed to the function. */
  custom: {
    options: struct({ name: { ...text, inKey: false }, fn: functionReference, options: dictionary(json) }),
    roles: { model: 'one' },
  },
  export: {
    options: struct({
      format: words(exportFormatNames),
      /** Inside the project's folder, with forward slashes: a file that ends in .safetensors or .onnx, or a folder. */
      path: text,
      /** For safetensors: the layout of the weights. Absent: Espalier's. */
      layout: optional(words(['pytorch'])),
      /** For ONNX: the data whose normalisation becomes part of the network. For PyTorch's layout: for load.py. */
      normalize: optional(struct({ data: dataSpec })),
      /** For ONNX: batch norm is folded into the preceding layer, if nothing else reads that layer. */
      foldBatchNorm: optional(flag()),
      /** For Hugging Face: the contents of the model card other than the results. */
      card: optional(struct({ license: optional(text), dataLicense: optional(text), recipe: list(text) })),
    }),
    roles: { model: 'one' },
  },
  /** Networks whose predictions are averaged, and their last teachers, if any. */
  evaluate: {
    options: struct({
      data: dataSpec,
      splits: list(words(['validation', 'test'])),
      /** Custom metrics by name. */
      metrics: optional(dictionary(functionReference)),
      better: optional({ ...dictionary(words(['lower', 'higher'])), inKey: false }),
    }),
    roles: { model: 'several', teacher: 'any' },
  },
} as const satisfies { readonly [kind: string]: KindDeclaration }

export type StageKind = keyof typeof kinds
export type OptionsOf<K extends StageKind> = Of<(typeof kinds)[K]['options']>

/** Kinds with the options of a training: they have steps and can be resumed. */
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
