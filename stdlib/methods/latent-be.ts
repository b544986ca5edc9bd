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
 * A single student trained on the ensemble's mean prediction at temperature τ. α defaults to 1 and τ to 4, as in the paper's comparison.
 * The gradients are about τ times as large as those of cross-entropy: with SGD, divide the learning rate by τ.
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
  /** As many teachers as the student has members. */
  readonly teachers: Ensemble<T, N>
  /** The student without members: `init()`. */
  readonly student: Pipeline<A, 'fresh', M, K>
  /** The student with members, as a function of the method: `(method) => members.init().distill(teachers, method).mergeMembers()`. */
  readonly latent: (method: Distiller<OneTeacherPerMember, unknown>) => Pipeline<A, 'trained', never, never>
  /** τ of both; more than 0, default 4. α is 1. */
  readonly temperature?: number
  /** η, the step of the perturbation relative to a pixel's range. More than 0, default 1/255. */
  readonly step?: number
  /** The perturbations to compare. Default `['tdivSdiv']`; `'gaussian'` is its control. */
  readonly perturbations?: readonly Exclude<Perturbation, 'none'>[]
}

/**
 * `ensemble`, the teachers together; `kd`, plain distillation from them; `latentBE` without perturbation; and one arm for each
 * perturbation, with its name. Every student ends as a single network of the same cost.
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
