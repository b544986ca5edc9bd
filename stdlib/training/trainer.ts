/**
 * Trains one network on one split by one compiled step: gather the batch, forward, loss, backward, optimizer, masks.
 * Learning rate, random seed, masks and the teacher's logits are inputs or variables of the step, so that a trainer made once
 * serves every stage and sweep with the same network, optimizer and batch.
 */
import { PipelineProblem } from '../../dsl/problem.ts'
import type { DistillMethod, OptimizerSpec } from '../../dsl/stage.ts'
import { kdLoss } from '../distill/kd.ts'
import type { Engine, Step, Tensor, TensorSpec, Variable } from '../engine.ts'
import type { Masks, Network, Weights } from '../network.ts'
import { optimizerOf } from '../optim/optimizer.ts'
import { applyMasks } from '../prune/mask.ts'
import { stepSeed } from '../random/stream.ts'
import type { BoundNetwork } from './bound-network.ts'
import type { Examples } from './examples.ts'

export interface TrainerOptions {
  /** Leads the errors of its step. */
  readonly name: string
  readonly network: BoundNetwork
  readonly examples: Examples
  readonly optimizer: OptimizerSpec
  readonly batch: number
  /** Whether masks are applied. All-ones masks give the same bits as none. */
  readonly masked: boolean
  /** Whether it learns from a teacher. */
  readonly distilling: boolean
}

/** What a step is told beside its examples. */
export interface StepInputs {
  readonly indices: Int32Array
  readonly learningRate: number
  /** Steps of this stage done before, from 0: the optimizer's clock, whose state is fresh in each stage. */
  readonly step: number
  /** Steps of the whole horizon done before: the clock of random numbers, so that a rewound training draws what the first one drew. */
  readonly position: number
  readonly seed: number
  readonly method?: DistillMethod
}

export interface StepOutcome {
  /** Mean over the batch. */
  readonly loss: number
  /** Examples the network got right, before the update. */
  readonly correct: number
}

/** Everything that training changes: by name, weights as `layer/kernel`, slots as `momentum:layer/kernel`. */
export type TrainerState = ReadonlyMap<string, Float32Array>

export class Trainer {
  readonly #engine: Engine
  readonly #options: TrainerOptions
  readonly #optimizer
  /** Weights and slots by name. */
  readonly #state: ReadonlyMap<string, Variable>
  readonly #masks: ReadonlyMap<string, Variable>
  readonly #teacher: Variable | undefined
  readonly #step: Step

