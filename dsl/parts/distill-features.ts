/** Distillation from a teacher's features, in addition to labels and, optionally, its predictions. */
import { allChosen, chosen, optionsOf, problem, ranges, shown } from '../check/checks.ts'
import { type Given, list, number, optional, text } from '../check/form.ts'
import type { HasFeatureMap, HasLayer, OneNetwork, OneTeacher } from './arch.ts'
import {
  type Distiller,
  type DistillerRecord,
  distiller,
  flat,
  type Lack,
  noLayer,
  type Pairing,
  severalMembers,
  severalTeachers,
} from './distiller.ts'

const predicting = {
  /** Weight of an additional τ²·KL to the teacher's predictions. 0 or more, default 0; 1 in the tables of Chen et al. (2022). */
  kl: number(ranges.notNegative, { standard: 0 }),
  /** Temperature of that term. More than 0, default 4. */
  temperature: number(ranges.positive, { standard: 4 }),
}
const predictingToo = { kl: optional(predicting.kl), temperature: optional(predicting.temperature) }
const hinting = {
  /** Weight of the hint. 0 or more, default 100. */
  beta: number(ranges.notNegative, { standard: 100 }),
}
const attending = {
  /** Weight of the distance between the maps. 0 or more, default 1000. */
  beta: number(ranges.notNegative, { standard: 1000 }),
}
const preserving = {
  /** Weight of the distance between the similarity matrices. 0 or more, default 3000. */
  beta: number(ranges.notNegative, { standard: 3000 }),
}
const relating = {
  /** Weight of the distances between two examples. 0 or more, default 25. */
  distance: number(ranges.notNegative, { standard: 25 }),
  /** Weight of the angles between three. 0 or more, default 50. */
  angle: number(ranges.notNegative, { standard: 50 }),
}

const connecting = {
  /** Weight of both distances. 0 or more, default 1. */
  beta: number(ranges.notNegative, { standard: 1 }),
}
const contrasting = {
  /** Weight of the contrastive term. 0 or more, default 0.8. */
  beta: number(ranges.notNegative, { standard: 0.8 }),
  /** The number of negatives, from other classes, for each example. A whole number from 1, default 16384. */
  negatives: number(ranges.count, { standard: 16384 }),
  /** Dimension of the embeddings. A whole number from 1, default 128. */
  width: number(ranges.count, { standard: 128 }),
  /** Temperature of the scores. More than 0, default 0.07. */
  contrast: number(ranges.positive, { standard: 0.07 }),
  /**
   * Momentum of the memory bank: the fraction of a stored embedding that is kept at an update. From 0 up to but not including 1, default
   * 0.5.
   */
  momentum: number(ranges.decay, { standard: 0.5 }),
}

/** Layers that a method names: one per network, or a list. */
export const layersNamed = ({ student = [], teacher = [] }: Pairing['method']) => ({
  student: [student].flat() as readonly string[], // as the method's form says
  teacher: [teacher].flat() as readonly string[],
})

/** Reports a missing requirement: one network on each side, with these layers. */
export const lacksFeatures = (verb: string, given: Pairing, layers: ReturnType<typeof layersNamed>): Lack | undefined => {
  const named = [
    ...layers.student.map((layer) => noLayer(given.student, layer)),
    ...layers.teacher.map((layer) => noLayer(given.teacher, layer)),
  ]
  const inside =
    named.length === 0 ? undefined : severalMembers(`${verb} reads features of networks without members`, [given.student, given.teacher])
  return inside ?? named.find((lack) => lack !== undefined)
}

/** For methods that read features of one network on each side. */
const lacksOne = (verb: string, given: Pairing): Lack | undefined =>
  severalTeachers(verb, given) ?? severalMembers(`${verb}() reads features of networks without members`, [given.student, given.teacher])

