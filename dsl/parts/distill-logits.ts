/** Distillation from a teacher's predictions, other than plain distillation. */
import { allChosen, ranges } from '../check/checks.ts'
import { type Given, number } from '../check/form.ts'
import { type Distiller, type DistillerRecord, distiller } from './distiller.ts'

const labels = {
  /** Weight of the labels' term. 0 or more, default 1. */
  ce: number(ranges.notNegative, { standard: 1 }),
}
const decoupled = {
  /** Softens both predictions. More than 0, default 4. */
  temperature: number(ranges.positive, { standard: 4 }),
  /** Weight of the target class against all others (TCKD). 0 or more, default 1. */
  alpha: number(ranges.notNegative, { standard: 1 }),
  /** Weight of the other classes among themselves (NCKD). 0 or more, default 8. */
  beta: number(ranges.notNegative, { standard: 8 }),
  /** Epochs over which the weights of both terms grow: in epoch e they are multiplied by min(e / warmup, 1). 0 for none, default 20. */
  warmup: number(ranges.whole, { standard: 20 }),
  ...labels,
}
const correlated = {
  /** Softens both predictions. More than 0, default 4, as on CIFAR-100; 1 on ImageNet. */
  temperature: number(ranges.positive, { standard: 4 }),
  /** Weight of the relation between classes, example by example. 0 or more, default 2. */
  beta: number(ranges.notNegative, { standard: 2 }),
  /** Weight of the relation between examples, class by class. 0 or more, default 2. */
  gamma: number(ranges.notNegative, { standard: 2 }),
  ...labels,
}

export const fromLogits = {
  /** ce·CE + min(e / warmup, 1)·τ²·(α·TCKD + β·NCKD). */
  dkd: { options: decoupled, predicts: ['tokens'] },
  /** ce·CE + τ²·(β·inter + γ·intra). */
  dist: { options: correlated, predicts: ['tokens'] },
} as const satisfies { readonly [kind: string]: DistillerRecord }

export type DkdOptions = Given<typeof decoupled>

/**
 * Decoupled distillation (Zhao et al., CVPR 2022, equation 7): ce·CE + τ²·(α·TCKD + β·NCKD), KL of the target class against the others, and
 * KL among the others, which plain KL weights by the teacher's uncertainty. Defaults are those of the authors' code for ResNet-32x4 and
 * 8x4.
 */
export const dkd = (options?: DkdOptions): Distiller<unknown, unknown> =>
  distiller({ kind: 'dkd', ...allChosen('dkd()', options, decoupled) })

export type DistOptions = Given<typeof correlated>

/**
 * DIST (Huang et al., NeurIPS 2022, equations 8 to 10): ce·CE + τ²·(β·inter + γ·intra), each 1 − Pearson's correlation of soft predictions:
 * over the classes for each example, and over the batch for each class. Defaults are those of the authors' code for CIFAR-100.
 */
export const dist = (options?: DistOptions): Distiller<unknown, unknown> =>
  distiller({ kind: 'dist', ...allChosen('dist()', options, correlated) })