  constructor(engine: Engine, options: TrainerOptions) {
    const { tf } = engine
    const { network, examples, batch, masked, distilling, name } = options
    this.#engine = engine
    this.#options = options
    this.#optimizer = optimizerOf(options.optimizer)
    const trainable = network.topology.parameters.filter((parameter) => parameter.trainable)
    const zeros = (shape: readonly number[]) => tf.tidy(() => tf.variable(tf.zeros([...shape]), false))
    const slots = trainable.flatMap(({ name, shape }) => this.#optimizer.slots.map((slot) => [`${slot}:${name}`, zeros(shape)] as const))
    this.#state = new Map([...network.variables, ...slots])
    const prunable = masked ? trainable.filter((parameter) => parameter.prunable) : []
    this.#masks = new Map(prunable.map(({ name, shape }) => [name, zeros(shape)]))
    this.#teacher = distilling ? zeros([examples.count, network.topology.classes]) : undefined
    const scalars = [...this.#optimizer.scalars, ...(distilling ? ['temperature', 'alpha'] : [])]
    const inputs: TensorSpec[] = [
      { name: 'indices', shape: [batch], dtype: 'int32' },
      { name: 'seed', shape: [], dtype: 'int32' },
      ...scalars.map((name) => ({ name, shape: [], dtype: 'float32' as const })),
    ]
    this.#step = engine.compile(name, inputs, (indices, seed, ...numbers) => this.#body(indices!, seed!, numbers))
  }

  /** Starts a stage: the network's weights, its masks, fresh slots; for distillation the teacher's logits for every example. */
  start({ weights, masks }: Pick<Network, 'weights' | 'masks'>, teacherLogits?: Float32Array): void {
    this.#setMasks(masks)
    const first = applyMasks(weights, masks)
    for (const [name, variable] of this.#state) this.#engine.assign(variable, first.get(name) ?? new Float32Array(variable.size))
    if (this.#teacher !== undefined && teacherLogits !== undefined) this.#engine.assign(this.#teacher, teacherLogits)
  }

  /** Puts back what `state` gave, bit for bit. @throws PipelineProblem when it is another network's or optimizer's */
  resume(state: TrainerState): void {
    const strange = [...this.#state].find(([name, { size }]) => state.get(name)?.length !== size)
    if (strange !== undefined || state.size !== this.#state.size) {
      throw new PipelineProblem({
        title: 'The checkpoint is not of this training.',
        facts: [['differs in', strange?.[0] ?? 'the number of tensors']],
        hint: 'Remove it; the stage starts again.',
      })
    }
    for (const [name, variable] of this.#state) this.#engine.assign(variable, state.get(name)!)
  }

  async state(): Promise<TrainerState> {
    const state = new Map<string, Float32Array>()
    for (const [name, variable] of this.#state) state.set(name, (await this.#engine.read(variable)) as Float32Array) // variables are float32
    return state
  }

  async weights(): Promise<Weights> {
    return this.#options.network.read()
  }

  async step({ indices, learningRate, step, position, seed, method }: StepInputs): Promise<StepOutcome> {
    const { tf } = this.#engine
    const numbers = [
      ...this.#optimizer.scalarsAt(learningRate, step + 1),
      ...(method === undefined ? [] : [method.temperature, method.alpha]),
    ]
    const inputs = [
      tf.tensor1d(indices, 'int32'),
      tf.scalar(stepSeed(seed, position), 'int32'),
      ...numbers.map((number) => tf.scalar(number, 'float32')),
    ]
    try {
      const outputs = await this.#step.run(inputs)
      const [loss, correct] = [await this.#engine.read(outputs[0]!), await this.#engine.read(outputs[1]!)]
      tf.dispose(outputs)
      return { loss: loss[0]!, correct: correct[0]! }
    } finally {
      tf.dispose(inputs)
    }
  }

  dispose(): void {
    this.#step.dispose()
    const own = [...this.#state].filter(([name]) => !this.#options.network.variables.has(name)).map(([, variable]) => variable)
    this.#engine.tf.dispose([...own, ...this.#masks.values(), ...(this.#teacher === undefined ? [] : [this.#teacher])])
  }

  #setMasks(masks: Masks): void {
    for (const [name, variable] of this.#masks) {
      const mask = masks.get(name)
      this.#engine.assign(variable, mask === undefined ? new Float32Array(variable.size).fill(1) : Float32Array.from(mask))
    }
  }

  #body(indices: Tensor, seed: Tensor, numbers: readonly Tensor[]): Tensor[] {
    const { tf } = this.#engine
    const { network, examples } = this.#options
    const scalars = numbers.slice(0, this.#optimizer.scalars.length)
    const [temperature, alpha] = numbers.slice(scalars.length)
    // tfjs types the indices of gather and oneHot as tensors of one rank only.
    const images = tf.gather(examples.images, indices as never)
    const truth = tf.gather(examples.labels, indices as never)
    const labels = tf.cast(tf.oneHot(truth as never, network.topology.classes), 'float32') as Tensor
    const trainable = network.topology.parameters.filter((parameter) => parameter.trainable).map(({ name }) => name)
    let right: Tensor | undefined
    const { value, grads } = tf.variableGrads(
      () =>
        this.#engine.withRandom(seed, () => {
          const logits = network.logits(images, true)
          right = tf.keep(tf.sum(tf.cast(tf.equal(tf.argMax(logits, -1), truth), 'float32')))
          if (this.#teacher === undefined) return tf.mean(this.#engine.softmaxCrossEntropy(labels, logits)).asScalar()
          const teacher = tf.gather(this.#teacher, indices as never)
          return kdLoss(this.#engine, { labels, logits, teacher, temperature: temperature!, alpha: alpha! }).asScalar()
        }),
      trainable.map((name) => network.variables.get(name)!),
    )
    for (const name of trainable) this.#update(name, grads[network.variables.get(name)!.name]!, scalars)
    // Kept over the end of variableGrads' own scope; a copy in this one lets go of it.
    const correct = right!.clone()
    right!.dispose()
    return [value, correct]
  }

  #update(name: string, gradient: Tensor, scalars: readonly Tensor[]): void {
    const variable = this.#options.network.variables.get(name)!
    const slots = this.#optimizer.slots.map((slot) => this.#state.get(`${slot}:${name}`)!)
    const next = this.#optimizer.update(variable, gradient, slots, scalars)
    const mask = this.#masks.get(name)
    // After every step: momentum and weight decay move masked weights too.
    variable.assign(mask === undefined ? next.weight : next.weight.mul(mask))
    slots.forEach((slot, i) => {
      slot.assign(next.slots[i]!)
    })
  }
}
