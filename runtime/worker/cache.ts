/**
 * Objects that a worker keeps between stages: the engine, data sets, networks and compiled steps, which often take longer to build than a
 * stage to run. The cache never changes results: a worker with a warm cache and a new one produce the same bits.
 */

import { canonical } from '../../dsl/check/canonical.ts'
import type { FunctionRef, UserFunction } from '../../dsl/check/function-reference.ts'
import type { TrainOptions } from '../../dsl/graph/stage-options.ts'
import type { DataSpec } from '../../dsl/parts/data.ts'
import type { Spec } from '../../dsl/parts/spec.ts'
import { Augmentations } from '../../stdlib/augment/augmentations.ts'
import type { SplitName } from '../../stdlib/data/dataset.ts'
import type { Engine } from '../../stdlib/engine.ts'
import { boundNetwork } from '../../stdlib/network-registry.ts'
import type { BoundNetwork } from '../../stdlib/training/bound-network.ts'
import { Evaluator } from '../../stdlib/training/evaluator.ts'
import type { Examples } from '../../stdlib/training/examples.ts'
import type { TrainingObjective } from '../../stdlib/training/objective.ts'
import type { StageServices } from '../../stdlib/training/services.ts'
import { Trainer } from '../../stdlib/training/trainer.ts'
import type { TrainerOptions } from '../../stdlib/training/trainer-options.ts'
import { type OpenDataset, openDataset } from '../data/datasets.ts'
import { type OpenOptions, openEngine } from '../engine/open.ts'
import type { DataFolder } from '../store/location.ts'
import type { StoreFiles } from '../store/store.ts'
import { failures } from './problems.ts'
import type { JobFields } from './stage-context.ts'
import { UserParts } from './user-parts.ts'

/** Most trainers kept at once: each holds a compiled step and the optimizer's state of its network. */
const mostTrainers = 6

/** How masks are treated during a training. */
export type MaskHandling = Required<Pick<TrainerOptions, 'masking' | 'structured' | 'movement'>>

export class WorkerCache implements StageServices {
  readonly #userParts: UserParts
  readonly #data: DataFolder
  readonly #options: OpenOptions
  #engine: Promise<Engine> | undefined
  readonly #datasets = new Map<string, Promise<OpenDataset>>()
  /** Content addresses of the data sets. */
  readonly #contents = new Map<string, string>()
  /** Content address of the running stage's data set. */
  #content: string | null = null
  readonly #examples = new Map<string, Examples>()
  readonly #networks = new Map<string, BoundNetwork>()
  readonly #evaluators = new Map<string, Evaluator>()
  readonly #trainers = new Map<string, Trainer>()

  constructor({ data, location }: Pick<StoreFiles, 'data' | 'location'>, options: OpenOptions) {
    this.#data = data
    this.#options = options
    this.#userParts = new UserParts(location)
  }

  /** Call before each stage. */
  begin({ source, data }: Pick<JobFields, 'source' | 'data'>): void {
    this.#userParts.begin(source)
    this.#content = data
  }

  /** Call before any output of a stage is stored. @throws StageFailure if a user function depends on mutable state */
  settle(): void {
    this.#userParts.settle()
  }

