/** The parts of a distillation method. */

import type { DistillOptions } from '../../dsl/graph/stage-options.ts'
import type { DistillMethod } from '../../dsl/parts/distill.ts'
import type { LayersModel, Tf } from '../engine.ts'
import type { ModelBuilder } from '../models/blocks/description.ts'
import type { Network } from '../network.ts'
import type { TrainingObjective } from '../training/objective.ts'
import type { StageServices } from '../training/services.ts'

export type MethodOf<K extends DistillMethod['kind']> = Extract<DistillMethod, { kind: K }>

export interface Pairing {
  readonly student: Network
  /** One, or an ensemble. */
  readonly teachers: readonly [Network, ...Network[]]
  readonly options: Pick<DistillOptions, 'data' | 'augment' | 'seed' | 'batch'>
}

/** The objective of the student. Absent members: no scalars, no constants. */
type Distillation = Pick<TrainingObjective, 'objective' | 'identity'> &
  Partial<TrainingObjective> & {
    /** The student during training. Default: unchanged. */
    readonly network?: Network
  }

export interface DistillerComputation<M extends DistillMethod = DistillMethod> {
  prepare(method: M, pairing: Pairing, services: StageServices): Promise<Distillation>
  /** Checks before training whether the networks fit together. @throws PipelineProblem */
  refuseUnlike?(method: M, tf: Tf, student: LayersModel, teacher: LayersModel): void
  /** Builds the network of the student during training; its description has the distiller's name. */
  readonly network?: ModelBuilder
}
