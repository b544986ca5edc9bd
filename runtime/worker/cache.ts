/**
 * What a worker keeps between stages: the engine, data sets, networks and compiled steps. Making them takes longer than many a stage.
 * Nothing here may change a result: a worker with a full cache and a fresh one give the same bits.
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

/** Trainers kept at once: each holds a trace and the optimizer's state of its network. */
const mostTrainers = 6

/** How a training's masks work. */
export type MaskHandling = Required<Pick<TrainerOptions, 'masking' | 'structured' | 'movement'>>

export class WorkerCache implements StageServices {
  readonly #userParts: UserParts
  readonly #data: DataFolder
  readonly #options: OpenOptions
  #engine: Promise<Engine> | undefined
  readonly #datasets = new Map<string, Promise<OpenDataset>>()
  /** Content addresses of the data sets. */
  readonly #contents = new Map<string, string>()
  /** That of the running stage's. */
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

  /** Call it before each stage. */
  begin({ source, data }: Pick<JobFields, 'source' | 'data'>): void {
    this.#userParts.begin(source)
    this.#content = data
  }

  /** Call it before anything of a stage is kept. @throws StageFailure when a function of the user's depends on what ran before it */
  settle(): void {
    this.#userParts.settle()
  }

  /** Everything made of data sets: one of them is another by now. */
  async #forgetData(): Promise<void> {
    for (const each of [...this.#trainers.values(), ...this.#evaluators.values(), ...this.#examples.values()]) each.dispose()
    for (const opened of await Promise.allSettled(this.#datasets.values())) if (opened.status === 'fulfilled') await opened.value.close()
    for (const made of [this.#trainers, this.#evaluators, this.#examples, this.#datasets]) made.clear()
    this.#contents.clear()
  }

  /** @throws StageFailure when the file has it no more */
  userFunction<F extends UserFunction>(ref: FunctionRef): Promise<F> {
    return this.#userParts.function(ref)
  }

  /** Opened at the first call. */
  engine(): Promise<Engine> {
    this.#engine ??= openEngine(this.#options)
    return this.#engine
  }

  /** @throws DataProblem when it cannot be had, StageFailure when it is not what it was when the stage was planned */
  async dataset(spec: DataSpec): Promise<OpenDataset> {
    const key = canonical({ ...spec })
    const planned = this.#content
    const known = this.#contents.get(key)
    // The same description may mean other data by the next plan: files change.
    if (known !== undefined && planned !== null && known !== planned) await this.#forgetData()
    const loaded = kept(this.#datasets, key, async () => {
      const opened = await openDataset(this.#data, spec, { planned })
      const { digest } = opened.facts
      if (planned !== null && digest !== planned) throw failures.dataChanged(spec.name)
      this.#contents.set(key, digest)
      return opened
    })
    loaded.catch(() => this.#datasets.delete(key)) // it may be there the next time
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

  /** @throws StageFailure when it reads images of another shape */
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
    const { lr: _, ...optimizer } = options.optimizer // an input of the step: one trace serves every schedule
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
    this.#trainers.set(key, trainer) // the last used is the last to go
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
