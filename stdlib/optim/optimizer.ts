/** What a training step asks of an optimizer: state beside each weight, and one update as tensor operations. */
import type { Engine, Tensor } from '../engine.ts'

export interface Optimizer {
  /** Names of the tensors kept beside each weight, all zeros at the start of a stage. */
  readonly slots: readonly string[]
  /** Names of the numbers that change from step to step. */
  readonly scalars: readonly string[]
  /** Their values. @param lr learning rate @param t steps of this stage, from 1 */
  scalarsAt(lr: number, t: number): readonly number[]
  /** Whether `update` asks the engine to change the weight and its slots in their own memory. */
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
