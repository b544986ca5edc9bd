/**
 * RigL: sparse training from start to end with a constant number of weights (Evci et al., ICML 2020, arXiv 1911.11134, algorithm 1).
 * Weights are removed at random to Erdős–Rényi densities. Every ΔT steps until T_end, a batch is used for the gradient of all weights
 * instead of a step. In each layer the fraction f of smallest |w| is removed, and as many weights with the largest |∂L/∂w| grow, from zero;
 *
 *   f(t) = α/2 · (1 + cos(π t / T_end))
 */
import { optionsOf } from '../../dsl/check/checks.ts'
import { type Arch, type Mask, type Period, type Pipeline, random, throughout, type Weights } from '../../dsl/index.ts'
import { set } from './set.ts'

export interface RiglOptions {
  /** The sparsity over all prunable weights, constant during training. In [0, 1), default 0.9. */
  readonly sparsity?: number
  /** Densities of the layers: from the Erdős–Rényi kernel (default), or all the same. */
  readonly scope?: 'erk' | 'layer'
  /** ΔT, steps between two changes of the masks, or `{ epochs: 1 }`. 1 or more, default 100 steps, as in the paper. */
  readonly every?: Period
  /** α, the fraction of a layer's weights replaced at first. From 0 to 1, default 0.3. */
  readonly fraction?: number
  /** T_end as a fraction of the training. From 0 to 1, default 0.75. */
  readonly end?: number
  /** Default: the task's. */
  readonly epochs?: number
}

/** Sparse training, from the current weights. */
export const rigl =
  (options: RiglOptions = {}) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, Weights, M, K>): Pipeline<A, 'trained', M | 'unstructured', K> => {
    optionsOf('rigl()', options, names)
    const { sparsity: _, scope: _scope, fraction = 0.3, end = 0.75, ...given } = options
    return p.prune(drawnAway(options), { schedule: throughout(), mode: 'regrow', regrow: { grow: 'gradient', fraction, end }, ...given })
  }

/**
 * `rigl` with its controls, with the same number of epochs: `set`, the same except that weights grow at random places; `static`, which
 * keeps the initial masks of both; `dense`, without masks.
 */
export const sparseTrainingArms =
  (options: RiglOptions = {}) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, 'fresh', M, K>) => {
    optionsOf('sparseTrainingArms()', options, names)
    const { epochs } = options
    const budget = epochs === undefined ? {} : { epochs }
    const { end = 0.75, fraction = 0.3, every = 100 } = options
    return {
      dense: p.train(budget),
      rigl: p.pipe(rigl(options)),
      set: p.pipe(set({ ...options, every, fraction, to: 0, end })),
      static: p.prune(drawnAway(options)).train(budget),
    }
  }

const names = ['sparsity', 'scope', 'every', 'fraction', 'end', 'epochs'] as const

const drawnAway = ({ sparsity = 0.9, scope = 'erk' }: RiglOptions) => random(sparsity, { scope })
