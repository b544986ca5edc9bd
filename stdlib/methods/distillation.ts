/**
 * The distillers with their control arms:
 * - `kd()`: Hinton, Vinyals & Dean, 2015, section 2;
 * - `fitnet()`: Romero et al., ICLR 2015, equation 3, in one stage with β as in later comparisons;
 * - `simkd()`: Chen et al., CVPR 2022, arXiv 2203.14001, equation 3;
 * - `at()`, `sp()`, `rkd()`, `srrl()`, `crd()`, `dkd()`, `dist()`: as further rows.
 */
import {
  type Arch,
  at,
  crd,
  type Distiller,
  type DkdOptions,
  dist,
  dkd,
  type HasFeatureMap,
  type HasLayer,
  type KdOptions,
  kd,
  type Mask,
  type OneNetwork,
  type Pipeline,
  type Predictor,
  rkd,
  simkd,
  sp,
  srrl,
} from '../../dsl/index.ts'

interface Pair<A extends Arch, M extends Mask, K extends string, T extends Arch> {
  /** To be trained: `init()`. */
  readonly student: Pipeline<A, 'fresh', M, K>
  /** Trained, with the same classes. */
  readonly teacher: Predictor<T, 'trained', 1>
}

export interface KdArmsOptions<A extends Arch, M extends Mask, K extends string, T extends Arch> extends Pair<A, M, K, T> {
  /** Of the arm `kd`. */
  readonly kd?: KdOptions
}

/** KD in the tables of Chen et al. (2022) and in their code: CE + τ²·KL at τ 4, both with weight 1. */
const added: KdOptions = { temperature: 4, ce: 1, kl: 1 }

/** A student trained on labels (`ce`) and on the teacher (`kd`), with the same epochs and learning rate. */
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
 * FitNet hints, with plain distillation and training on labels as controls. The regressor is removed at the end, so the three students are
 * the same network. For the tables of Chen et al. (2022) use `kd: { ce: 1, kl: 1 }` and `hints: fitnet({ …, kl: 1 })`.
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
 * SimKD with its controls. `ce` and `kd` (by default CE + τ²·KL) train the student without a projector. `projectorCE` has SimKD's projector
 * and a classifier of the teacher's shape and is trained on labels, which separates the effect of capacity from that of the teacher.
 * Compare parameter counts: `simkd` and `projectorCE` consist of the student's encoder, the projector and the classifier.
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

export interface SimKdTableOptions<A extends Arch, M extends Mask, K extends string, T extends Arch, S extends string, G extends string>
  extends SimKdArmsOptions<A, M, K, T> {
  /** Layers that `at()` compares in pairs: in the paper's code the last layer of each stage. */
  readonly maps: { readonly student: readonly S[]; readonly teacher: readonly G[] }
  /** For `crd()`: the number of negatives for each example. Default 16384. */
  readonly negatives?: number
  /** For the arm `dkd`: its authors use a different β for each pair of networks, and 20 of 240 epochs of warm-up. */
  readonly dkd?: DkdOptions
}

/**
 * The rows of the tables of Chen et al. (2022), with the constants of their code (`-c 1 -d 1`), each in addition to CE + τ²·KL; and later
 * methods. `rkd` is without KL as in RepDistiller; `dkd` and `dist` are as in their authors' code. VID and SemCKD are not included;
 * FitNet's row is `fitnet({ …, kl: 1 })`.
 */
export const simkdTable = <
  A extends Arch & HasFeatureMap & OneNetwork & HasLayer<S>,
  M extends Mask,
  K extends string,
  T extends Arch & HasFeatureMap & OneNetwork & HasLayer<G> & { readonly classes: A['classes'] },
  const S extends string,
  const G extends string,
>({
  maps,
  negatives = 16384,
  dkd: decoupled,
  ...rest
}: SimKdTableOptions<A, M, K, T, S, G>) => {
  const { student, teacher } = rest
  return {
    ...simkdArms(rest),
    at: student.distill(teacher, at({ ...maps, kl: 1 })),
    sp: student.distill(teacher, sp({ kl: 1 })),
    crd: student.distill(teacher, crd({ negatives, kl: 1 })),
    srrl: student.distill(teacher, srrl({ kl: 1 })),
    rkd: student.distill(teacher, rkd()),
    dkd: student.distill(teacher, dkd(decoupled)),
    dist: student.distill(teacher, dist()),
  }
}
