/**
 * Trains one network on one split by one compiled step: gather the batch, forward, loss, backward, optimizer, masks.
 * Learning rate, random seed, masks and what an objective needs are inputs or variables of the step, so that a trainer made once
 * serves every stage and sweep with the same network, optimizer and batch.
 */

import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { Engine, Step, Tensor, TensorSpec, Variable } from '../engine.ts'
import { applyMasks, flips } from '../masks.ts'
import type { Masks, Network, Parameter, Weights } from '../network.ts'
import { anchorOf, optimizerOf } from '../optim/registry.ts'
import { stepSeed } from '../random/stream.ts'
import type { StepInputs, StepOutcome, TrainerOptions } from './trainer-options.ts'

/** Everything that training changes: by name, weights as `layer/kernel`, slots as `momentum:layer/kernel`. */
export type TrainerState = ReadonlyMap<string, Float32Array>

/** Added to a step's seed for its perturbation, so that dropout in the same step draws other numbers. */
const perturbationSeed = 0x2545f491

/**
 * (1 − d)/(1 − dᵗ): with it the mean after t steps is Σᵢ dᵗ⁻ⁱ·wᵢ / Σᵢ dᵗ⁻ⁱ, of weights after steps alone, as Adam corrects its moments
 * (Kingma & Ba, 2015, section 3). The first weights are not in it.
 */
const meanRate = (decay: number, t: number): number => (1 - decay) / (1 - decay ** t)

export class Trainer {
  readonly #engine: Engine
  readonly #options: TrainerOptions
  readonly #optimizer
  readonly #trainable: readonly Parameter[]
  /** Weights, slots and, where they change, dense weights and masks, by name. */
  readonly #state: ReadonlyMap<string, Variable>
  readonly #masks: ReadonlyMap<string, Variable>
  readonly #constants: ReadonlyMap<string, Variable>
  readonly #step: Step

