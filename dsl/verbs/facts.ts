/** What a pipeline knows beside its expression: what its type says, and the numbers its next verb needs. */

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

/** Options of trainings that a task sets for all, each off or as the run says unless it is given. */
export const extras = ['labelSmoothing', 'clipNorm', 'ema', 'gammaL1', 'earlyStop', 'select', 'augment', 'precision', 'xla'] as const
export type Extras = Pick<TrainOptions, (typeof extras)[number]>

/** What a task fixes for all its pipelines. */
export interface Setting {
  readonly model: Spec
  readonly arch: Arch
  readonly data: DataSpec
  /** Of an example, where it is not a class. */
  readonly predicts?: Predicted | undefined
  /** The user's; undefined for what goes without saying. */
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
  /** By name, where a training starts after rewinding to it. */
  readonly snapshots: ReadonlyMap<string, Position>
  /** The first training since the first weights, which rewind({ epoch }) goes back into. */
  readonly first?: Pick<TrainOptions, 'epochs' | 'from' | 'fromStep'>
}

export const beginning: Position = { epoch: 0 }

const known = new WeakMap<object, Facts>()

export const remember = (pipeline: object, facts: Facts): void => {
  known.set(pipeline, facts)
}

/** Undefined for what is no pipeline of this copy of the library. */
export const factsOf = (value: unknown): Facts | undefined => (typeof value === 'object' && value !== null ? known.get(value) : undefined)

/** Whether the weights are initialised or rewound, or trained. */
export type Weights = 'fresh' | 'trained'
