/**
 * Adam (Kingma & Ba, 2015, algorithm 1): m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; w ← w − η·m̂ / (√v̂ + ε), m̂ and v̂ corrected for
 * their start at zero. AdamW (Loshchilov & Hutter, 2019) takes η·λ·w off each weight first.
 */
import type { OptimizerSpec } from '../../dsl/parts/optimizer.ts'
import type { Optimizer } from './optimizer.ts'

type Options = Pick<Extract<OptimizerSpec, { kind: 'adamw' }>, 'beta1' | 'beta2' | 'epsilon' | 'weightDecay'>

export function adamOptimizer({ beta1, beta2, epsilon, weightDecay }: Options): Optimizer {
  return {
    inPlace: false,
    slots: ['first moment', 'second moment'],
    // The corrections are worked out in double precision outside the step.
    scalars: ['learning rate / (1 − β₁ᵗ)', '√(1 − β₂ᵗ)', ...(weightDecay === 0 ? [] : ['1 − learning rate · weight decay'])],
    scalarsAt: (lr, t) => [lr / (1 - beta1 ** t), Math.sqrt(1 - beta2 ** t), ...(weightDecay === 0 ? [] : [1 - lr * weightDecay])],
    update(weight, gradient, [first, second], [rate, correction, decay], anchor) {
      const m = first!.mul(beta1).add(gradient.mul(1 - beta1))
      const v = second!.mul(beta2).add(gradient.square().mul(1 - beta2))
      const denominator = v.sqrt().div(correction!).add(epsilon)
      const start =
        decay === undefined || anchor === undefined ? weight : anchor === 0 ? weight.mul(decay) : weight.sub(anchor).mul(decay).add(anchor)
      return { weight: start.sub(m.div(denominator).mul(rate!)), slots: [m, v] }
    },
  }
}
