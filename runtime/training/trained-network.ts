/** The network that a training would give if it ended now. */
import { checkInvariants } from '../../stdlib/invariants.ts'
import { applyMasks } from '../../stdlib/masks.ts'
import type { Masks, Network } from '../../stdlib/network.ts'
import type { Evaluator, Measures } from '../../stdlib/training/evaluator.ts'
import type { TrainingParts } from './parts.ts'

type InTraining = Pick<TrainingParts, 'options' | 'network' | 'objective' | 'bound' | 'trainer'>

export class TrainedNetwork {
  readonly #of: InTraining

  constructor(of: InTraining) {
    this.#of = of
  }

  /** With `ema` the mean of the weights is measured, and they go on afterwards as they were. */
  async measure(evaluator: Pick<Evaluator, 'measure'>): Promise<Measures> {
    const { options, trainer, bound } = this.#of
    if (options.ema === undefined) return evaluator.measure()
    const weights = await trainer.weights()
    bound.load(applyMasks(await trainer.mean(), await this.#masks()))
    const measured = await evaluator.measure()
    bound.load(weights)
    return measured
  }

  /** To go on from: the weights in training, also with `ema`. */
  async toGoOnFrom(): Promise<Network> {
    const { options, trainer } = this.#of
    const [masks, weights] = [await this.#masks(), await trainer.weights()]
    // Between two changes of soft masks the trainer's weights are on their way back.
    return this.#checked({ masks, weights: options.pruning?.mode === 'soft' ? applyMasks(weights, masks) : weights })
  }

  async result(): Promise<Network> {
    const { options, trainer } = this.#of
    if (options.ema === undefined) return this.toGoOnFrom()
    const masks = await this.#masks()
    // What was removed during training is still in the mean.
    return this.#checked({ masks, weights: applyMasks(await trainer.mean(), masks) })
  }

  async #masks(): Promise<Masks> {
    const { options, network, trainer } = this.#of
    return options.pruning === undefined ? network.masks : trainer.masks()
  }

  #checked(now: Pick<Network, 'masks' | 'weights'>): Network {
    const { network, objective } = this.#of
    const trained = { ...network, ...now }
    checkInvariants(trained)
    return objective.result?.(trained) ?? trained
  }
}
