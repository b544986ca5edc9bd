/** The interface of an optimizer in a training step: state for each weight, and one update as tensor operations. */
import type { Engine, Tensor } from '../engine.ts'

export interface Optimizer {
  /** Names of the state tensors of each weight, all zeros at the start of a stage. */
  readonly slots: readonly string[]
  /** Names of the numbers that change from step to step. */
  readonly scalars: readonly string[]
  /** Their values. @param lr learning rate @param t steps of this stage, from 1 */
  scalarsAt(lr: number, t: number): readonly number[]
  /** Whether `update` uses the engine's in-place update of the weight and its slots. */
  readonly inPlace: boolean
  /** The weight after the step and the new slots. `anchor` is the value that weight decay pulls towards; undefined for none. */
  update(
    weight: Tensor,
    gradient: Tensor,
    slots: readonly Tensor[],
    scalars: readonly Tensor[],
    anchor: number | undefined,
    engine?: Pick<Engine, 'fused'>,
  ): { readonly weight: Tensor; readonly slots: readonly Tensor[] }
}
