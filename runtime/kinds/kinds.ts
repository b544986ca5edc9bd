/**
 * One record for each kind of stage; options and input roles are declared in `dsl/graph/stage-options.ts`.
 * Computations are imported when they run, so that planning loads no engine.
 */

import type { Stage } from '../../dsl/graph/stage.ts'
import type { OptionsOf, StageKind } from '../../dsl/graph/stage-options.ts'
import type { DataSpec } from '../../dsl/parts/data.ts'
import type { Computation, Surgery } from './stage.ts'

/** Options of a stage, or of a record in a store, possibly written by an earlier version. */
type StoredOptions = { readonly [option: string]: unknown }

/** The path to the stage's data set in its options. Required for kinds with an option `data`. */
type Reads<K extends StageKind> =
  OptionsOf<K> extends { readonly data: DataSpec }
    ? { readonly data: readonly ['data'] }
    : { readonly data?: readonly [part: string, name: 'data'] }

export type Kind<K extends StageKind> = Reads<K> & {
  /** Increased when results for the same inputs and options change, so that earlier results are not reused. */
  readonly revision: number
  /** Added to the revision, if results changed only for some options. */
  readonly optionsRevision?: (options: StoredOptions) => number
  /**
   * Such stages are computed on the machine that has the project: they read a user's file (`read`), or write files into the project
   * folder, which are verified before a cached result is used (`written`).
   */
  readonly files?: 'read' | 'written'
  /** Phrases for changed inputs, where the role is not clear enough. */
  readonly inputs?: { readonly [role: string]: string }
} & (
    | {
        /** Cheap enough for the scheduler's process. Pruning is not: it sorts every weight, which would block the display. */
        readonly placement: 'here'
        readonly run: () => Promise<Surgery<K>>
      }
    | { readonly placement: 'worker'; readonly run: () => Promise<Computation<K>> }
  )

/** 1: Adam's moments and step in the order of TensorFlow's fused kernel. */
const ofOptimizer = ({ optimizer }: StoredOptions): number => (Object(optimizer).kind === 'sgd' ? 0 : 1)

/** As `ofOptimizer`; and 1: FitNets read features after the activation, through a regressor with batch norm. */
const ofDistillation = (options: StoredOptions): number => ofOptimizer(options) + (Object(options.method).kind === 'fitnet' ? 1 : 0)

/** 1: with several predicted numbers, each is measured separately. */
const ofTargets = ({ data }: StoredOptions): number => {
  const { targets } = Object(Object(data).options) as { readonly targets?: number | readonly string[] }
  return (typeof targets === 'number' ? targets : (targets?.length ?? 0)) > 1 ? 1 : 0
}

/** 1: MobileNetV2's and VGG's modules have other names in PyTorch's layout than before; in ONNX, the softmax of a dense layer is over channels. */
const ofFormat = ({ format, layout }: StoredOptions): number =>
  layout === 'pytorch' || format === 'huggingface' || format === 'onnx' ? 1 : 0

export const stageKinds: { readonly [K in StageKind]: Kind<K> } = {
  init: { revision: 1, placement: 'worker', run: async () => (await import('./init.ts')).init },
  train: {
    revision: 2,
    optionsRevision: ofOptimizer,
    placement: 'worker',
    data: ['data'],
    run: async () => (await import('./train.ts')).train,
  },
  prune: { revision: 2, placement: 'worker', data: ['criterion', 'data'], run: async () => (await import('./prune.ts')).prune },
  rewind: {
    revision: 1,
    placement: 'here',
    inputs: { to: 'the weights to rewind to' },
    run: async () => (await import('./rewind.ts')).rewind,
  },
  reinit: { revision: 1, placement: 'here', run: async () => (await import('./reinit.ts')).reinit },
  interpolate: {
    revision: 1,
    placement: 'here',
    inputs: { to: 'the weights to interpolate with' },
    run: async () => (await import('./interpolate.ts')).interpolate,
  },
  dense: { revision: 1, placement: 'here', run: async () => (await import('./dense.ts')).dense },
  // 2: initial weights with the spread of the narrower network; 3: channels are removed with their kernels, and their constants are kept;
  // 4: also for activation functions with f(0) ≠ 0 (sigmoid)
  shrink: { revision: 4, placement: 'worker', run: async () => (await import('./shrink.ts')).shrink },
  pretrained: { revision: 1, placement: 'worker', files: 'read', run: async () => (await import('./pretrained.ts')).pretrained },
  recalibrate: { revision: 1, placement: 'worker', data: ['data'], run: async () => (await import('./recalibrate.ts')).recalibrate },
  merge: { revision: 1, placement: 'worker', run: async () => (await import('./merge.ts')).merge },
  distill: {
    revision: 1,
    optionsRevision: ofDistillation,
    placement: 'worker',
    data: ['data'],
    run: async () => (await import('./distill.ts')).distill,
  },
  evaluate: {
    revision: 2,
    optionsRevision: ofTargets,
    placement: 'worker',
    data: ['data'],
    run: async () => (await import('./evaluate.ts')).evaluate,
  },
  custom: { revision: 1, placement: 'worker', run: async () => (await import('./custom.ts')).custom },
  export: {
    revision: 1,
    optionsRevision: ofFormat,
    placement: 'worker',
    files: 'written',
    data: ['normalize', 'data'],
    run: async () => (await import('./export.ts')).exported,
  },
}

/** The revision in a stage's key. */
export function revisionOf({ kind, options }: { readonly kind: StageKind; readonly options: object }): number {
  const { revision, optionsRevision } = stageKinds[kind]
  return revision + (optionsRevision?.(options as StoredOptions) ?? 0)
}

export const needsWorker = (kind: StageKind): boolean => stageKinds[kind].placement === 'worker'

/** The data set that a stage reads, if any: for training, evaluation, or a gradient-based criterion. */
export function dataOf({ kind, options }: Pick<Stage, 'kind' | 'options'>): DataSpec | undefined {
  const path: readonly string[] = stageKinds[kind].data ?? []
  if (path.length === 0) return undefined
  return path.reduce<unknown>((part, name) => Object(part)[name], options) as DataSpec | undefined // checked by the kind's form
}
