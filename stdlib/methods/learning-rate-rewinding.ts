/**
 * Three ways to retrain after pruning (Renda, Frankle & Carbin, ICLR 2020, arXiv 2003.02389, section 3), for T − k epochs each:
 *
 *   fine-tuning       the trained weights, at a constant low rate
 *   weight rewinding  the weights of epoch k, the schedule from k on
 *   learning-rate rewinding  the trained weights, the schedule from k on
 */
import { inRange, optionsOf, ranges } from '../../dsl/check/checks.ts'
import { type Arch, type Mask, magnitude, type Pipeline } from '../../dsl/index.ts'

export interface RetrainingOptions {
  /** The fraction of the remaining weights to remove in each round, in one ranking over the network. In [0, 1), default 0.2. */
  readonly perRound?: number
  /** 1 (one-shot pruning) or more. Default 1. */
  readonly rounds?: number
  /** T, the epochs of the training; retraining goes from epoch `from` to T. */
  readonly epochs: number
  /** k, in epochs. From 0 up to but not including `epochs`, default 0. */
  readonly from?: number
  /** The learning rate of fine-tuning, as a multiple of the task's peak rate. Default 0.1. */
  readonly finetuneAt?: number
}

/** Rounds of pruning and learning-rate rewinding. */
export const lrRewinding =
  (options: RetrainingOptions) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, 'trained', M, K>) => {
    const { perRound, rounds, epochs, from } = settled(options)
    const round = <N extends Mask>(q: Pipeline<A, 'trained', N, K>) =>
      q.prune(magnitude(perRound)).finetune({ lr: 'rewind', epochs, ...begin(from) })
    const first = round(p)
    return rounds === 1 ? first : first.repeat(rounds - 1, round)
  }

/**
 * The three kinds of retraining, with three controls: `reinit`, new initial weights with the mask of weight rewinding, trained from the
 * start; `weightsOnly`, rewound weights trained at the low rate of fine-tuning; and `denseContinued`, trained for as long with the same
 * schedule but without pruning, because retraining adds training. The label of fine-tuning contains its rate.
 */
export const retrainingArms =
  (options: RetrainingOptions) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, 'trained', M, K | 'init'>) => {
    const { perRound, rounds, epochs, from } = settled(options)
    const times = options.finetuneAt ?? 0.1
    type Q = Pipeline<A, 'trained', M | 'unstructured', K | 'init'>
    const iterated = (retrained: (q: Q) => Q): Q => {
      const first = retrained(p.prune(magnitude(perRound)))
      return rounds === 1 ? first : first.repeat(rounds - 1, (q) => retrained(q.prune(magnitude(perRound))))
    }
    const rewound = (q: Q) => (from === 0 ? q.rewind() : q.rewind({ epoch: from }))
    const weights = iterated((q) => rewound(q).train({ epochs }))
    const continued = <N extends Mask>(q: Pipeline<A, 'trained', N, K | 'init'>) => q.finetune({ lr: 'rewind', epochs, ...begin(from) })
    return {
      dense: p,
      [`finetune lr×${times}`]: iterated((q) => q.finetune({ epochs: epochs - from, lr: { times } })),
      weightRewinding: weights,
      lrRewinding: p.pipe(lrRewinding(options)),
      denseContinued: p.repeat(rounds, continued),
      weightsOnly: iterated((q) => rewound(q).train({ epochs, lr: { times } })),
      reinit: weights.reinit().train({ epochs }),
    }
  }

const begin = (from: number) => (from === 0 ? {} : { from })

const settled = (options: RetrainingOptions) => {
  const verb = 'lrRewinding()'
  optionsOf(verb, options, ['perRound', 'rounds', 'epochs', 'from', 'finetuneAt'])
  return {
    perRound: inRange(verb, 'perRound', options.perRound ?? 0.2, ranges.sparsity),
    rounds: inRange(verb, 'rounds', options.rounds ?? 1, ranges.rounds),
    epochs: inRange(verb, 'epochs', options.epochs, ranges.epochs),
    from: inRange(verb, 'from', options.from ?? 0, ranges.whole),
  }
}
