/**
 * One-shot magnitude pruning, the baseline of all methods that prune during training (Blalock et al., 2020, section 7): dense training,
 * pruning, and the remaining epochs for recovery. Every comparison depends on the retraining, so the variants are separate arms.
 */
import { inRange, optionsOf, orMore, ranges, whole } from '../../dsl/check/checks.ts'
import { type Arch, type Mask, magnitude, type Pipeline, type Times } from '../../dsl/index.ts'

export interface OneShotOptions {
  /** The sparsity over all prunable weights. In [0, 1), default 0.9. */
  readonly sparsity?: number
  /** One ranking over the network (default), or one for each layer. */
  readonly scope?: 'global' | 'layer'
  /** The budget of every arm, in epochs. 2 or more. */
  readonly epochs: number
  /** Epochs of dense training before pruning. At least 1 and less than `epochs`, default three quarters, rounded. */
  readonly denseEpochs?: number
  /** Constant learning rate of the retraining: a number, or `{ times }` of the task's peak. Default `{ times: 0.1 }`. */
  readonly retrain?: number | Times
}

/**
 * All arms have the same number of epochs: `oneShotFinetune` retrains at the rate `retrain`; `oneShotRewindLR` repeats the task's schedule
 * (Renda et al., 2020); `oneShot` trains to the end, then prunes without retraining.
 */
export const oneShotArms =
  (options: OneShotOptions) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, 'fresh', M, K>) => {
    const verb = 'oneShotArms()'
    optionsOf(verb, options, ['sparsity', 'scope', 'epochs', 'denseEpochs', 'retrain'])
    const { sparsity = 0.9, scope = 'global', retrain = { times: 0.1 } } = options
    const epochs = inRange(verb, 'epochs', options.epochs, orMore(2, ranges.epochs.hint, 1e9))
    const { denseEpochs = Math.min(epochs - 1, Math.round(0.75 * epochs)) } = options
    const first = inRange(verb, 'denseEpochs', denseEpochs, whole(1, epochs - 1, 'The rest is for retraining.'))
    const selection = magnitude(sparsity, { scope, of: 'all' })
    const pruned = p.train({ epochs: first }).prune(selection)
    return {
      oneShotFinetune: pruned.finetune({ epochs: epochs - first, lr: retrain }),
      oneShotRewindLR: pruned.finetune({ epochs: epochs - first, lr: 'rewind' }),
      oneShot: p.train({ epochs }).prune(selection),
    }
  }