  /** Drops everything derived from data sets, because one of them has changed. */
  async #forgetData(): Promise<void> {
    for (const each of [...this.#trainers.values(), ...this.#evaluators.values(), ...this.#examples.values()]) each.dispose()
    for (const opened of await Promise.allSettled(this.#datasets.values())) if (opened.status === 'fulfilled') await opened.value.close()
    for (const made of [this.#trainers, this.#evaluators, this.#examples, this.#datasets]) made.clear()
    this.#contents.clear()
  }

  /** @throws StageFailure if the file no longer contains it */
  userFunction<F extends UserFunction>(ref: FunctionRef): Promise<F> {
    return this.#userParts.function(ref)
  }

  /** Opened on the first call. */
  engine(): Promise<Engine> {
    this.#engine ??= openEngine(this.#options)
    return this.#engine
  }

  /** @throws DataProblem if it cannot be loaded, StageFailure if it has changed since the stage was planned */
  async dataset(spec: DataSpec): Promise<OpenDataset> {
    const key = canonical({ ...spec })
    const planned = this.#content
    const known = this.#contents.get(key)
    // The files behind the same description may change between plans.
    if (known !== undefined && planned !== null && known !== planned) await this.#forgetData()
    const loaded = kept(this.#datasets, key, async () => {
      const opened = await openDataset(this.#data, spec, { planned })
      const { digest } = opened.facts
      if (planned !== null && digest !== planned) throw failures.dataChanged(spec.name)
      this.#contents.set(key, digest)
      return opened
    })
    loaded.catch(() => this.#datasets.delete(key)) // it may be available the next time
    return loaded
  }

  async examples(data: DataSpec, split: SplitName): Promise<Examples> {
    const [engine, dataset] = [await this.engine(), await this.dataset(data)]
    return kept(this.#examples, canonical([{ ...data }, split]), () => dataset.examples(engine, split))
  }

  async network(model: Spec, role = 'student'): Promise<BoundNetwork> {
    const [engine, own] = [await this.engine(), await this.#userParts.in({ ...model })]
    return kept(this.#networks, canonical([{ ...model }, role]), () => boundNetwork(engine, model, own))
  }

  /** @throws StageFailure if the network's input has another shape */
  async #networkFor(model: Spec, data: DataSpec): Promise<BoundNetwork> {
    const [network, { input }] = [await this.network(model), await this.dataset(data)]
    const made = network.topology.input
    if (made.length === input.length && made.every((size, axis) => size === input[axis])) return network
    throw failures.otherImages({ name: model.name, input: made }, { name: data.name, input })
  }

  async evaluator(model: Spec, data: DataSpec, split: SplitName): Promise<Evaluator> {
    const [engine, network, examples] = [await this.engine(), await this.#networkFor(model, data), await this.examples(data, split)]
    return kept(this.#evaluators, canonical([{ ...model }, { ...data }, split]), () => new Evaluator(engine, model.name, network, examples))
  }

  async trainer(model: Spec, options: TrainOptions, masked: MaskHandling, { objective, identity }: TrainingObjective): Promise<Trainer> {
    const { data, batch, labelSmoothing, clipNorm, gammaL1, precision, xla, augment } = options
    const [engine, network, examples] = [await this.engine(), await this.#networkFor(model, data), await this.examples(data, 'train')]
    const { lr: _, ...optimizer } = options.optimizer // an input of the step: one compiled step serves every schedule
    const averaging = options.ema !== undefined // its decay is an input of the step
    const { input, normalisation } = await this.dataset(data)
    const images = (augment ?? []).map((spec) => ({ ...spec }))
    const constants = Object.entries({ labelSmoothing, clipNorm, gammaL1, precision, xla }).filter(([, value]) => value !== undefined)
    const extra = Object.fromEntries(constants) as Pick<TrainOptions, 'labelSmoothing' | 'clipNorm' | 'gammaL1' | 'precision' | 'xla'>
    const key = canonical([{ ...model }, { ...data }, { ...optimizer }, batch, { ...masked }, identity, extra, averaging, images])
    const trainer = kept(
      this.#trainers,
      key,
      () =>
        new Trainer(engine, {
          name: model.name,
          network,
          examples,
          optimizer: options.optimizer,
          batch,
          ...masked,
          objective,
          ...extra,
          averaging,
          ...(augment === undefined ? {} : { augmentations: new Augmentations(augment, input, normalisation) }),
        }),
    )
    this.#trainers.delete(key)
    this.#trainers.set(key, trainer) // least recently used first
    for (const [oldest, unused] of this.#trainers) {
      if (this.#trainers.size <= mostTrainers) break
      unused.dispose()
      this.#trainers.delete(oldest)
    }
    return trainer
  }
}

function kept<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
