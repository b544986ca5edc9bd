/**
 * SET: sparse evolutionary training (Mocanu et al., Nature Communications 2018, arXiv 1707.04780, algorithm 1). Weights are removed at
 * random to Erdős–Rényi densities. After each epoch the fraction ζ of smallest |w| of each layer is removed, and as many grow at random
 * places in it. As in the code of RigL's authors, where it is a control, new weights start at zero and the smallest |w| are removed; the
 * paper initialises new weights at random and removes the same fraction of positive and of negative weights.
 */
import { optionsOf } from '../../dsl/check/checks.ts'
import { type Arch, type Mask, type Period, type Pipeline, random, throughout, type Weights } from '../../dsl/index.ts'

export interface SetOptions {
  /** The sparsity over all prunable weights, constant during training. In [0, 1), default 0.9. */
  readonly sparsity?: number
  /** Densities of the layers: from the Erdős–Rényi kernel (default), or all the same. */
  readonly scope?: 'erk' | 'layer'
  /** The interval between two changes of the masks: `{ epochs: 1 }` (default), or a number of steps. */
  readonly every?: Period
  /** ζ, the fraction of a layer's weights to replace. From 0 to 1, default 0.3. */
  readonly fraction?: number
  /** The fraction at `end`. From 0 to 1, by default the same as `fraction`. */
  readonly to?: number
  /** When the masks become fixed, as a fraction of the training. From 0 to 1, default 1. */
  readonly end?: number
  /** Default: the task's. */
  readonly epochs?: number
}

/** Sparse training, from the current weights. */
export const set =
  (options: SetOptions = {}) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, Weights, M, K>): Pipeline<A, 'trained', M | 'unstructured', K> => {
    optionsOf('set()', options, ['sparsity', 'scope', 'every', 'fraction', 'to', 'end', 'epochs'])
    const { sparsity = 0.9, scope = 'erk', every = { epochs: 1 }, fraction = 0.3, to = fraction, end = 1, ...given } = options
    const regrow = { grow: 'random', fraction, to, end } as const
    return p.prune(random(sparsity, { scope }), { schedule: throughout(), mode: 'regrow', regrow, every, ...given })
  }
