/**
 * DPF: dynamic model pruning with feedback (Lin et al., ICLR 2020, arXiv 2006.07253, algorithm 1).
 *
 *   every p steps  m ← the mask of the 1 − s_t largest |w|, from the dense w
 *   every step     w ← w − γ·g(m ∘ w)
 *
 * The gradient is computed at the pruned network, without masking, and updates the dense weights, so weights removed too early grow back
 * (error feedback). s_t grows cubically from 0. The result, and every evaluation on the way, uses m ∘ w.
 */
import { optionsOf } from '../../dsl/check/checks.ts'
import { type Arch, cubic, type Mask, magnitude, type Period, type Pipeline, type Weights } from '../../dsl/index.ts'
import { everyOfFeedback } from '../../dsl/verbs/prune.ts'
import { oneShotArms } from './one-shot.ts'

export interface DpfOptions {
  /** The final sparsity over all prunable weights. In [0, 1), default 0.9. */
  readonly sparsity?: number
  /**
   * p, steps between two masks, or `{ epochs: 1 }`. 1 or more, default 16 steps as in the paper, where the masks change about 7,000 times;
   * use 1 to 4 in trainings of a few thousand steps.
   */
  readonly every?: Period
  /** The end of the ramp, as a fraction of the training; in the paper the second drop of the learning rate. In (0, 1], default 0.75. */
  readonly rampEnd?: number
  /**
   * Whether masks change after the ramp. The paper's algorithm changes them until the end (default); published code fixes them at the end
   * of the ramp (`'ramp'`).
   */
  readonly refresh?: 'training' | 'ramp'
  /** One ranking over the network (default), or one for each layer. */
  readonly scope?: 'global' | 'layer'
  /** Default: the task's. */
  readonly epochs?: number
}

/** Prunes while training, from the current weights. */
export const dpf =
  (options: DpfOptions = {}) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, Weights, M, K>): Pipeline<A, 'trained', M | 'unstructured', K> => {
    optionsOf('dpf()', options, names)
    const { sparsity: _, rampEnd: _end, scope: _scope, ...given } = options
    return p.dpf(selection(options), { ...ramp(options), ...given })
  }

export interface DpfArmsOptions extends DpfOptions {
  /** The budget of every arm, in epochs. 2 or more. */
  readonly epochs: number
  /** Epochs of dense training before the one-shot arms prune. At least 1 and less than `epochs`, default three quarters, rounded. */
  readonly denseEpochs?: number
  /** Constant learning rate of the retraining after one-shot pruning. The comparison depends on it. Default 1e-2. */
  readonly retrain?: number
}

/**
 * `dpf` with its controls, all with the same number of epochs: `dense`; `gradual`, the same schedule without regrowth; `recovering`, with
 * regrowth but without feedback (the gradient is masked); `oneShotFinetune`, with the learning rate `retrain`; `oneShotRewindLR`, with
 * learning-rate rewinding; and `oneShot` without retraining.
 */
export const dpfArms =
  (options: DpfArmsOptions) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, 'fresh', M, K>) => {
    optionsOf('dpfArms()', options, [...names, 'denseEpochs', 'retrain'])
    const { denseEpochs, retrain = 1e-2, ...method } = options
    const { sparsity = 0.9, scope = 'global', epochs } = options
    const before = denseEpochs === undefined ? {} : { denseEpochs }
    const atOnce = p.pipe(oneShotArms({ sparsity, scope, epochs, ...before, retrain }))
    const gradually = { ...ramp(options), every: options.every ?? everyOfFeedback.standard, epochs }
    return {
      dense: p.train({ epochs }),
      dpf: p.pipe(dpf(method)),
      gradual: p.prune(selection(options), gradually),
      recovering: p.prune(selection(options), { ...gradually, mode: 'recover' }),
      ...atOnce,
    }
  }

const names = ['sparsity', 'every', 'rampEnd', 'refresh', 'scope', 'epochs'] as const

/** All kernels compete; biases and batch norm stay. */
const selection = ({ sparsity = 0.9, scope = 'global' }: DpfOptions) => magnitude(sparsity, { scope, of: 'all' })

const ramp = ({ rampEnd = 0.75 }: DpfOptions) => ({ schedule: cubic({ end: rampEnd }) })
