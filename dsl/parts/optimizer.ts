import { chosen, type Declared, optionsOf, problem, ranges, shown } from '../check/checks.ts'
import { flag, number, type Of, optional, variants, words } from '../check/form.ts'
import { type Schedule, scheduleOf, scheduleSpec } from './schedule.ts'

const penalty = {
  weightDecay: number(ranges.notNegative, { means: 'L2 penalty, added to the gradient', standard: 0 }),
  decay: optional(words(['all', 'kernels'])),
}
const moments = {
  lr: scheduleSpec,
  beta1: number(ranges.decay, { means: 'decay of the mean of gradients', standard: 0.9 }),
  beta2: number(ranges.decay, { means: 'decay of the mean of squared gradients', standard: 0.999 }),
  epsilon: number(ranges.positive, { means: 'added to the root of the second moment', standard: 1e-8 }),
}
export const optimizers = variants({
  sgd: {
    lr: scheduleSpec,
    momentum: number(ranges.decay, { means: 'of the velocity', standard: 0.9 }),
    nesterov: flag({ means: 'looks ahead along the momentum; needs `momentum` above 0', standard: false }),
    ...penalty,
  },
  adam: moments,
  adamw: {
    ...moments,
    ...penalty,
    weightDecay: number(ranges.notNegative, { means: 'w ← w − lr·weightDecay·w beside each step', standard: 0.01 }),
  },
})
export type OptimizerSpec = Of<typeof optimizers>
const { sgd: ofSgd, adamw: ofAdamw } = optimizers.kinds

/** How a step changes the weights. Its state is fresh in each training. */
export interface Optimizer {
  readonly kind: 'optimizer'
  readonly spec: OptimizerSpec
}

const optimizer = (spec: OptimizerSpec): Optimizer => Object.freeze({ kind: 'optimizer', spec })

/** A penalty on all trained parameters, or on kernels alone. 0 or more. */
export type WeightDecay = number | { readonly kernels: number }

export interface SgdOptions {
  readonly lr: number | Schedule
  /** In [0, 1). Default 0.9. */
  readonly momentum?: number
  /** Looks ahead along the momentum; needs `momentum` above 0. Default false. */
  readonly nesterov?: boolean
  /** L2 penalty, added to the gradient. Default 0. */
  readonly weightDecay?: WeightDecay
}

/** Stochastic gradient descent: v ← momentum·v + g; w ← w − lr·v. */
export const sgd = (options: SgdOptions): Optimizer => {
  const verb = 'sgd()'
  const given = optionsOf(verb, options, ['lr', 'momentum', 'nesterov', 'weightDecay'])
  const { lr, nesterov = ofSgd.nesterov.standard } = given
  const momentum = chosen(verb, 'momentum', given.momentum, ofSgd.momentum)
  if (typeof nesterov !== 'boolean' || (nesterov && momentum === 0)) {
    throw problem(
      'nesterov looks ahead along the momentum, so it needs some.',
      { verb, option: 'nesterov', value: shown(nesterov), allowed: 'false, or true with momentum above 0' },
      'Write sgd({ lr, momentum: 0.9, nesterov: true }).',
    )
  }
  return optimizer({ kind: 'sgd', lr: scheduleOf(verb, lr), momentum, nesterov, ...decayOf(verb, given.weightDecay, ofSgd.weightDecay) })
}

export interface AdamOptions {
  readonly lr: number | Schedule
  /** Decay of the mean of gradients, in [0, 1). Default 0.9. */
  readonly beta1?: number
  /** Decay of the mean of squared gradients, in [0, 1). Default 0.999. */
  readonly beta2?: number
  /** Added to the root of the second moment. More than 0, default 1e-8. */
  readonly epsilon?: number
}

/** Adam (Kingma & Ba, 2015) with bias correction. */
export const adam = (options: AdamOptions): Optimizer =>
  optimizer({ kind: 'adam', ...momentsOf('adam()', optionsOf('adam()', options, ofMoments)) })

export interface AdamWOptions extends AdamOptions {
  /** w ← w − lr·weightDecay·w beside each step. Default 0.01. */
  readonly weightDecay?: WeightDecay
}

/** Adam with decoupled weight decay (Loshchilov & Hutter, 2019). */
export const adamw = (options: AdamWOptions): Optimizer => {
  const given = optionsOf('adamw()', options, [...ofMoments, 'weightDecay'])
  return optimizer({ kind: 'adamw', ...momentsOf('adamw()', given), ...decayOf('adamw()', given.weightDecay, ofAdamw.weightDecay) })
}

const ofMoments = ['lr', 'beta1', 'beta2', 'epsilon'] as const
type Given = { readonly [option in (typeof ofMoments)[number]]?: unknown }

const momentsOf = (verb: string, given: Given) => ({
  lr: scheduleOf(verb, given.lr),
  beta1: chosen(verb, 'beta1', given.beta1, moments.beta1),
  beta2: chosen(verb, 'beta2', given.beta2, moments.beta2),
  epsilon: chosen(verb, 'epsilon', given.epsilon, moments.epsilon),
})

const decayOf = (verb: string, given: unknown, field: Declared<number>): { weightDecay: number; decay?: 'kernels' } => {
  const kernels = typeof given === 'object' ? optionsOf(verb, given, ['kernels']).kernels : undefined
  if (kernels === undefined) return { weightDecay: chosen(verb, 'weightDecay', given ?? undefined, field) }
  const weightDecay = chosen(verb, 'weightDecay.kernels', kernels, field)
  return { weightDecay, ...(weightDecay === 0 ? {} : { decay: 'kernels' }) }
}

/** The same optimizer with another learning rate. */
export const withRate = (spec: OptimizerSpec, lr: OptimizerSpec['lr']): OptimizerSpec => ({ ...spec, lr })