export const fromFeatures = {
  /** CE + β · MSE(r(student's map), teacher's map), r a learned 1 × 1 convolution (Romero et al., 2015); with kl · τ²·KL. */
  fitnet: {
    options: { student: text, teacher: text, ...hinting, ...predictingToo },
    lacks: (given) =>
      severalTeachers('fitnet', given) ??
      severalMembers('fitnet() reads features of a student without members', [given.student]) ??
      noLayer(given.student, String(given.method.student)) ??
      noLayer(given.teacher, String(given.method.teacher)),
  },
  /** CE + β · Σ over pairs of layers MSE(Q(student's map), Q(teacher's map)), Q the normalised sum of squares over channels. */
  at: {
    options: { student: list(text), teacher: list(text), ...attending, ...predictingToo },
    lacks: (given) => lacksOne('at', given) ?? lacksFeatures('at()', given, layersNamed(given.method)),
  },
  /** CE + β · the squared distance of the batch's normalised similarities, over batch². */
  sp: {
    options: { ...preserving, ...predictingToo },
    lacks: (given) => lacksOne('sp', given) ?? flat('sp() reads the last feature map', [given.student, given.teacher]),
  },
  /** CE + distances + angles between the examples of a batch. */
  rkd: { options: { ...relating, ...predictingToo }, lacks: (given) => lacksOne('rkd', given) },
  /** CE + β · (MSE of the vectors, with the student's connected, + MSE of the logits of the teacher's classifier on them). */
  srrl: { options: { ...connecting, ...predictingToo }, lacks: (given) => lacksOne('srrl', given) },
  /** CE + β · NCE between both embeddings of an example and those of examples of other classes. */
  crd: { options: { ...contrasting, ...predictingToo }, lacks: (given) => lacksOne('crd', given) },
} as const satisfies { readonly [kind: string]: DistillerRecord }

type Predicting = Given<typeof predicting>

/** The term for the teacher's predictions; none if its weight is 0. */
const predictionsOf = (verb: string, given: { readonly kl?: unknown; readonly temperature?: unknown }) => {
  const kl = chosen(verb, 'kl', given.kl, predicting.kl)
  if (kl === 0 && given.temperature !== undefined) {
    throw problem(
      'temperature belongs to the term of the teacher (kl), which has no weight here.',
      { verb, option: 'temperature', value: shown(given.temperature), allowed: 'nothing without kl' },
      'Give kl too, or leave temperature out.',
    )
  }
  return kl === 0 ? {} : { kl, temperature: chosen(verb, 'temperature', given.temperature, predicting.temperature) }
}

export interface FitnetOptions<S extends string, T extends string> extends Given<typeof hinting>, Predicting {
  /** The guided layer of the student. */
  readonly student: S
  /** The hint layer of the teacher. */
  readonly teacher: T
}

/**
 * FitNets (Romero et al., 2015): CE + β·MSE(r(student's map), teacher's map) [+ kl·τ²·KL], with r a learned 1 × 1 convolution, batch norm
 * and ReLU as in RepDistiller. Features are read after the batch norm, the shortcut and the activation that follow a layer.
 */
export const fitnet = <S extends string, T extends string>(
  options: FitnetOptions<S, T>,
): Distiller<HasLayer<NoInfer<S>> & OneTeacher & OneNetwork, HasLayer<NoInfer<T>>> => {
  const verb = 'fitnet()'
  const given = optionsOf(verb, options, ['student', 'teacher', 'beta', 'kl', 'temperature'])
  const { student, teacher, beta } = given
  if (typeof student !== 'string' || typeof teacher !== 'string') {
    const option = typeof student === 'string' ? 'teacher' : 'student'
    throw problem(
      'fitnet() needs a layer of the student and one of the teacher.',
      { verb, option, value: shown(given[option]), allowed: 'the name of a layer' },
      "For example fitnet({ student: 'conv1', teacher: 'conv2' }).",
    )
  }
  return distiller({ kind: 'fitnet', student, teacher, beta: chosen(verb, 'beta', beta, hinting.beta), ...predictionsOf(verb, given) })
}

export interface AtOptions<S extends string, T extends string> extends Given<typeof attending>, Predicting {
  /** The student's layers, from input to output. Features are read after the batch norm, the shortcut and the activation that follow. */
  readonly student: readonly S[]
  /** The teacher's layers, in the same order as the student's. */
  readonly teacher: readonly T[]
}

/**
 * Attention transfer (Zagoruyko & Komodakis, ICLR 2017, equation 2, as in their code): CE + β·Σ MSE(Q(student's map), Q(teacher's map)) [+
 * kl·τ²·KL], with Q the squares averaged over channels, as one vector normalised to length 1. The larger map is averaged to the size of the
 * smaller one.
 */
