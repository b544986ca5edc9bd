/** What a training step asks of an optimizer: state beside each weight, and one update as tensor operations. */
import type { OptimizerSpec } from '../../dsl/graph/stage-options.ts'
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
  /** The weight after the step and the new slots. `anchor` is the value that weight decay pulls towards; undefined for none. */
  update(
    weight: Tensor,
    gradient: Tensor,
    slots: readonly Tensor[],
    scalars: readonly Tensor[],
    anchor: number | undefined,
  ): { readonly weight: Tensor; readonly slots: readonly Tensor[] }
}

export function optimizerOf(spec: OptimizerSpec): Optimizer {
  if (spec.kind === 'sgd') return sgd(spec)
  return adam({ weightDecay: 0, ...spec })
}

/** What weight decay pulls a parameter of this role towards: the factors of an ensemble's members to one, others to zero. */
export const anchorOf = (spec: OptimizerSpec, role: Parameter['role']): number | undefined => {
  if ('decay' in spec && spec.decay === 'kernels' && role !== 'kernel') return undefined
  return role === 'r' || role === 's' ? 1 : 0
}
