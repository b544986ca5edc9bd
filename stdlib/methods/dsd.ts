/**
 * DSD: dense-sparse-dense training (Han et al., ICLR 2017, arXiv 1607.04381, algorithm 1).
 *
 *   D  train W as usual
 *   S  λ_ℓ = the k-th largest |W_ℓ| of each layer; M_ℓ = 1(|W_ℓ| > λ_ℓ), once; then W ← (W − η∇f(W)) ∘ M
 *   D  without M: the pruned weights go on from zero, all at one learning rate
 *
 * The result is dense: it saves nothing but may improve accuracy. Momentum is reset in each phase, also for the weights that return.
 */
import { optionsOf } from '../../dsl/check/checks.ts'
import { type Arch, type Mask, magnitude, type Pipeline } from '../../dsl/index.ts'

export interface DsdOptions {
  /** The sparsity of each layer in the sparse phase. A list repeats the phases S and D for each value. In [0, 1), default 0.3. */
  readonly sparsity?: number | readonly number[]
  /** Epochs of the sparse and of the final dense phase, for each round. Default: the task's. */
  readonly epochs?: { readonly sparse?: number; readonly dense?: number }
  /**
   * Factors of the task's peak rate. Default 0.1 and 0.01, as in the paper's tables; its text uses a tenth of the original rate in the last
   * phase, which is `{ dense: 0.1 }`.
   */
  readonly lr?: { readonly sparse?: number; readonly dense?: number }
  /**
   * The paper does not prune the first convolution of an image network: `'keep'`, the default. Use `'same'` for a network without
   * convolutions.
   */
  readonly firstLayer?: 'keep' | 'same'
}

/** The sparse and the final dense phase, after a dense training. */
export const dsd =
  (options: DsdOptions = {}) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, 'trained', M, K>): Pipeline<A, 'trained', never, K> => {
    const { rounds, sparse, dense } = phases(options)
    const round = <N extends Mask>(q: Pipeline<A, 'trained', N, K>, sparsity: number) =>
      q.pipe((r) => pruned(r, sparsity, options).finetune(sparse).dense().finetune(dense))
    const [first, ...later] = rounds
    return later.reduce<Pipeline<A, 'trained', never, K>>((q, sparsity) => round(q, sparsity), round(p, first))
  }

/**
 * `dsd` with its controls: `dense` is the first phase, `sparse` the end of the first sparse phase. `denseContinued` trains for the same
 * epochs at the same rates without pruning, which accounts for the effect of longer training.
 */
export const dsdArms =
  (options: DsdOptions = {}) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, 'trained', M, K>) => {
    const { rounds, sparse, dense } = phases(options)
    return {
      dense: p,
      sparse: pruned(p, rounds[0], options).finetune(sparse),
      denseContinued: rounds.reduce<Pipeline<A, 'trained', M, K>>((q) => q.finetune(sparse).finetune(dense), p),
      dsd: p.pipe(dsd(options)),
    }
  }

const pruned = <A extends Arch, M extends Mask, K extends string>(
  p: Pipeline<A, 'trained', M, K>,
  sparsity: number,
  { firstLayer = 'keep' }: DsdOptions,
): Pipeline<A, 'trained', M | 'unstructured', K> => p.prune(magnitude(sparsity, { scope: 'layer', firstLayer }))

const phases = (options: DsdOptions) => {
  optionsOf('dsd()', options, ['sparsity', 'epochs', 'lr', 'firstLayer'])
  optionsOf('dsd()', options.epochs, ['sparse', 'dense'])
  optionsOf('dsd()', options.lr, ['sparse', 'dense'])
  const { sparsity = 0.3, epochs = {}, lr = {} } = options
  const phase = (length: number | undefined, times: number) => ({ lr: { times }, ...(length === undefined ? {} : { epochs: length }) })
  const [first = 0.3, ...later] = typeof sparsity === 'number' ? [sparsity] : sparsity
  return {
    rounds: [first, ...later] as const,
    sparse: phase(epochs.sparse, lr.sparse ?? 0.1),
    dense: phase(epochs.dense, lr.dense ?? 0.01),
  }
}
