/** Losses of your own: what a student learns from its teachers. */
import { type Distiller, distiller } from '../../dsl/distill.ts'
import { holdFunction } from '../../dsl/held.ts'
import type { Tensor, Tf } from '../engine.ts'

export interface LossInputs {
  readonly tf: Tf
  /** The student's logits [batch, classes]. */
  readonly student: Tensor
  /** Each teacher's logits [batch, classes]; constants. */
  readonly teachers: readonly Tensor[]
  /** One-hot, or smoothed: [batch, classes]. */
  readonly labels: Tensor
}

/** → scalar, averaged over the batch */
export type Loss = (inputs: LossInputs) => Tensor

/** A distillation loss of your own: `distill(teacher, loss(({ tf, student, teachers }) => …))`. What it computes is part of the key. */
export const loss = (fn: Loss): Distiller<unknown, unknown> =>
  distiller({ kind: 'custom', fn: holdFunction('loss', 'loss()', fn, 'loss(({ tf, student, teachers: [teacher] }) => …)') })
