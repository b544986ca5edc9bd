/** The state of a pipeline other than its expression: the facts of its type, and the values that the next verb needs. */

import type { FunctionRef } from '../check/function-reference.ts'
import type { Position } from '../graph/expr.ts'
import type { StageResources } from '../graph/stage.ts'
import type { TrainOptions } from '../graph/stage-options.ts'
import type { Arch } from '../parts/arch.ts'
import type { DataSpec, Predicted } from '../parts/data.ts'
import type { Measured } from '../parts/objective.ts'
import type { OptimizerSpec } from '../parts/optimizer.ts'
import type { Mask } from '../parts/pruner.ts'
import type { Spec } from '../parts/spec.ts'

/** Options of trainings that a task sets for all. By default each is off or set by the run. */
export const extras = ['labelSmoothing', 'clipNorm', 'ema', 'gammaL1', 'earlyStop', 'select', 'augment', 'precision', 'xla'] as const
export type Extras = Pick<TrainOptions, (typeof extras)[number]>

/** The settings of a task for all its pipelines. */
export interface Setting {
  readonly model: Spec
  readonly arch: Arch
  readonly data: DataSpec
  /** What to predict, if not a class. */
  readonly predicts?: Predicted | undefined
  /** Custom; undefined for the default. */
  readonly objective?: FunctionRef | undefined
  readonly measured: Measured
  readonly optimizer: OptimizerSpec
  readonly epochs: number
  readonly batch: number
  readonly extras: Extras
  readonly resources?: StageResources | undefined
}

export interface Facts {
  readonly setting: Setting
  readonly seed: number
  readonly weights: Weights
  readonly masks: ReadonlySet<Mask>
  /** Where the next training starts. */
  readonly from: Position
  /** By snapshot name: where a training starts after a rewind to it. */
  readonly snapshots: ReadonlyMap<string, Position>
  /** The first training since the initial weights, to which rewind({ epoch }) refers. */
  readonly first?: Pick<TrainOptions, 'epochs' | 'from' | 'fromStep'>
}

export const beginning: Position = { epoch: 0 }

const known = new WeakMap<object, Facts>()

export const remember = (pipeline: object, facts: Facts): void => {
  known.set(pipeline, facts)
}

/** Undefined if the value is not a pipeline of this copy of the library. */
export const factsOf = (value: unknown): Facts | undefined => (typeof value === 'object' && value !== null ? known.get(value) : undefined)

/** Whether the weights are initialised or rewound, or trained. */
export type Weights = 'fresh' | 'trained'
