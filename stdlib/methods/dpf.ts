/**
 * DPF: dynamic model pruning with feedback (Lin et al., ICLR 2020, arXiv 2006.07253, algorithm 1).
 *
 *   every p steps  m ← the mask of the 1 − s_t largest |w|, from the dense w
 *   every step     w ← w − γ·g(m ∘ w)
 *
 * The gradient is that at the pruned network, whole, and updates the dense weights: what was removed too early grows back
 * (error feedback). s_t rises cubically from 0. The result, and every measurement on the way, is m ∘ w.
 */
import { optionsOf } from '../../dsl/check/checks.ts'
import { type Arch, cubic, type Mask, magnitude, type Period, type Pipeline, type Weights } from '../../dsl/index.ts'
import { everyOfFeedback } from '../../dsl/verbs/prune.ts'
import { oneShotArms } from './one-shot.ts'

export interface DpfOptions {
  /** Of all prunable weights, at the end. In [0, 1), default 0.9. */
  readonly sparsity?: number
  /**
   * p, steps between two masks, or `{ epochs: 1 }`. 1 or more, default 16 steps, the paper's, whose trainings refresh some 7,000 times: in trainings of a few
   * thousand steps take 1 to 4.
   */
  readonly every?: Period
  /** Where the ramp ends, as a fraction of the training; the second drop of the learning rate in the paper. In (0, 1], default 0.75. */
  readonly rampEnd?: number
  /**
   * Whether masks go on changing after the ramp. The algorithm has no end, the default; in published code they are fixed there:
   * `'ramp'`.
   */
  readonly refresh?: 'training' | 'ramp'
  /** One ranking over the network (default), or one a layer. */
  readonly scope?: 'global' | 'layer'
  /** Default: the task's. */
  readonly epochs?: number
}

/** Pruned while it is trained, from where the weights are. */
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
  /** Epochs of it that the one-shot arms train densely before they prune. From 1 to one less than all, default three quarters, rounded. */
  readonly denseEpochs?: number
  /** Learning rate of the retraining after one-shot pruning, constant. Its size decides the comparison. Default 1e-2. */
  readonly retrain?: number
}

/**
 * `dpf` with its controls, every one in the same number of epochs: `dense`; `gradual`, the same schedule without return;
 * `recovering`, with return but without feedback (the gradient is masked); `oneShotFinetune`, whose learning rate stands in `retrain`;
 * `oneShotRewindLR`, with learning-rate rewinding; and `oneShot` without any retraining.
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
