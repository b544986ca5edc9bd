import { inRange, mismatch, oneOf, optionsOf, plain, problem, ranges, shown } from '../check/checks.ts'
import type { DistillMethod, Perturbation } from '../graph/stage-options.ts'
import type { HasFeatureMap, HasLayer, OneTeacher } from './arch.ts'

/**
 * A way to learn from teachers. `S` is what the student must offer, `T` what the teachers must; `K` are the names of snapshots that
 * still fit afterwards.
 */
export interface Distiller<in S, in T, out K extends string = string> {
  readonly kind: 'distiller'
  readonly spec: DistillMethod
  readonly [needs]: { readonly student: (network: S) => void; readonly teacher: (network: T) => void; readonly keeps: K }
}
declare const needs: unique symbol

/** What a distiller needs exists in its type only. */
export const distiller = <S, T, K extends string = string>(spec: DistillMethod): Distiller<S, T, K> =>
  Object.freeze({ kind: 'distiller', spec }) as Distiller<S, T, K>

export interface KdOptions {
  /** Softens both predictions. More than 0, default 4. */
  readonly temperature?: number
  /** Weight of the teacher's term, from 0 (labels only) to 1 (teacher only). Default 0.9. */
  readonly alpha?: number
}

/** Knowledge distillation (Hinton, Vinyals & Dean, 2015): (1 − α)·CE(labels) + α·τ²·KL(teacher ‖ student), both at temperature τ. */
export const kd = (options?: KdOptions): Distiller<unknown, unknown> => {
  const { temperature = 4, alpha = 0.9 } = optionsOf('kd()', options, ['temperature', 'alpha'])
  return distiller({ kind: 'kd', ...softening('kd()', temperature, alpha) })
}

export interface FitnetOptions<S extends string, T extends string> {
  /** The student's layer that is guided. */
  readonly student: S
  /** The teacher's layer that hints. */
  readonly teacher: T
  /** Weight of the hint. 0 or more, default 100. */
  readonly beta?: number
}

/** FitNets (Romero et al., 2015): CE + β·MSE(r(student's map), teacher's map), r a learned 1 × 1 convolution. */
export const fitnet = <S extends string, T extends string>(
  options: FitnetOptions<S, T>,
): Distiller<HasLayer<NoInfer<S>> & OneTeacher, HasLayer<NoInfer<T>>> => {
  const verb = 'fitnet()'
  const { student, teacher, beta = 100 } = optionsOf(verb, options, ['student', 'teacher', 'beta'])
  if (typeof student !== 'string' || typeof teacher !== 'string') {
    throw mismatch(
      'fitnet() needs a layer of the student and one of the teacher.',
      verb,
      typeof student === 'string' ? 'teacher' : 'student',
      typeof student === 'string' ? teacher : student,
      'the name of a layer',
      "For example fitnet({ student: 'conv1', teacher: 'conv2' }).",
    )
  }
  return distiller({ kind: 'fitnet', student, teacher, beta: inRange(verb, 'beta', beta, ranges.notNegative) })
}

export interface SimKdOptions {
  /** r: the projector's width is the teacher's channels divided by it. A whole number from 1, default 2. */
  readonly factor?: number
  /**
   * `'labels'` is SimKD's control: student, projector and a classifier of the teacher's form, drawn anew, learn from labels alone, so that
   * what the projector adds is told from what the teacher does. Default `'features'`.
   */
  readonly learn?: 'features' | 'labels'
}

/**
 * SimKD (Chen et al., 2022): the student learns the teacher's last feature map through a projector and takes over its classifier.
 */
export const simkd = (options?: SimKdOptions): Distiller<HasFeatureMap & OneTeacher, HasFeatureMap, never> => {
  const { factor = 2, learn = 'features' } = optionsOf('simkd()', options, ['factor', 'learn'])
  const width = inRange('simkd()', 'factor', factor, ranges.count)
  const from = oneOf('simkd()', 'learn', learn, ['features', 'labels'])
  return distiller({ kind: 'simkd', factor: width, ...(from === 'labels' ? { learn: from } : {}) })
}

/** As many teachers as members: each learns from its own. */
export type OneTeacherPerMember = {
  readonly [N in Members]: { readonly members: N; readonly teachers: N }
}[Members]
type Members = 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16

/** A step on the images that makes the teachers disagree; without one there is no length. */
type Perturbing =
  | { readonly perturbation: 'none' }
  | {
      /** Default `'tdivSdiv'`: towards images where teachers differ and members do not yet. */
      readonly perturbation?: Exclude<Perturbation['kind'], 'none'>
      /** Its norm is `step`·√(numbers in an image), of a pixel's range. More than 0, default 1/255. */
      readonly step?: number
    }

export type LatentBEOptions = KdOptions & Perturbing

/**
 * LatentBE (Nam et al., 2022): every member of a batchEnsemble() student learns from a teacher of its own; mergeMembers() then gives one
 * network. `temperature` default 4, `alpha` default 1 (teachers only).
 */
export const latentBE = (options?: LatentBEOptions): Distiller<OneTeacherPerMember, unknown> => {
  const verb = 'latentBE()'
  const {
    temperature = 4,
    alpha = 1,
    perturbation = 'tdivSdiv',
    step,
  } = optionsOf(verb, options, ['temperature', 'alpha', 'perturbation', 'step'])
  const kind = oneOf(verb, 'perturbation', perturbation, ['none', 'tdivSdiv', 'ods', 'confOds', 'gaussian'])
  if (kind === 'none' && step !== undefined) {
    throw mismatch('Without a perturbation there is no step.', verb, 'step', step, 'nothing', 'Leave out one of the two.')
  }
  const length = kind === 'none' ? 0 : inRange(verb, 'step', step ?? 1 / 255, ranges.positive)
  return distiller({ kind: 'latentBE', ...softening(verb, temperature, alpha), perturbation: { kind, step: length } })
}

const softening = (verb: string, temperature: unknown, alpha: unknown) => ({
  temperature: inRange(verb, 'temperature', temperature, ranges.positive),
  alpha: inRange(verb, 'alpha', alpha, ranges.share),
})

/** What a user may give as distill()'s method, as the option of a stage. */
export const distillMethod = (method: unknown): DistillMethod => {
  plain('distill()', method)
  if (method === undefined) return kd().spec
  if (typeof method === 'object' && method !== null && 'kind' in method && method.kind === 'distiller') {
    return (method as Distiller<never, never>).spec
  }
  throw problem(
    'distill() takes a way to learn as its second argument.',
    [
      ['verb', 'distill()'],
      ['value', shown(method)],
    ],
    'For example distill(teacher, kd({ temperature: 4 })); how long and how fast to train is the third argument.',
  )
}
