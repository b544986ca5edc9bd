/**
 * What the runtime knows of each kind of stage, one record a kind; its options and the roles of its inputs are declared in
 * `dsl/graph/stage-options.ts`. A record names what computes it and loads that when it runs: whoever plans loads no engine.
 */

import type { Stage } from '../../dsl/graph/stage.ts'
import type { OptionsOf, StageKind } from '../../dsl/graph/stage-options.ts'
import type { DataSpec } from '../../dsl/parts/data.ts'
import type { Computation, Surgery } from './stage.ts'

/** Of a stage, or of a record in a store, which may be of an earlier form. */
type StoredOptions = { readonly [option: string]: unknown }

/** Where options have the data set that a stage reads. Those with an option `data` cannot leave it out. */
type Reads<K extends StageKind> =
  OptionsOf<K> extends { readonly data: DataSpec }
    ? { readonly data: readonly ['data'] }
    : { readonly data?: readonly [part: string, name: 'data'] }

export type Kind<K extends StageKind> = Reads<K> & {
  /**
   * Raised when what it computes from the same inputs and options changes, so that results of the old meaning are never taken for the
   * new one.
   */
  readonly revision: number
  /** Added to it where some options came to other results while those of the rest stayed as they were. */
  readonly optionsRevision?: (options: StoredOptions) => number
  /**
   * It is computed where the project is: it reads a file of the user's, or it leaves files in the project's folder, which are looked at
   * before its result counts.
   */
  readonly files?: 'read' | 'written'
  /** What a changed input is called, where its role does not tell. */
  readonly inputs?: { readonly [role: string]: string }
} & (
    | {
        /** Cheap enough for the scheduler's own process. Pruning sorts every weight, which would hold up its display. */
        readonly placement: 'here'
        readonly run: () => Promise<Surgery<K>>
      }
    | { readonly placement: 'worker'; readonly run: () => Promise<Computation<K>> }
  )

/** 1: Adam's moments and step in the order of TensorFlow's fused kernel. */
const ofOptimizer = ({ optimizer }: StoredOptions): number => (Object(optimizer).kind === 'sgd' ? 0 : 1)

/** 1: of several predicted numbers each is measured. */
const ofTargets = ({ data }: StoredOptions): number => {
  const { targets } = Object(Object(data).options) as { readonly targets?: number | readonly string[] }
  return (typeof targets === 'number' ? targets : (targets?.length ?? 0)) > 1 ? 1 : 0
}

/** In PyTorch's layout modules of MobileNetV2 and VGG had other names. */
const ofLayout = ({ format, layout }: StoredOptions): number => (layout === 'pytorch' || format === 'huggingface' ? 1 : 0)

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
  // 2: first weights of the narrower network's own spread; 3: channels go when their kernels do, their constants stay; 4: those of functions
  // that are not 0 at 0 (sigmoid) too
  shrink: { revision: 4, placement: 'worker', run: async () => (await import('./shrink.ts')).shrink },
  pretrained: { revision: 1, placement: 'worker', files: 'read', run: async () => (await import('./pretrained.ts')).pretrained },
  recalibrate: { revision: 1, placement: 'worker', data: ['data'], run: async () => (await import('./recalibrate.ts')).recalibrate },
  merge: { revision: 1, placement: 'worker', run: async () => (await import('./merge.ts')).merge },
  distill: {
    revision: 1,
    optionsRevision: ofOptimizer,
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
    optionsRevision: ofLayout,
    placement: 'worker',
    files: 'written',
    data: ['normalize', 'data'],
    run: async () => (await import('./export.ts')).exported,
  },
}

/** What stands in the key of a stage. */
export function revisionOf({ kind, options }: { readonly kind: StageKind; readonly options: object }): number {
  const { revision, optionsRevision } = stageKinds[kind]
  return revision + (optionsRevision?.(options as StoredOptions) ?? 0)
}

export const needsWorker = (kind: StageKind): boolean => stageKinds[kind].placement === 'worker'

/** The data set a stage reads, if it reads one: to train, to measure, or for a criterion that looks at gradients. */
export function dataOf({ kind, options }: Pick<Stage, 'kind' | 'options'>): DataSpec | undefined {
  const path: readonly string[] = stageKinds[kind].data ?? []
  if (path.length === 0) return undefined
  return path.reduce<unknown>((part, name) => Object(part)[name], options) as DataSpec | undefined // as the kind's form says
}
