/** Stochastic gradient descent with momentum, as PyTorch defines it: v ← μ·v + g + λ·w; w ← w − η·v, or with Nesterov w ← w − η·(g + λ·w + μ·v). */
import type { OptimizerSpec } from '../../dsl/parts/optimizer.ts'
import type { Tensor } from '../engine.ts'
import type { Optimizer } from './optimizer.ts'

type Options = Pick<Extract<OptimizerSpec, { kind: 'sgd' }>, 'momentum' | 'nesterov' | 'weightDecay'>

export function sgdOptimizer({ momentum, nesterov, weightDecay }: Options): Optimizer {
  return {
    slots: momentum === 0 ? [] : ['momentum'],
    scalars: ['learning rate'],
    scalarsAt: (lr) => [lr],
    update(weight, gradient, [velocity], [lr], anchor) {
      const g = weightDecay === 0 || anchor === undefined ? gradient : gradient.add(from(weight, anchor).mul(weightDecay))
      if (velocity === undefined) return { weight: weight.sub(g.mul(lr!)), slots: [] }
      const v = velocity.mul(momentum).add(g)
      const direction = nesterov ? g.add(v.mul(momentum)) : v
      return { weight: weight.sub(direction.mul(lr!)), slots: [v] }
    },
  }
}

const from = (weight: Tensor, anchor: number): Tensor => (anchor === 0 ? weight : weight.sub(anchor))
