/**
 * Lottery tickets by iterative magnitude pruning (Frankle & Carbin, ICLR 2019, arXiv 1803.03635, "iterative pruning with resetting"),
 * with rewinding to a point inside the training (Frankle et al., 2019, arXiv 1903.01611; 2020, arXiv 1912.05671).
 *
 *   in each round  train m ∘ θ to the end; remove the fraction p of each layer's surviving weights that is smallest; θ ← θ_k
 *
 * k = 0 is the original method. After a rewind to k the learning rate, the data order and batch norm's statistics are those of step k;
 * the optimizer's state is fresh.
 */

import { inRange, oneOf, optionsOf, problem, ranges, shown } from '../../dsl/check/checks.ts'
import { type Arch, type Mask, magnitude, type Pipeline, type Position, type Pruner, type Runnable, seeds } from '../../dsl/index.ts'
import type { HasLayer } from '../../dsl/parts/arch.ts'
import type { Named, Sparsity } from '../../dsl/parts/pruner.ts'

export interface ImpOptions<S extends Sparsity = Sparsity> {
  /**
   * The fraction of the remaining weights to remove in each round. In [0, 1), default 0.2; or one for each named layer, which leaves other
   * layers unpruned. The paper's convolutional networks lose a tenth of each convolution and of the output layer, and a fifth of the layers
   * between.
   */
  readonly perRound?: S
  /** 1 or more, default 7, which leaves 21 % of the weights, or 48 % of an output layer pruned at half the rate. */
  readonly rounds?: number
  /**
   * One ranking for each layer (default, as for the paper's small networks), or one over the network (as for its deep networks, and in the
   * later papers). Not with a fraction for each layer.
   */
  readonly scope?: 'layer' | 'global'
  /**
   * How to prune the output layer: at half the rate (default with scope `'layer'`), like the others, or not at all (default with
   * `'global'`). Not with a fraction for each layer.
   */
  readonly outputLayer?: 'half' | 'same' | 'keep'
  /** The point to rewind to in each round: the initial weights (default), or a point of the first training. */
  readonly rewindTo?: 'init' | Position
}

/** Rounds of pruning, rewinding and training, after a first training. */
export const imp =
  <const S extends Sparsity = number>(options: ImpOptions<S> = {}) =>
  <A extends Arch & HasLayer<Named<S>>, M extends Mask, K extends string>(p: Pipeline<A, 'trained', M, K | 'init'>) => {
    const { part, rounds, to } = settled(options)
    const round = <N extends Mask>(q: Pipeline<A, 'trained', N, K | 'init'>) => q.prune(part()).rewind(to).train()
    const ticket = round(p)
    return rounds === 1 ? ticket : ticket.repeat(rounds - 1, round)
  }

export interface LotteryArmsOptions<S extends Sparsity = Sparsity> extends ImpOptions<S> {
  /**
   * The number of draws of the controls with new initial weights for each ticket, within its seed. 1 or more, default 1; the paper uses 3.
   */
  readonly reinits?: number
  /** Whether to include the arm `sameSign`. Default false. */
  readonly sameSign?: boolean
  /**
   * The learning rates of the controls that are fine-tuned instead of rewound, one arm each: `'own'`, the ticket's rate for as long as the
   * ticket trains (after a rewind to a step: the whole schedule), or a constant multiple of the task's peak rate. The ticket's rate is the
   * stronger control. Default `['own', 0.1]`.
   */
  readonly finetuneAt?: readonly ('own' | number)[]
}

/**
 * A ticket with its controls, all at its sparsity. `reinit`: its mask with new initial weights from the same distributions. `randomMask`:
 * its initial weights with the mask permuted within each layer. `oneShot`: pruned to the same sparsity in one shot (an output layer at half
 * the rate to slightly less than in rounds), then rewound. `finetuned`: rounds without rewinding, at the ticket's rate and budget;
 * `finetuned lr×0.1`: the same at a tenth of the peak rate. Optionally `sameSign`: new initial weights with the signs of the ticket's,
 * which tests whether the signs matter (Zhou et al., 2019, arXiv 1905.01067). `dense` is the dense network.
 */
