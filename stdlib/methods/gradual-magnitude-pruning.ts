/**
 * GMP: gradual magnitude pruning (Zhu & Gupta, 2017, arXiv 1710.01878, equation 1), s_t = s + (s₀ − s)(1 − x)³ between two points of the
 * training. Removed weights stay removed. With `recover` they receive no gradient of the loss; remaining momentum and weight decay still
 * change them, and they return when others fall below them. Masks are computed from the stored dense weights, never from masked ones.
 */
import { optionsOf } from '../../dsl/check/checks.ts'
import { type Arch, cubic, type Mask, magnitude, type Period, type Pipeline, type RampOptions, type Weights } from '../../dsl/index.ts'
import { type OneShotOptions, oneShotArms } from './one-shot.ts'

export interface GmpOptions {
  /** The final sparsity over all prunable weights. In [0, 1), default 0.9. */
  readonly sparsity?: number
  /** Steps between two masks, or `{ epochs: 1 }`. 1 or more, default 100 steps. */
  readonly every?: Period
  /** The start and end of the ramp, as fractions of the training. Default 0 to 0.75. */
  readonly ramp?: RampOptions
  /** Whether removed weights may return. Default false. */
  readonly recover?: boolean
  /** One ranking for each layer as in the paper (default), or one over the network. */
  readonly scope?: 'layer' | 'global'
  /** Default: the task's. */
  readonly epochs?: number
}

/** Prunes while training, from the current weights. */
export const gmp =
  (options: GmpOptions = {}) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, Weights, M, K>): Pipeline<A, 'trained', M | 'unstructured', K> => {
    optionsOf('gmp()', options, ['sparsity', 'every', 'ramp', 'recover', 'scope', 'epochs'])
    const { sparsity: _, scope: _scope, ramp, recover = false, ...given } = options
    return p.prune(selection(options), { schedule: cubic(ramp), mode: recover ? 'recover' : 'freeze', ...given })
  }

/** `epochs` is the budget of every arm; `denseEpochs` and `retrain` are for the one-shot arms. */
export type GmpArmsOptions = Omit<GmpOptions, 'recover' | 'epochs'> & Pick<OneShotOptions, 'epochs' | 'denseEpochs' | 'retrain'>

/**
 * Gradual pruning without recovery (`gradual`) and with it (`recovering`). The controls are the `dense` network and one-shot pruning:
 * `oneShotFinetune`, `oneShotRewindLR`, and `oneShot` without retraining. All arms train for the same number of epochs.
 */
export const gmpArms =
  (options: GmpArmsOptions) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, 'fresh', M, K>) => {
    optionsOf('gmpArms()', options, ['sparsity', 'every', 'ramp', 'scope', 'epochs', 'denseEpochs', 'retrain'])
    const { denseEpochs, retrain, ...method } = options
    const { sparsity = 0.9, scope = 'layer', epochs } = options
    const rest = { ...(denseEpochs === undefined ? {} : { denseEpochs }), ...(retrain === undefined ? {} : { retrain }) }
    return {
      dense: p.train({ epochs }),
      gradual: p.pipe(gmp(method)),
      recovering: p.pipe(gmp({ ...method, recover: true })),
      ...p.pipe(oneShotArms({ sparsity, scope, epochs, ...rest })),
    }
  }

const selection = ({ sparsity = 0.9, scope = 'layer' }: GmpOptions) => magnitude(sparsity, { scope, of: 'all' })
