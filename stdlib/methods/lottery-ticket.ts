/**
 * Lottery tickets by iterative magnitude pruning (Frankle & Carbin, ICLR 2019, arXiv 1803.03635, "iterative pruning with resetting"),
 * with rewinding to a point inside the training (Frankle et al., 2019, arXiv 1903.01611; 2020, arXiv 1912.05671).
 *
 *   in each round  train m ∘ θ to the end; remove the fraction p of each layer's surviving weights that is smallest; θ ← θ_k
 *
 * k = 0 is the original method. After a rewind to k the learning rate, the data order and batch norm's statistics are those of step k;
 * the optimizer's state is fresh.
 */
import { inRange, oneOf, optionsOf, ranges } from '../../dsl/checks.ts'
import { type Arch, type Mask, magnitude, type Pipeline, type Position, type Runnable, seeds } from '../../dsl/index.ts'

export interface ImpOptions {
  /** Removed in each round, of what is left. In [0, 1), default 0.2. */
  readonly perRound?: number
  /** 1 or more, default 7: 21 % of the weights are left, of an output layer pruned at half the rate 48 %. */
  readonly rounds?: number
  /** One ranking a layer (default: the paper's small networks), or over the network (its deep ones, and the later papers). */
  readonly scope?: 'layer' | 'global'
  /** The output layer: at half the rate (default with scope `'layer'`), like the others, or not at all (default with `'global'`). */
  readonly outputLayer?: 'half' | 'same' | 'keep'
  /** Where weights are rewound to in each round: the first ones (default), or a point of the first training. */
  readonly rewindTo?: 'init' | Position
}

/** Rounds of pruning, rewinding and training, after a first training. */
export const imp =
  (options: ImpOptions = {}) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, 'trained', M, K | 'init'>) => {
    const { perRound, rounds, to } = settled(options)
    const round = <N extends Mask>(q: Pipeline<A, 'trained', N, K | 'init'>) => q.prune(selection(perRound, options)).rewind(to).train()
    const ticket = round(p)
    return rounds === 1 ? ticket : ticket.repeat(rounds - 1, round)
  }

export interface LotteryArmsOptions extends ImpOptions {
  /**
   * How often the controls with other first weights are drawn for each ticket: seeds inside its seed. 1 or more, default 1; the paper
   * has 3.
   */
  readonly reinits?: number
  /** Whether `sameSign` is among the arms. Default false. */
  readonly sameSign?: boolean
}

/**
 * A ticket with its controls, all at its sparsity: `reinit`, its mask on other first weights from the same distributions; `randomMask`,
 * its first weights with the holes of each layer elsewhere; `oneShot`, pruned to as much at once, then rewound; `finetuned`, rounds of
 * fine-tuning instead of rewinding. If asked, `sameSign`: other first weights, each with the sign of the ticket's own, which asks whether
 * that is what a ticket passes on (Zhou et al., 2019, arXiv 1905.01067). `dense` is what it came from.
 */
export const lotteryArms =
  (options: LotteryArmsOptions = {}) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, 'trained', M, K | 'init'>) => {
    const { reinits, sameSign, ...method } = options
    const verb = 'lotteryArms()'
    const draws = inRange(verb, 'reinits', reinits ?? 1, ranges.count)
    const { perRound, rounds, to } = settled(method)
    const ticket = p.pipe(imp(method))
    const drawn = (build: (draw: number) => Runnable): Runnable => (draws === 1 ? build(0) : seeds(draws, build))
    const signed = oneOf(verb, 'sameSign', sameSign ?? false, [true, false])
    const tuning = <N extends Mask>(q: Pipeline<A, 'trained', N, K | 'init'>) => q.prune(selection(perRound, options)).finetune()
    const tuned = tuning(p)
    return {
      dense: p,
      ticket,
      reinit: drawn((draw) => ticket.reinit({ draw }).train()),
      ...(signed ? { sameSign: drawn((draw) => ticket.reinit({ draw, signs: 'init' }).train()) } : {}),
      randomMask: ticket.reinit({ shuffleMask: true, weights: 'keep' }).rewind(to).train(),
      oneShot: p
        .prune(selection(1 - (1 - perRound) ** rounds, options))
        .rewind(to)
        .train(),
      finetuned: rounds === 1 ? tuned : tuned.repeat(rounds - 1, tuning),
    }
  }

const settled = (options: ImpOptions) => {
  optionsOf('imp()', options, ['perRound', 'rounds', 'scope', 'outputLayer', 'rewindTo'])
  const rounds = inRange('imp()', 'rounds', options.rounds ?? 7, ranges.rounds)
  return { perRound: inRange('imp()', 'perRound', options.perRound ?? 0.2, ranges.sparsity), rounds, to: options.rewindTo ?? 'init' }
}

const selection = (sparsity: number, { scope = 'layer', outputLayer }: ImpOptions) => {
  if (scope === 'layer') return magnitude(sparsity, { scope, outputLayer: outputLayer ?? 'half' })
  // One ranking has no rate of its own for the output layer: 'half' is refused there.
  return magnitude(sparsity, { scope, outputLayer: (outputLayer ?? 'keep') as 'keep' })
}
