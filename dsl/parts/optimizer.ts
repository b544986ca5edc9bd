import { inRange, mismatch, optionsOf, ranges } from '../check/checks.ts'
import type { OptimizerSpec } from '../graph/stage-options.ts'
import { type Schedule, scheduleOf } from './schedule.ts'

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
  const { lr, momentum = 0.9, nesterov = false } = given
  const inertia = inRange(verb, 'momentum', momentum, ranges.decay)
  if (typeof nesterov !== 'boolean' || (nesterov && inertia === 0)) {
    throw mismatch(
      'nesterov looks ahead along the momentum, so it needs some.',
      verb,
      'nesterov',
      nesterov,
      'false, or true with momentum above 0',
      'Write sgd({ lr, momentum: 0.9, nesterov: true }).',
    )
  }
  return optimizer({ kind: 'sgd', lr: scheduleOf(verb, lr), momentum: inertia, nesterov, ...decayOf(verb, given.weightDecay, 0) })
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

const moments = ['lr', 'beta1', 'beta2', 'epsilon'] as const

/** Adam (Kingma & Ba, 2015) with bias correction. */
export const adam = (options: AdamOptions): Optimizer =>
  optimizer({ kind: 'adam', ...momentsOf('adam()', optionsOf('adam()', options, moments)) })

export interface AdamWOptions extends AdamOptions {
  /** w ← w − lr·weightDecay·w beside each step. Default 0.01. */
  readonly weightDecay?: WeightDecay
}

/** Adam with decoupled weight decay (Loshchilov & Hutter, 2019). */
export const adamw = (options: AdamWOptions): Optimizer => {
  const given = optionsOf('adamw()', options, [...moments, 'weightDecay'])
  return optimizer({ kind: 'adamw', ...momentsOf('adamw()', given), ...decayOf('adamw()', given.weightDecay, 0.01) })
}

type Given = { readonly [option: string]: unknown }

const momentsOf = (verb: string, { lr, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: Given) => ({
  lr: scheduleOf(verb, lr),
  beta1: inRange(verb, 'beta1', beta1, ranges.decay),
  beta2: inRange(verb, 'beta2', beta2, ranges.decay),
  epsilon: inRange(verb, 'epsilon', epsilon, ranges.positive),
})

const decayOf = (verb: string, given: unknown, standard: number): { weightDecay: number; decay?: 'kernels' } => {
  const kernels = typeof given === 'object' ? optionsOf(verb, given, ['kernels']).kernels : undefined
  if (kernels === undefined) return { weightDecay: inRange(verb, 'weightDecay', given ?? standard, ranges.notNegative) }
  const weightDecay = inRange(verb, 'weightDecay.kernels', kernels, ranges.notNegative)
  return { weightDecay, ...(weightDecay === 0 ? {} : { decay: 'kernels' }) }
}

/** The same optimizer with another learning rate. */
export const withRate = (spec: OptimizerSpec, lr: OptimizerSpec['lr']): OptimizerSpec => ({ ...spec, lr })
