/** What a way to learn from teachers is made of. */
import type { DistillMethod, DistillOptions } from '../../dsl/graph/stage-options.ts'
import type { ModelBuilder } from '../models/blocks/description.ts'
import type { Network } from '../network.ts'
import type { TrainingObjective } from '../training/objective.ts'
import type { StageServices } from '../training/services.ts'

export type MethodOf<K extends DistillMethod['kind']> = Extract<DistillMethod, { kind: K }>

export interface Pairing {
  readonly student: Network
  /** One, or an ensemble. */
  readonly teachers: readonly [Network, ...Network[]]
  readonly options: Pick<DistillOptions, 'data' | 'augment' | 'seed'>
}

/** The student in the form in which it learns, and what it learns. */
export interface Distillation {
  readonly network: Network
  readonly objective: TrainingObjective
}

export interface DistillerComputation<M extends DistillMethod = DistillMethod> {
  prepare(method: M, pairing: Pairing, services: StageServices): Promise<Distillation>
  /** Builds the network that a student is made into for learning; its description has the distiller's name. */
  readonly network?: ModelBuilder
}
