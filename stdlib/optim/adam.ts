/**
 * Adam (Kingma & Ba, 2015, algorithm 1): m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; w ← w − η·m̂ / (√v̂ + ε), with bias correction for m̂
 * and v̂. AdamW (Loshchilov & Hutter, 2019) takes η·λ·w off each weight first.
 */
import type { OptimizerSpec } from '../../dsl/parts/optimizer.ts'
import type { Optimizer } from './optimizer.ts'

type Options = Pick<Extract<OptimizerSpec, { kind: 'adamw' }>, 'beta1' | 'beta2' | 'epsilon' | 'weightDecay'>

export function adamOptimizer({ epsilon, weightDecay, ...given }: Options): Optimizer {
  // The step uses them in single precision, and so do the corrections.
  const [beta1, beta2] = [Math.fround(given.beta1), Math.fround(given.beta2)]
  return {
    inPlace: true,
    slots: ['first moment', 'second moment'],
    // w − (η / (1 − β₁ᵗ))·m / (√(v / (1 − β₂ᵗ)) + ε), with √(1 − β₂ᵗ) taken out of the denominator: worked out in double precision outside the step.
    scalars: [
      'learning rate · √(1 − β₂ᵗ) / (1 − β₁ᵗ)',
      'ε · √(1 − β₂ᵗ)',
      ...(weightDecay === 0 ? [] : ['1 − learning rate · weight decay']),
    ],
    scalarsAt(lr, t) {
      const root = Math.sqrt(1 - beta2 ** t)
      return [(lr * root) / (1 - beta1 ** t), epsilon * root, ...(weightDecay === 0 ? [] : [1 - lr * weightDecay])]
    },
    update(weight, gradient, [first, second], [rate, corrected, decay], anchor, engine) {
      const start =
        decay === undefined || anchor === undefined ? weight : anchor === 0 ? weight.mul(decay) : weight.sub(anchor).mul(decay).add(anchor)
      const variables = { weight, first: first!, second: second!, ...(start === weight ? {} : { start }) }
      const updated = engine?.fused?.adam(variables, gradient, { rate: rate!, epsilon: corrected! }, { beta1, beta2 })
      if (updated !== undefined) return { weight: updated.weight, slots: [updated.first, updated.second] }
      const m = first!.add(gradient.sub(first!).mul(1 - beta1))
      const v = second!.add(
        gradient
          .square()
          .sub(second!)
          .mul(1 - beta2),
      )
      return { weight: start.sub(m.mul(rate!).div(v.sqrt().add(corrected!))), slots: [m, v] }
    },
  }
}
