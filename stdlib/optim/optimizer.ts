/** What a training step asks of an optimizer: state beside each weight, and one update as tensor operations. */
import type { OptimizerSpec } from '../../dsl/stage.ts'
import type { Tensor } from '../engine.ts'
import type { Parameter } from '../network.ts'
import { adam } from './adam.ts'
import { sgd } from './sgd.ts'

export interface Optimizer {
  /** Names of the tensors kept beside each weight, all zeros at the start of a stage. */
  readonly slots: readonly string[]
  /** Names of the numbers that change from step to step. */
  readonly scalars: readonly string[]
  /** Their values. @param lr learning rate @param t steps of this stage, from 1 */
  scalarsAt(lr: number, t: number): readonly number[]
  /** The weight after the step and the new slots; `decays` says whether this one has weight decay. */
  update(
    weight: Tensor,
    gradient: Tensor,
    slots: readonly Tensor[],
    scalars: readonly Tensor[],
    decays: boolean,
  ): { readonly weight: Tensor; readonly slots: readonly Tensor[] }
}

export function optimizerOf(spec: OptimizerSpec): Optimizer {
  if (spec.kind === 'sgd') return sgd(spec)
  return adam({ weightDecay: 0, ...spec })
}

/** Whether weight decay applies to a parameter of this role. */
export const decays = (spec: OptimizerSpec, role: Parameter['role']): boolean =>
  'decay' in spec && spec.decay === 'kernels' ? role === 'kernel' : true
