/**
 * Rethinking the value of network pruning (Liu et al., ICLR 2019, arXiv 1810.05270, section 3): the same pruned architecture trained in
 * three ways,
 *
 *   fine-tuned  from the weights that pruning left
 *   Scratch-E   from new first weights, for as many epochs as the large network
 *   Scratch-B   from new first weights, for as much computation: ⌊E · F_large / F_pruned⌋ epochs, learning rate stretched along
 *
 * and learning-rate rewinding, because the outcome depends on how fine-tuning is done (Wang et al., 2023).
 */
import { inRange, oneOf, optionsOf, ranges } from '../../dsl/check/checks.ts'
import type { Arch, Mask, Pipeline } from '../../dsl/index.ts'

export interface RethinkingOptions<A extends Arch, M extends Mask, K extends string, B extends Arch, N extends Mask, L extends string> {
  /** The large network, trained. */
  readonly dense: Pipeline<A, 'trained', M, K>
  /**
   * The large network, pruned. For whole channels call `shrink()`: `dense.prune(filterL1(0.5)).shrink()`, `slimming()` after a training
   * with `gammaL1`, or soft filter pruning. Otherwise the initialisation would have the scale of the large network. For single weights do
   * not: `dense.prune(0.8)`.
   */
  readonly pruned: Pipeline<B, 'trained', N, L>
  /** E, the epochs of the large network. */
  readonly epochs: number
  /** F_large / F_pruned, 1 or more: the inverse of the density if every weight is used equally often. */
  readonly ratio: number
  /** The maximum length of Scratch-B, in multiples of E. 1 or more, default Infinity (CIFAR); 2 in the paper's ImageNet runs. */
  readonly cap?: number
  /** Whether Scratch-B also gets the epochs of fine-tuning, E · ratio + K (Wang et al., 2023); Liu et al. omit them. Default false. */
  readonly countFinetune?: boolean
  /** Constant learning rates for fine-tuning; each is an arm with the rate in its name. Default 1e-3, as in the paper. */
  readonly finetuneAt?: readonly number[]
  /** Default: a quarter of E, rounded, as in the paper (40 of 160). */
  readonly finetuneEpochs?: number
  /**
   * New initial weights for unstructured pruning: from the network's initializer (`'same'`, the default, and always right for a shrunk
   * network), or by He's rule with the unmasked inputs of each unit (`'heFanIn'`), or with the unmasked outputs of each input
   * (`'heFanOut'`, the code of Liu et al.).
   */
  readonly init?: 'same' | 'heFanIn' | 'heFanOut'
}

/** The arms. */
export const rethinkingArms = <A extends Arch, M extends Mask, K extends string, B extends Arch, N extends Mask, L extends string>(
  options: RethinkingOptions<A, M, K, B, N, L>,
) => {
  const { dense, pruned, finetuneAt = [1e-3], init = 'same', ...rest } = options
  const verb = 'rethinkingArms()'
  optionsOf(verb, rest, ['epochs', 'ratio', 'cap', 'finetuneEpochs', 'countFinetune'])
  const epochs = inRange(verb, 'epochs', rest.epochs, ranges.epochs)
  const finetuneEpochs = rest.finetuneEpochs ?? Math.max(1, Math.round(epochs / 4))
  const counted = oneOf(verb, 'countFinetune', rest.countFinetune ?? false, [true, false])
  const fresh = pruned.reinit(init === 'same' ? {} : { he: init === 'heFanIn' ? 'fanIn' : 'fanOut' })
  return {
    dense,
    ...Object.fromEntries(finetuneAt.map((lr) => [`finetune lr=${lr}`, pruned.finetune({ lr, epochs: finetuneEpochs })])),
    lrRewinding: pruned.finetune({ lr: 'rewind', epochs }),
    scratchE: fresh.train({ epochs }),
    scratchB: fresh.train({ epochs: scratchBEpochs({ ...rest, add: counted ? finetuneEpochs : 0 }) }),
  }
}

/** The epochs of Scratch-B: ⌊E · min(ratio, cap)⌋ + add. @throws PipelineProblem for a ratio or a cap below 1 */
export const scratchBEpochs = ({
  epochs,
  ratio,
  cap = Number.POSITIVE_INFINITY,
  add = 0,
}: {
  /** E, of the large network. 1 or more. */
  readonly epochs: number
  /** The cost of the large network divided by that of the pruned one. 1 or more. */
  readonly ratio: number
  /** The upper limit of the ratio. 1 or more, default: none. */
  readonly cap?: number
  /** Additional epochs. 0 or more, default 0. */
  readonly add?: number
}): number => {
  const atLeastOne = {
    says: '1 or more',
    has: (value: number) => value >= 1,
    hint: 'Write what the large network costs divided by what the pruned one costs, for example 2.',
  }
  const times = Math.min(inRange('rethinkingArms()', 'ratio', ratio, atLeastOne), inRange('rethinkingArms()', 'cap', cap, atLeastOne))
  return Math.floor(epochs * times) + inRange('rethinkingArms()', 'add', add, ranges.whole)
}