export const lotteryArms =
  <const S extends Sparsity = number>(options: LotteryArmsOptions<S> = {}) =>
  <A extends Arch & HasLayer<Named<S>>, M extends Mask, K extends string>(p: Pipeline<A, 'trained', M, K | 'init'>) => {
    const { reinits, sameSign, finetuneAt = ['own', 0.1], ...method } = options
    const verb = 'lotteryArms()'
    const draws = inRange(verb, 'reinits', reinits ?? 1, ranges.count)
    const { part, rounds, to } = settled(method)
    const ticket = p.pipe(imp(method))
    const drawn = (build: (draw: number) => Runnable): Runnable => (draws === 1 ? build(0) : seeds(draws, build))
    const signed = oneOf(verb, 'sameSign', sameSign ?? false, [true, false])
    const tuned = (rate: 'own' | number): Runnable => {
      const at = rate === 'own' ? { lr: 'rewind' as const, ...begin(to) } : { lr: { times: rate } }
      const tuning = <N extends Mask>(q: Pipeline<A, 'trained', N, K | 'init'>) => q.prune(part()).finetune(at)
      return rounds === 1 ? tuning(p) : tuning(p).repeat(rounds - 1, tuning)
    }
    return {
      dense: p,
      ticket,
      reinit: drawn((draw) => ticket.reinit({ draw }).train()),
      ...(signed ? { sameSign: drawn((draw) => ticket.reinit({ draw, signs: 'init' }).train()) } : {}),
      randomMask: ticket.reinit({ shuffleMask: true, weights: 'keep' }).rewind(to).train(),
      oneShot: p.prune(part(rounds)).rewind(to).train(),
      ...Object.fromEntries(finetuneAt.map((rate) => [rate === 'own' ? 'finetuned' : `finetuned lr×${rate}`, tuned(rate)])),
    }
  }

/** The start of the schedule of a rewound training. */
const begin = (to: 'init' | Position) => (to !== 'init' && 'epoch' in to && to.epoch > 0 ? { from: to.epoch } : {})

const settled = <S extends Sparsity>(options: ImpOptions<S>) => {
  const verb = 'imp()'
  optionsOf(verb, options, ['perRound', 'rounds', 'scope', 'outputLayer', 'rewindTo'])
  const rounds = inRange(verb, 'rounds', options.rounds ?? 7, ranges.rounds)
  const perRound: Sparsity = options.perRound ?? 0.2
  const gone = (name: string, fraction: unknown, times: number) => {
    const once = inRange(verb, name, fraction, ranges.sparsity)
    return times === 1 ? once : 1 - (1 - once) ** times
  }
  /** The total sparsity after all rounds, for one fraction or for each layer's. */
  const part = (times = 1): Pruner<HasLayer<Named<S>>, 'unstructured'> => {
    if (typeof perRound === 'number') return selection(gone('perRound', perRound, times), options)
    const layers = Object.entries(perRound).map(([layer, fraction]) => [layer, gone(`perRound of ${layer}`, fraction, times)])
    // The names are those of S.
    return magnitude(Object.fromEntries(layers)) as Pruner<HasLayer<Named<S>>, 'unstructured'>
  }
  const stray = typeof perRound === 'object' ? (['scope', 'outputLayer'] as const).find((name) => options[name] !== undefined) : undefined
  if (stray !== undefined) {
    throw problem(
      'Where each layer has its own rate, scope and outputLayer have no meaning.',
      { verb, option: stray, value: shown(options[stray]), allowed: 'nothing with a rate for each layer' },
      'Leave it out.',
    )
  }
  part()
  return { part, rounds, to: options.rewindTo ?? 'init' }
}

const selection = (sparsity: number, { scope = 'layer', outputLayer }: Pick<ImpOptions, 'scope' | 'outputLayer'>) => {
  if (scope === 'layer') return magnitude(sparsity, { scope, outputLayer: outputLayer ?? 'half' })
  // A single ranking has no separate rate for the output layer, so 'half' is rejected.
  return magnitude(sparsity, { scope, outputLayer: (outputLayer ?? 'keep') as 'keep' })
}
