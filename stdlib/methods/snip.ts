/**
 * SNIP: pruning before any training (Lee, Ajanthan & Torr, ICLR 2019, arXiv 1810.02340, algorithm 1): the weights with the largest
 * |w · ∂L/∂w| on a batch stay, in one ranking over the network; then the rest is trained as usual.
 */
import { optionsOf } from '../../dsl/check/checks.ts'
import { type Arch, gradient, type Mask, magnitude, type Pipeline, random } from '../../dsl/index.ts'

export interface SnipOptions {
  /** In [0, 1), default 0.9. */
  readonly sparsity?: number
  /** Batches of training data that the gradient is taken on. 1 or more, default 1. */
  readonly batches?: number
  /** Examples in each. Default: the task's batch; the paper has 100 for MNIST, 128 for CIFAR-10. */
  readonly batch?: number
}

/** First weights, pruned. Train them next. */
export const snip =
  (options: SnipOptions = {}) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, 'fresh', M, K>): Pipeline<A, 'fresh', M | 'unstructured', K> => {
    optionsOf('snip()', options, ['sparsity', 'batches', 'batch'])
    const { sparsity = 0.9, batches = 1, batch } = options
    return p.prune(gradient(sparsity, { batches, ...(batch === undefined ? {} : { batch }) }))
  }

/**
 * SNIP trained, with its controls at the same sparsity: first weights pruned by `magnitude` or at `random`; SNIP's mask with the holes of
 * each layer elsewhere (`shuffled`) and under other first weights (`reinit`), which ask whether more than its layers' densities counts
 * (Frankle et al., 2021); and pruning after training, fine-tuned (`afterTraining`), which alone is trained for twice as long: at one budget
 * stands `oneShotArms()`.
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
