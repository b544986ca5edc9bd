import { inRange, optionsOf, problem, ranges, shown } from './checks.ts'
import { type Schedule, scheduleOf } from './schedule.ts'
import type { OptimizerSpec } from './stage.ts'

/** How a step changes the weights. Its state is fresh in each training. */
export interface Optimizer {
  readonly kind: 'optimizer'
  readonly spec: OptimizerSpec
}

const optimizer = (spec: OptimizerSpec): Optimizer => Object.freeze({ kind: 'optimizer', spec })

export interface SgdOptions {
  readonly lr: number | Schedule
  /** In [0, 1). Default 0.9. */
  readonly momentum?: number
  /** Looks ahead along the momentum; needs `momentum` above 0. Default false. */
  readonly nesterov?: boolean
  /** L2 penalty, added to the gradient of every trained weight. 0 or more, default 0. */
  readonly weightDecay?: number
}

/** Stochastic gradient descent: v ← momentum·v + g; w ← w − lr·v. */
export const sgd = (options: SgdOptions): Optimizer => {
  const verb = 'sgd()'
  const { lr, momentum = 0.9, nesterov = false, weightDecay = 0 } = optionsOf(verb, options, ['lr', 'momentum', 'nesterov', 'weightDecay'])
  const inertia = inRange(verb, 'momentum', momentum, ranges.decay)
  if (typeof nesterov !== 'boolean' || (nesterov && inertia === 0)) {
    throw problem(
      'nesterov looks ahead along the momentum, so it needs some.',
      [
        ['verb', verb],
        ['option', 'nesterov'],
        ['value', shown(nesterov)],
        ['allowed', 'false, or true with momentum above 0'],
      ],
      'Write sgd({ lr, momentum: 0.9, nesterov: true }).',
    )
  }
  const decay = inRange(verb, 'weightDecay', weightDecay, ranges.notNegative)
  return optimizer({ kind: 'sgd', lr: scheduleOf(verb, lr), momentum: inertia, nesterov, weightDecay: decay })
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
export const adam = (options: AdamOptions): Optimizer => {
  const verb = 'adam()'
  const { lr, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = optionsOf(verb, options, ['lr', 'beta1', 'beta2', 'epsilon'])
  return optimizer({
    kind: 'adam',
    lr: scheduleOf(verb, lr),
    beta1: inRange(verb, 'beta1', beta1, ranges.decay),
    beta2: inRange(verb, 'beta2', beta2, ranges.decay),
    epsilon: inRange(verb, 'epsilon', epsilon, ranges.positive),
  })
}

/** The same optimizer with another learning rate. */
export const withRate = (spec: OptimizerSpec, lr: OptimizerSpec['lr']): OptimizerSpec => ({ ...spec, lr })
