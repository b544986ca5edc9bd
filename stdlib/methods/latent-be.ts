/**
 * LatentBE: an ensemble of teachers in one network by way of a batch ensemble (Nam et al., ICML 2022, arXiv 2206.15047, section 3), with
 * the arms between plain distillation of the ensemble and the ensemble itself (Lakshminarayanan et al., 2017).
 */
import {
  type Arch,
  type Distiller,
  type Ensemble,
  ensemble,
  kd,
  type LatentBEOptions,
  latentBE,
  type Mask,
  type OneTeacherPerMember,
  type Pipeline,
  type SharedKdOptions,
  type Weights,
} from '../../dsl/index.ts'

/** A deep ensemble: networks trained from the seeds 0, 1, …, whose predictions are averaged as probabilities. */
export const deepEnsemble: typeof ensemble = ensemble

/**
 * One student of the ensemble's mean prediction at temperature τ. α default 1 and τ 4, as in the paper's comparison.
 * Its learning rate must go with the loss, which is about τ times as steep as cross-entropy: with SGD take the rate / τ.
 */
export const ensembleKD = <
  A extends Arch,
  M extends Mask,
  K extends string,
  T extends Arch & { readonly classes: A['classes'] },
  N extends number,
>(
  student: Pipeline<A, Weights, M, K>,
  teachers: Ensemble<T, N>,
  options: SharedKdOptions = {},
): Pipeline<A, 'trained', M, K> => student.distill(teachers, kd({ alpha: 1, ...options }))

type Perturbation = NonNullable<LatentBEOptions['perturbation']>

export interface LatentBEArmsOptions<A extends Arch, M extends Mask, K extends string, T extends Arch, N extends number> {
  /** As many as the student has members. */
  readonly teachers: Ensemble<T, N>
  /** The student without members: `init()`. */
  readonly student: Pipeline<A, 'fresh', M, K>
  /** The student with members, for a way to learn: `(method) => members.init().distill(teachers, method).mergeMembers()`. */
  readonly latent: (method: Distiller<OneTeacherPerMember, unknown>) => Pipeline<A, 'trained', never, never>
  /** τ of both; more than 0, default 4. α is 1. */
  readonly temperature?: number
  /** η, the perturbation's step in parts of a pixel's range. More than 0, default 1/255. */
  readonly step?: number
  /** Beside none. Default `['tdivSdiv']`; `'gaussian'` is its control. */
  readonly perturbations?: readonly Exclude<Perturbation, 'none'>[]
}

/**
 * `ensemble`, the teachers together; `kd`, plain distillation of them; `latentBE` without perturbation; and one arm for each perturbation,
 * by its name. All students are one network, and cost the same.
 */
export const latentBEArms = <
  A extends Arch,
  M extends Mask,
  K extends string,
  T extends Arch & { readonly classes: A['classes'] },
  N extends number,
>({
  teachers,
  student,
  latent,
  temperature = 4,
  step = 1 / 255,
  perturbations = ['tdivSdiv'],
}: LatentBEArmsOptions<A, M, K, T, N>) => ({
  ensemble: teachers,
  kd: ensembleKD(student, teachers, { temperature }),
  latentBE: latent(latentBE({ temperature, perturbation: 'none' })),
  ...Object.fromEntries(perturbations.map((perturbation) => [perturbation, latent(latentBE({ temperature, perturbation, step }))])),
})
