/**
 * SNIP: pruning before training (Lee, Ajanthan & Torr, ICLR 2019, arXiv 1810.02340, algorithm 1). It keeps the weights with the largest |w
 * · ∂L/∂w| on a batch, in one ranking over the network, and trains them as usual.
 */
import { optionsOf } from '../../dsl/check/checks.ts'
import { type Arch, gradient, type Mask, magnitude, type Pipeline, random } from '../../dsl/index.ts'

export interface SnipOptions {
  /** In [0, 1), default 0.9. */
  readonly sparsity?: number
  /** Batches of training data for the gradient of SNIP. 1 or more, default 1. */
  readonly batches?: number
  /** Examples in each batch. Default: the task's batch; the paper uses 100 for MNIST and 128 for CIFAR-10. */
  readonly batch?: number
}

/** Prunes the initial weights. Train next. */
export const snip =
  (options: SnipOptions = {}) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, 'fresh', M, K>): Pipeline<A, 'fresh', M | 'unstructured', K> => {
    optionsOf('snip()', options, ['sparsity', 'batches', 'batch'])
    const { sparsity = 0.9, batches = 1, batch } = options
    return p.prune(gradient(sparsity, { batches, ...(batch === undefined ? {} : { batch }) }))
  }

/**
 * SNIP with its controls at the same sparsity: initial weights pruned by `magnitude` or at `random`; SNIP's mask permuted within each layer
 * (`shuffled`) and with new initial weights (`reinit`), which test whether only the layer densities matter (Frankle et al., 2021); and
 * pruning after training with fine-tuning (`afterTraining`). Only `afterTraining` trains twice as long; for an equal budget use
 * `oneShotArms()`.
 */
export const snipArms =
  (options: SnipOptions = {}) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, 'fresh', M, K | 'init'>) => {
    const { sparsity = 0.9 } = options
    const trained = p.pipe(snip(options)).train()
    return {
      dense: p.train(),
      snip: trained,
      magnitude: p.prune(magnitude(sparsity)).train(),
      random: p.prune(random(sparsity)).train(),
      shuffled: trained.reinit({ shuffleMask: true, weights: 'keep' }).rewind().train(),
      reinit: trained.reinit().train(),
      afterTraining: p.train().prune(magnitude(sparsity)).finetune(),
    }
  }
