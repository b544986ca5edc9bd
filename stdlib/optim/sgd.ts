/** Stochastic gradient descent with momentum, as PyTorch defines it: v ← μ·v + g + λ·w; w ← w − η·v, or with Nesterov w ← w − η·(g + λ·w + μ·v). */
import type { OptimizerSpec } from '../../dsl/parts/optimizer.ts'
import type { Tensor } from '../engine.ts'
import type { Optimizer } from './optimizer.ts'

type Options = Pick<Extract<OptimizerSpec, { kind: 'sgd' }>, 'momentum' | 'nesterov' | 'weightDecay'>

export function sgdOptimizer({ momentum, nesterov, weightDecay }: Options): Optimizer {
  return {
    inPlace: momentum !== 0 && !nesterov,
    slots: momentum === 0 ? [] : ['momentum'],
    scalars: ['learning rate'],
    scalarsAt: (lr) => [lr],
    update(weight, gradient, [velocity], [lr], anchor, engine) {
      const g = weightDecay === 0 || anchor === undefined ? gradient : gradient.add(from(weight, anchor).mul(weightDecay))
      if (velocity === undefined) return { weight: weight.sub(g.mul(lr!)), slots: [] }
      const updated = nesterov ? undefined : engine?.fused?.momentum({ weight, velocity }, g, lr!, momentum)
      if (updated !== undefined) return { weight: updated.weight, slots: [updated.velocity] }
      const v = velocity.mul(momentum).add(g)
      const direction = nesterov ? g.add(v.mul(momentum)) : v
      return { weight: weight.sub(direction.mul(lr!)), slots: [v] }
    },
  }
}

const from = (weight: Tensor, anchor: number): Tensor => (anchor === 0 ? weight : weight.sub(anchor))