  constructor(engine: Engine, options: TrainerOptions) {
    const { tf } = engine
    const { network, batch, masking, structured = false, objective, name } = options
    this.#engine = engine
    this.#options = options
    this.#optimizer = optimizerOf(options.optimizer)
    this.#trainable = network.topology.parameters.filter((parameter) => parameter.trainable)
    const zeros = (shape: readonly number[]) => tf.tidy(() => tf.variable(tf.zeros([...shape]), false))
    const prunable = masking === 'none' ? [] : this.#trainable.filter((parameter) => parameter.prunable || structured)
    const beside = (kind: string, parameters: readonly Parameter[]) =>
      parameters.map(({ name, shape }) => [`${kind}:${name}`, zeros(shape)] as const)
    const masks = beside('mask', prunable)
    this.#masks = new Map(masks.map(([name, variable]) => [name.slice('mask:'.length), variable]))
    this.#state = new Map([
      ...network.variables,
      ...this.#optimizer.slots.flatMap((slot) => beside(slot, this.#trainable)),
      ...(masking === 'feedback' || masking === 'recover' ? beside('dense', prunable) : []),
      ...(masking === 'none' || masking === 'fixed' ? [] : masks),
      ...(options.movement === true ? beside('movement', prunable) : []),
      ...(options.averaging === true ? beside('mean', network.topology.parameters) : []),
    ])
    this.#constants = new Map(objective.constants.map(({ name, shape }) => [name, zeros(shape)]))
    const example = [...options.examples.inputs(batch), ...(options.augmentations?.inputs(batch) ?? [])]
    const scalars = [...this.#optimizer.scalars, ...objective.scalars, ...(options.averaging === true ? ['mean rate'] : [])]
    const inputs: TensorSpec[] = [
      ...example,
      { name: 'seed', shape: [], dtype: 'int32' },
      ...scalars.map((name) => ({ name, shape: [], dtype: 'float32' as const })),
    ]
    const { precision, xla } = options
    const inPlace = this.#optimizer.inPlace ? this.#trainable.flatMap((parameter) => this.#updated(parameter)) : []
    const computed = { inPlace, ...(precision === undefined ? {} : { precision }), ...(xla === undefined ? {} : { xla }) }
    const body = (...all: Tensor[]) => this.#body(all.slice(0, example.length), all[example.length]!, all.slice(example.length + 1))
    this.#step = engine.compile(name, inputs, body, computed)
  }

  /** Starts a stage: the network's weights, its masks, fresh slots, and the objective's constants by name. */
  start({ weights, masks }: Pick<Network, 'weights' | 'masks'>, constants: ReadonlyMap<string, Float32Array> = new Map()): void {
    this.#setMasks(masks)
    const first = applyMasks(weights, masks)
    for (const [name, variable] of this.#state) {
      if (this.#isMask(variable)) continue
      const values = first.get(name.replace(/^dense:/, ''))
      this.#engine.assign(variable, values ?? new Float32Array(variable.size))
    }
    for (const [name, variable] of this.#constants) this.#engine.assign(variable, constants.get(name)!)
  }

  /** Puts back what `state` gave, bit for bit. @throws PipelineProblem when it is another network's or optimizer's */
  resume(state: TrainerState): void {
    const strange = [...this.#state].find(([name, { size }]) => state.get(name)?.length !== size)
    if (strange !== undefined || state.size !== this.#state.size) {
      throw new PipelineProblem({
        title: 'The checkpoint is not of this training.',
        facts: { 'differs in': strange?.[0] ?? 'the number of tensors' },
        hint: 'Remove it; the stage starts again.',
      })
    }
    for (const [name, variable] of this.#state) this.#engine.assign(variable, state.get(name)!)
  }

  state(): Promise<TrainerState> {
    return this.#values(this.#state.keys())
  }

  async weights(): Promise<Weights> {
    return this.#options.network.read()
  }

  /** The mean of the weights over the steps so far, the last ones counting most: all of it follows from steps taken. */
  mean(): Promise<Weights> {
    return this.#values(this.#options.network.variables.keys(), 'mean:')
  }

  /** Those in force; for masks that change, after the last change. */
  async masks(): Promise<Masks> {
    const masks = new Map<string, Uint8Array>()
    for (const [name, variable] of this.#masks) masks.set(name, Uint8Array.from(await this.#read(variable)))
    return masks
  }

  /**
   * New masks from the weights as they are (the dense ones, with feedback) and the masks so far.
   * @returns the share of bits that changed, from 0 to 1
   */
  async remask(choose: (weights: Weights, masks: Masks, movement: Weights) => Masks): Promise<number> {
    const weights = new Map([...(await this.weights()), ...(await this.#values(this.#masks.keys(), 'dense:'))])
    const before = await this.masks()
    const masks = choose(weights, before, await this.#values(this.#masks.keys(), 'movement:'))
    this.#setMasks(masks)
    const masked = applyMasks(weights, masks)
    for (const name of this.#masks.keys()) this.#engine.assign(this.#options.network.variables.get(name)!, masked.get(name)!)
    let [changed, all] = [0, 0]
    for (const [name, mask] of before) {
      changed += flips(mask, masks.get(name))
      all += mask.length
    }
    return changed / all
  }

  async step({ indices, learningRate, step, position, seed, scalars, epoch = 0, decay }: StepInputs): Promise<StepOutcome> {
    const { tf } = this.#engine
    const { examples, augmentations, averaging = false } = this.#options
    const numbers = [
      ...this.#optimizer.scalarsAt(learningRate, step + 1),
      ...scalars,
      ...(averaging && decay !== undefined ? [meanRate(decay, step + 1)] : []),
    ]
    const inputs = [
      ...(await examples.feed(indices)),
      ...(augmentations?.inputs(indices.length) ?? []).map(({ shape }) =>
        tf.tensor(augmentations!.drawn(seed, epoch, indices), [...shape], 'int32'),
      ),
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
    const networks = new Set(this.#options.network.variables.values())
    const own = [...this.#state.values(), ...this.#masks.values(), ...this.#constants.values()]
    this.#engine.tf.dispose([...new Set(own)].filter((variable) => !networks.has(variable)))
  }

  #isMask(variable: Variable): boolean {
    return [...this.#masks.values()].includes(variable)
  }

  /** What there is of a kind beside parameters, by their names. Variables are float32. */
  async #values(names: Iterable<string>, kind = ''): Promise<Map<string, Float32Array>> {
    const values = new Map<string, Float32Array>()
    for (const name of names) {
      const variable = this.#state.get(`${kind}${name}`)
      if (variable !== undefined) values.set(name, await this.#read(variable))
    }
    return values
  }

  async #read(variable: Variable): Promise<Float32Array> {
    return (await this.#engine.read(variable)) as Float32Array
  }

  #setMasks(masks: Masks): void {
    for (const [name, variable] of this.#masks) {
      const mask = masks.get(name)
      this.#engine.assign(variable, mask === undefined ? new Float32Array(variable.size).fill(1) : Float32Array.from(mask))
    }
  }

  #body(example: readonly Tensor[], seed: Tensor, numbers: readonly Tensor[]): Tensor[] {
    const { tf } = this.#engine
    const { network, examples, objective, augmentations, batch: size } = this.#options
    const [rates, rest] = [numbers.slice(0, this.#optimizer.scalars.length), numbers.slice(this.#optimizer.scalars.length)]
    const [scalars, meanRate] = [rest.slice(0, objective.scalars.length), rest[objective.scalars.length]]
    const gathered = examples.gathered(example)
    const { labels: truth, indices } = gathered
    const images = augmentations?.apply(tf, gathered.images, example[examples.inputs(size).length]) ?? gathered.images
    const given = { images, labels: this.#labels(truth), indices }
    const inputs = { engine: this.#engine, network, batch: given, scalars, constants: this.#constants }
    // Outside the gradient's tape: a perturbation is a constant to the loss.
    // A number by itself would make the sum a float.
    const other = tf.add(seed, tf.scalar(perturbationSeed, 'int32'))
    const batch = objective.perturbed === undefined ? given : this.#engine.withRandom(other, () => objective.perturbed!(inputs))
    let right: Tensor | undefined
    const { value, grads } = tf.variableGrads(
      () =>
        this.#engine.withRandom(seed, () => {
          const { loss, logits } = objective.loss({ ...inputs, batch })
          right = tf.keep(this.#right(logits, truth))
          return loss.asScalar()
        }),
      this.#trainable.map(({ name }) => network.variables.get(name)!),
    )
    const gradients = this.#clipped(this.#trainable.map((parameter) => this.#penalised(parameter, grads)))
    this.#trainable.forEach((parameter, i) => {
      this.#update(parameter, gradients[i]!, rates)
    })
    if (meanRate !== undefined) this.#average(meanRate)
    // Kept over the end of variableGrads' own scope; a copy in this one lets go of it.
    const correct = right!.clone()
    right!.dispose()
    return [value, correct]
  }

  /** Examples that were right; of an ensemble inside, the mean over its members. */
  #right(logits: Tensor, truth: Tensor): Tensor {
    const { tf } = this.#engine
    const members = logits.shape[0]! / truth.shape[0]!
    const wanted = members === 1 ? truth : tf.tile(truth, [members])
    const right = tf.sum(tf.cast(tf.equal(tf.argMax(logits, -1), wanted), 'float32'))
    return members === 1 ? right : tf.div(right, members)
  }

  #labels(truth: Tensor): Tensor {
    const { tf } = this.#engine
    const { network, labelSmoothing: smoothing = 0 } = this.#options
    const { classes } = network.topology
    // tfjs types the indices of oneHot as tensors of one rank only.
    const exact = tf.cast(tf.oneHot(truth as never, classes), 'float32') as Tensor
    return smoothing === 0 ? exact : exact.mul(1 - smoothing).add(smoothing / classes)
  }

  #penalised({ name, role }: Parameter, gradients: { readonly [variable: string]: Tensor }): Tensor {
    const { network, gammaL1 = 0 } = this.#options
    const variable = network.variables.get(name)!
    const gradient = gradients[variable.name]!
    // Each member's factors see a share of the loss: their step is as long as a network's of its own (Nam et al., 2022).
    if (role === 'r' || role === 's') return gradient.mul(variable.shape[0]!)
    return gammaL1 === 0 || role !== 'gamma' ? gradient : gradient.add(variable.sign().mul(gammaL1))
  }

  /** By the norm over all of them, as PyTorch's clip_grad_norm_. */
  #clipped(gradients: readonly Tensor[]): readonly Tensor[] {
    const { clipNorm } = this.#options
    if (clipNorm === undefined) return gradients
    const { tf } = this.#engine
    const norm = tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))))
    const scale = tf.minimum(1, tf.div(clipNorm, tf.add(norm, 1e-6)))
    return gradients.map((gradient) => tf.mul(gradient, scale))
  }

  /** After the update, masks and running statistics included: mean ← mean + rate · (weight − mean). */
  #average(rate: Tensor): void {
    for (const [name, variable] of this.#options.network.variables) {
      const mean = this.#state.get(`mean:${name}`)!
      mean.assign(mean.add(variable.sub(mean).mul(rate)))
    }
  }

  /** What the optimizer changes of a parameter: its weight (the dense one, with feedback) and the slots. */
  #updated({ name }: Parameter): readonly Variable[] {
    const weight = this.#state.get(`dense:${name}`) ?? this.#options.network.variables.get(name)!
    return [weight, ...this.#optimizer.slots.map((slot) => this.#state.get(`${slot}:${name}`)!)]
  }

  #update(parameter: Parameter, gradient: Tensor, rates: readonly Tensor[]): void {
    const { name, role } = parameter
    const weight = this.#options.network.variables.get(name)!
    const dense = this.#state.get(`dense:${name}`)
    const [updated, ...slots] = this.#updated(parameter)
    const mask = this.#options.masking === 'soft' ? undefined : this.#masks.get(name)
    if (mask !== undefined && this.#options.masking === 'recover') gradient = gradient.mul(mask)
    const movement = this.#state.get(`movement:${name}`)
    movement?.assign(movement.sub(updated!.mul(gradient)))
    const next = this.#optimizer.update(updated!, gradient, slots, rates, anchorOf(this.#options.optimizer, role), this.#engine)
    dense?.assign(next.weight)
    // After every step: momentum and weight decay move masked weights too.
    weight.assign(mask === undefined ? next.weight : next.weight.mul(mask))
    slots.forEach((slot, i) => {
      slot.assign(next.slots[i]!)
    })
  }
}
