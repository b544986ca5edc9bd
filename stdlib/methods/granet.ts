/**
 * GraNet: gradual pruning with zero-cost neuroregeneration (Liu et al., NeurIPS 2021, arXiv 2106.10404, algorithm 1). The network starts
 * dense, or randomly sparse with Erdős–Rényi densities. Every ΔT steps the smallest |w| of the whole network are removed according to the
 * cubic schedule of gradual pruning. Then a further fraction of each layer is removed, and as many weights with the largest |∂L/∂w| grow,
 * from zero.
 */
import { optionsOf } from '../../dsl/check/checks.ts'
import { type Arch, cubic, type Mask, magnitude, type Period, type Pipeline, random, type Weights } from '../../dsl/index.ts'

export interface GranetOptions {
  /** The final sparsity over all prunable weights. In [0, 1), default 0.9. */
  readonly sparsity?: number
  /** The initial sparsity: 0.5 (default), or 0 for a dense network. Below `sparsity`. */
  readonly from?: number
  /** ΔT, steps between two changes of the masks, or `{ epochs: 1 }`. 1 or more, default 1,000 steps, as for CIFAR in the authors' README. */
  readonly every?: Period
  /**
   * The fraction of a layer's weights replaced at first, in addition to the schedule. From 0 to 1, default 0.5; 0.005 at the end, as in the
   * authors' code.
   */
  readonly fraction?: number
  /** The end of the schedule, as a fraction of the training. In (0, 1], default 0.6875: the authors' 110 of 160 epochs. */
  readonly rampEnd?: number
  /** Default: the task's. */
  readonly epochs?: number
}

/** Trains with growing sparsity, from the current weights. */
export const granet =
  (options: GranetOptions = {}) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, Weights, M, K>): Pipeline<A, 'trained', M | 'unstructured', K> => {
    optionsOf('granet()', options, ['sparsity', 'from', 'every', 'fraction', 'rampEnd', 'epochs'])
    const { sparsity = 0.9, from = 0.5, every = 1000, fraction = 0.5, rampEnd = 0.6875, ...given } = options
    const regrow = { grow: 'gradient', fraction, to: 0.005, end: 1 } as const
    const gradually = { schedule: cubic({ from, end: rampEnd }), mode: 'regrow', regrow, every, ...given } as const
    const smallest = magnitude(sparsity, { of: 'all' })
    return from === 0 ? p.prune(smallest, gradually) : p.prune(random(from, { scope: 'erk' })).prune(smallest, gradually)
  }
