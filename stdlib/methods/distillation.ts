/**
 * The distillers with the arms that each must be compared with:
 * - `kd()`: Hinton, Vinyals & Dean, 2015, section 2;
 * - `fitnet()`: Romero et al., ICLR 2015, equation 3, in one stage with β as in later comparisons;
 * - `simkd()`: Chen et al., CVPR 2022, arXiv 2203.14001, equation 3.
 */
import {
  type Arch,
  type Distiller,
  type HasFeatureMap,
  type KdOptions,
  kd,
  type Mask,
  type Pipeline,
  type Predictor,
  simkd,
} from '../../dsl/index.ts'

interface Pair<A extends Arch, M extends Mask, K extends string, T extends Arch> {
  /** To be trained: `init()`. */
  readonly student: Pipeline<A, 'fresh', M, K>
  readonly teacher: Predictor<T, 'trained', 1>
}

export interface KdArmsOptions<A extends Arch, M extends Mask, K extends string, T extends Arch> extends Pair<A, M, K, T> {
  /** Of the arm `kd`. */
  readonly kd?: KdOptions
}

/** The row of KD in the tables of Chen et al. (2022) and in their code: CE + τ²·KL at τ 4, both with weight 1. */
const added: KdOptions = { temperature: 4, ce: 1, kl: 1 }

/** A student taught by labels (`ce`) and by the teacher (`kd`), at the same length and rate. */
export const kdArms = <A extends Arch, M extends Mask, K extends string, T extends Arch & { readonly classes: A['classes'] }>({
  student,
  teacher,
  kd: options,
}: KdArmsOptions<A, M, K, T>) => ({ ce: student.train(), kd: student.distill(teacher, kd(options)) })

export interface HintArmsOptions<A extends Arch, M extends Mask, K extends string, T extends Arch> extends KdArmsOptions<A, M, K, T> {
  /** `fitnet({ student, teacher })` with the layers. */
  readonly hints: Distiller<A & { readonly teachers: 1 }, T>
}

/**
 * Hints beside plain distillation and labels alone. Its regressor is thrown away: the three students are the same network. The tables of
 * Chen et al. (2022) are `kd: { ce: 1, kl: 1 }` and `hints: fitnet({ …, kl: 1 })`.
 */
export const fitnetArms = <A extends Arch, M extends Mask, K extends string, T extends Arch & { readonly classes: A['classes'] }>({
  hints,
  ...rest
}: HintArmsOptions<A, M, K, T>) => ({ ...kdArms(rest), fitnet: rest.student.distill(rest.teacher, hints) })

export interface SimKdArmsOptions<A extends Arch, M extends Mask, K extends string, T extends Arch> extends KdArmsOptions<A, M, K, T> {
  /** r, as `simkd()`'s: 1 or more, default 2. */
  readonly factor?: number
}

/**
 * SimKD with its controls: `ce` and `kd` (CE + τ²·KL unless told otherwise) train the student alone; `projectorCE` has SimKD's projector and a classifier of the teacher's
 * form and learns from labels, so that capacity is told from teaching. Compare parameters: those of `simkd` and `projectorCE` are
 * the student's encoder, the projector and the classifier.
 */
export const simkdArms = <
  A extends Arch & HasFeatureMap,
  M extends Mask,
  K extends string,
  T extends Arch & HasFeatureMap & { readonly classes: A['classes'] },
>({
  factor = 2,
  kd: row = added,
  ...rest
}: SimKdArmsOptions<A, M, K, T>) => ({
  ...kdArms({ ...rest, kd: row }),
  simkd: rest.student.distill(rest.teacher, simkd({ factor })),
  projectorCE: rest.student.distill(rest.teacher, simkd({ factor, learn: 'labels' })),
})
