import { allChosen, inRange, optionsOf, problem, ranges, shown } from '../check/checks.ts'
import { type Given, list, number, type Of, optional, type StructOf, struct, text, words } from '../check/form.ts'
import { functionReference } from '../check/function-reference.ts'
import type { HasFeatureMap } from './arch.ts'
import { fromFeatures, lacksFeatures, layersNamed } from './distill-features.ts'
import { fromLogits } from './distill-logits.ts'
import { type Distiller, type DistillerRecord, distiller, flat, severalMembers } from './distiller.ts'

const softening = {
  /** Softens both predictions. More than 0, default 4. */
  temperature: number(ranges.positive, { standard: 4 }),
  /** Weight of the teacher's term, from 0 (labels only) to 1 (teacher only). Default 0.9. */
  alpha: number(ranges.share, { standard: 0.9 }),
}
const ofMembers = {
  ...softening,
  /** Weight of the teachers' term, from 0 (labels only) to 1 (teachers only). Default 1. */
  alpha: number(ranges.share, { standard: 1 }),
}
/** Separate weights for both terms, which need not add up to 1. */
const weighted = {
  temperature: softening.temperature,
  /** Weight of the labels' term. 0 or more, default 1. */
  ce: number(ranges.notNegative, { standard: 1 }),
  /** Weight of the teacher's term, τ²·KL. 0 or more, default 1. */
  kl: number(ranges.notNegative, { standard: 1 }),
}
const projecting = {
  /** r: the projector's width is the teacher's channels divided by it. A whole number from 1, default 2. */
  factor: number(ranges.count, { standard: 2 }),
}
const learning = {
  ...projecting,
  /**
   * `'labels'` is SimKD's control: student, projector and a new classifier of the teacher's shape are trained on labels only. It separates
   * the effect of the projector from that of the teacher. Default `'features'`.
   */
  learn: words(['features', 'labels'], { standard: 'features' }),
}
/** How images are perturbed to where the teachers differ. */
const perturbations = words(['none', 'tdivSdiv', 'ods', 'confOds', 'gaussian'], { standard: 'tdivSdiv' })
/** A step on the images away from their class, up to a norm of `step` · √D, with D the numbers in an image; `none`: no step. */
const perturbation = struct({
  kind: perturbations,
  step: number(ranges.notNegative, { standard: 1 / 255 }),
})
/** A perturbation of the inputs that makes the members differ, and its step. */
export type Perturbation = Of<typeof perturbation>

/** Every distillation method. */
const distillers = {
  /** (1 − α)·CE + α·τ²·KL, or ce·CE + kl·τ²·KL. */
  kd: {
    options: { temperature: softening.temperature, alpha: optional(softening.alpha), ce: optional(weighted.ce), kl: optional(weighted.kl) },
    predicts: ['tokens'],
  },
  ...fromLogits,
  ...fromFeatures,
  /** `learn: 'labels'`: the control with the projector and a new classifier, trained on labels only. */
  simkd: {
    options: { ...projecting, learn: optional(words(['labels'])) },
    keepsNetwork: false,
    lacks: ({ student, teacher }) =>
      severalMembers('simkd() reads features of networks without members', [student, teacher]) ??
      flat('simkd() reads the last feature map', [student, teacher]),
  },
  latentBE: {
    options: { ...ofMembers, perturbation },
    lacks: ({ student, teachers }) =>
      student.arch.members === teachers && teachers > 1
        ? undefined
        : {
            model: student.model,
            asked: 'latentBE() gives each member a teacher of its own',
            found: `${student.arch.members} for ${teachers} ${teachers === 1 ? 'teacher' : 'teachers'}`,
          },
  },
  /** With named layers, the function receives their features. */
  custom: {
    options: { fn: functionReference, student: optional(list(text)), teacher: optional(list(text)) },
    predicts: ['tokens', 'numbers'],
    lacks: (given) => lacksFeatures('loss()', given, layersNamed(given.method)),
  },
} as const satisfies { readonly [kind: string]: DistillerRecord }

