import { allChosen, chosen, type Declared, optionsOf, problem, ranges, shown } from '../check/checks.ts'
import { flag, type Given, number, type Of, optional, variants, words } from '../check/form.ts'
import { type Schedule, scheduleOf, scheduleSpec } from './schedule.ts'

const lr = scheduleSpec
const velocity = {
  /** Momentum of the velocity, in [0, 1). Default 0.9. */
  momentum: number(ranges.decay, { standard: 0.9 }),
  /** Nesterov momentum; requires `momentum` above 0. Default false. */
  nesterov: flag({ standard: false }),
}
const moments = {
  /** Decay of the mean of gradients, in [0, 1). Default 0.9. */
  beta1: number(ranges.decay, { standard: 0.9 }),
  /** Decay of the mean of squared gradients, in [0, 1). Default 0.999. */
  beta2: number(ranges.decay, { standard: 0.999 }),
  /** Added to the root of the second moment. More than 0, default 1e-8. */
  epsilon: number(ranges.positive, { standard: 1e-8 }),
}
const decay = optional(words(['all', 'kernels']))
export const optimizers = variants({
  sgd: { lr, ...velocity, weightDecay: number(ranges.notNegative, { standard: 0 }), decay },
  adam: { lr, ...moments },
  adamw: { lr, ...moments, weightDecay: number(ranges.notNegative, { standard: 0.01 }), decay },
})
export type OptimizerSpec = Of<typeof optimizers>
const { sgd: ofSgd, adamw: ofAdamw } = optimizers.kinds

/** How a step changes the weights. Its state is reset at the start of each training. */
export interface Optimizer {
  readonly kind: 'optimizer'
  readonly spec: OptimizerSpec
}

const optimizer = (spec: OptimizerSpec): Optimizer => Object.freeze({ kind: 'optimizer', spec })

/** A penalty on all trained parameters, or on kernels only. 0 or more. */
export type WeightDecay = number | { readonly kernels: number }

export interface SgdOptions extends Given<typeof velocity> {
  /** Learning rate: more than 0, or a schedule. */
  readonly lr: number | Schedule
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

export interface AdamOptions extends Given<typeof moments> {
  /** Learning rate: more than 0, or a schedule. */
  readonly lr: number | Schedule
}

/** Adam (Kingma & Ba, 2015) with bias correction. */
export const adam = (options: AdamOptions): Optimizer => {
  const { lr, ...given } = optionsOf('adam()', options, ofMoments)
  return optimizer({ kind: 'adam', lr: scheduleOf('adam()', lr), ...allChosen('adam()', given, moments) })
}

export interface AdamWOptions extends AdamOptions {
  /** w ← w − lr·weightDecay·w, decoupled from the gradient step. Default 0.01. */
  readonly weightDecay?: WeightDecay
}

/** Adam with decoupled weight decay (Loshchilov & Hutter, 2019). */
export const adamw = (options: AdamWOptions): Optimizer => {
  const verb = 'adamw()'
  const { lr, weightDecay, ...given } = optionsOf(verb, options, [...ofMoments, 'weightDecay'])
  const decayed = decayOf(verb, weightDecay, ofAdamw.weightDecay)
  return optimizer({ kind: 'adamw', lr: scheduleOf(verb, lr), ...allChosen(verb, given, moments), ...decayed })
}

const ofMoments = ['lr', 'beta1', 'beta2', 'epsilon'] as const

const decayOf = (verb: string, given: unknown, field: Declared<number>): { weightDecay: number; decay?: 'kernels' } => {
  const kernels = typeof given === 'object' ? optionsOf(verb, given, ['kernels']).kernels : undefined
  if (kernels === undefined) return { weightDecay: chosen(verb, 'weightDecay', given ?? undefined, field) }
  const weightDecay = chosen(verb, 'weightDecay.kernels', kernels, field)
  return { weightDecay, ...(weightDecay === 0 ? {} : { decay: 'kernels' }) }
}

/** The same optimizer with another learning rate. */
export const withRate = (spec: OptimizerSpec, lr: OptimizerSpec['lr']): OptimizerSpec => ({ ...spec, lr })