export const at = <const S extends string, const T extends string>(
  options: AtOptions<S, T>,
): Distiller<HasLayer<NoInfer<S>> & OneTeacher & OneNetwork, HasLayer<NoInfer<T>> & OneNetwork> => {
  const verb = 'at()'
  const given = optionsOf(verb, options, ['student', 'teacher', 'beta', 'kl', 'temperature'])
  const [student, teacher] = [layerNames(verb, 'student', given.student), layerNames(verb, 'teacher', given.teacher)]
  if (student.length !== teacher.length) {
    throw problem(
      'at() compares layers in pairs.',
      { verb, student: student.length, teacher: teacher.length },
      'Name as many layers of the student as of the teacher.',
    )
  }
  return distiller({ kind: 'at', student, teacher, beta: chosen(verb, 'beta', given.beta, attending.beta), ...predictionsOf(verb, given) })
}

/** @throws PipelineProblem for anything but a list of names */
export const layerNames = (verb: string, option: string, given: unknown): readonly string[] => {
  if (Array.isArray(given) && given.length > 0 && given.every((name) => typeof name === 'string')) return given
  throw problem(
    `${verb} needs layers by name.`,
    { verb, option, value: shown(given), allowed: 'a list of names of layers' },
    "For example { student: ['conv1', 'conv2'], teacher: ['conv2', 'conv4'] }.",
  )
}

export type SpOptions = Given<typeof preserving> & Predicting

/**
 * Similarity-preserving distillation (Tung & Mori, ICCV 2019, equations 2 to 4): CE + β·‖G_T − G_S‖²/batch² [+ kl·τ²·KL], with G the
 * pairwise products of the last feature maps in the batch, each row normalised to length 1.
 */
export const sp = (options?: SpOptions): Distiller<HasFeatureMap & OneTeacher & OneNetwork, HasFeatureMap & OneNetwork> => {
  const given = optionsOf('sp()', options, ['beta', 'kl', 'temperature'])
  return distiller({ kind: 'sp', beta: chosen('sp()', 'beta', given.beta, preserving.beta), ...predictionsOf('sp()', given) })
}

export type RkdOptions = Given<typeof relating> & Predicting

/**
 * Relational distillation (Park et al., CVPR 2019, equations 4 to 9): CE + distance·Huber(distances of two examples over their mean) +
 * angle·Huber(cosines of the angles of three) [+ kl·τ²·KL], on the inputs of the last layers.
 */
export const rkd = (options?: RkdOptions): Distiller<OneTeacher & OneNetwork, OneNetwork> => {
  const { kl, temperature, ...given } = optionsOf('rkd()', options, ['distance', 'angle', 'kl', 'temperature'])
  return distiller({ kind: 'rkd', ...allChosen('rkd()', given, relating), ...predictionsOf('rkd()', { kl, temperature }) })
}

export type SrrlOptions = Given<typeof connecting> & Predicting

/**
 * SRRL (Yang et al., ICLR 2021): CE + β·(MSE(r(x), t) + MSE(c(r(x)), c(t))) [+ kl·τ²·KL], with x and t the inputs of the last layers, r a
 * learned linear layer with batch norm and ReLU, and c the frozen teacher's classifier. As in the code of Chen et al. (2022).
 */
export const srrl = (options?: SrrlOptions): Distiller<OneTeacher & OneNetwork, OneNetwork> => {
  const given = optionsOf('srrl()', options, ['beta', 'kl', 'temperature'])
  return distiller({ kind: 'srrl', beta: chosen('srrl()', 'beta', given.beta, connecting.beta), ...predictionsOf('srrl()', given) })
}

export type CrdOptions = Given<typeof contrasting> & Predicting

/**
 * Contrastive representation distillation (Tian et al., ICLR 2020, equation 18): CE + β·NCE [+ kl·τ²·KL] between learned embeddings of the
 * inputs of the last layers, with a memory bank of the whole training split. Defaults are RepDistiller's.
 */
export const crd = (options?: CrdOptions): Distiller<OneTeacher & OneNetwork, OneNetwork> => {
  const { kl, temperature, ...given } = optionsOf('crd()', options, [
    'beta',
    'negatives',
    'width',
    'contrast',
    'momentum',
    'kl',
    'temperature',
  ])
  return distiller({ kind: 'crd', ...allChosen('crd()', given, contrasting), ...predictionsOf('crd()', { kl, temperature }) })
}