// As the default, so that `export *` gives users the constructors and not the table.
export default distillers

type Kind = keyof typeof distillers
/** The method of `distill()`, as stored in a stage. */
export type DistillMethod = { [K in Kind]: { readonly kind: K } & StructOf<(typeof distillers)[K]['options']> }[Kind]

export type SharedKdOptions = Given<typeof softening>
/** One weight for both terms, or one for each. */
export type KdOptions =
  | (SharedKdOptions & { readonly ce?: never; readonly kl?: never })
  | (Given<typeof weighted> & { readonly alpha?: never })

/**
 * Knowledge distillation (Hinton, Vinyals & Dean, 2015): (1 − α)·CE(labels) + α·τ²·KL(teacher ‖ student), KL at temperature τ. With `{ ce,
 * kl }` instead of α: ce·CE + kl·τ²·KL, as in comparisons since Tian et al. (2020).
 */
export const kd = (options?: KdOptions): Distiller<unknown, unknown> => {
  const verb = 'kd()'
  const given = optionsOf(verb, options, ['temperature', 'alpha', 'ce', 'kl'])
  if (given.ce === undefined && given.kl === undefined) return distiller({ kind: 'kd', ...allChosen(verb, options, softening) })
  if (given.alpha === undefined) return distiller({ kind: 'kd', ...allChosen(verb, options, weighted) })
  throw problem(
    'alpha divides the weight between both terms; ce and kl weight each term on its own.',
    { verb, option: 'alpha', value: shown(given.alpha), allowed: 'nothing with ce or kl' },
    'Leave out one of the two.',
  )
}

export type SimKdOptions = Given<typeof learning>

/**
 * SimKD (Chen et al., 2022): the student learns the teacher's last feature map through a projector and takes over its classifier. For an
 * ensemble it has a projector and a classifier for each teacher, and predicts with the mean of their logits.
 */
export const simkd = (options?: SimKdOptions): Distiller<HasFeatureMap, HasFeatureMap, never> => {
  const { learn, ...given } = allChosen('simkd()', options, learning)
  return distiller({ kind: 'simkd', ...given, ...(learn === 'labels' ? { learn } : {}) })
}

/** As many teachers as members: each member learns from one teacher. */
export type OneTeacherPerMember = {
  readonly [N in Members]: { readonly members: N; readonly teachers: N }
}[Members]
type Members = 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16

/** A step on the images that makes the teachers disagree; without one, `step` is not allowed. */
type Perturbing =
  | { readonly perturbation: 'none' }
  | {
      /** Default `'tdivSdiv'`: towards images on which the teachers differ and the members do not yet. */
      readonly perturbation?: Exclude<Perturbation['kind'], 'none'>
      /** The norm of the perturbation is `step`·√(numbers in an image), relative to a pixel's range. More than 0, default 1/255. */
      readonly step?: number
    }

type OfMembers = Given<typeof ofMembers>
export type LatentBEOptions = OfMembers & Perturbing

/**
 * LatentBE (Nam et al., 2022): every member of a batchEnsemble() student learns from a different teacher; mergeMembers() then returns one
 * network.
 */
export const latentBE = (options?: LatentBEOptions): Distiller<OneTeacherPerMember, unknown> => {
  const verb = 'latentBE()'
  const { step, ...given } = optionsOf(verb, options, ['temperature', 'alpha', 'perturbation', 'step'])
  const { perturbation: kind, ...softened } = allChosen(verb, given, { ...ofMembers, perturbation: perturbations })
  if (kind === 'none' && step !== undefined) {
    throw problem(
      'step is the size of a perturbation, and there is none.',
      { verb, option: 'step', value: shown(step), allowed: 'nothing' },
      'Leave out one of the two.',
    )
  }
  const length = kind === 'none' ? 0 : inRange(verb, 'step', step ?? perturbation.fields.step.standard, ranges.positive)
  return distiller({ kind: 'latentBE', ...softened, perturbation: { kind, step: length } })
}
