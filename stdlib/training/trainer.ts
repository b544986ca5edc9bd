/**
 * Trains one network on one split by one compiled step: gather the batch, forward, loss, backward, optimizer, masks. Learning rate, random
 * seed, masks and the objective's tensors are inputs or variables of the step, so that one trainer serves every stage and sweep with the
 * same network, optimizer and batch.
 */

import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { Engine, Tensor, Variable } from '../engine.ts'
import { applyMasks, flips } from '../masks.ts'
import type { Masks, Network, Parameter, Weights } from '../network.ts'
import { anchorOf, optimizerOf } from '../optim/registry.ts'
import { clippedTo, lossGradients, penalised } from './loss-gradients.ts'
import type { Values } from './objective.ts'
import { meanRate } from './running-mean.ts'
import { StepCalls } from './step-calls.ts'
import type { StepInputs, StepOutcome, TrainerOptions } from './trainer-options.ts'

/** Everything that training changes, by name: weights as `layer/kernel`, slots as `momentum:layer/kernel`. */
export type TrainerState = ReadonlyMap<string, Float32Array>

export class Trainer {
  readonly #engine: Engine
  readonly #options: TrainerOptions
  readonly #optimizer
  readonly #trainable: readonly Parameter[]
  /** Weights, slots and, if they change, dense weights and masks, by name. */
  readonly #state: ReadonlyMap<string, Variable>
  readonly #masks: ReadonlyMap<string, Variable>
  readonly #constants: ReadonlyMap<string, Variable>
  readonly #calls: StepCalls

  constructor(engine: Engine, options: TrainerOptions) {
    const { tf } = engine
    const { network, masking, structured = false, objective } = options
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
      ...(objective.state ?? []).map(({ name, shape }) => [`objective:${name}`, zeros(shape)] as const),
    ])
    this.#constants = new Map(objective.constants.map(({ name, shape }) => [name, zeros(shape)]))
    const names = [...this.#optimizer.scalars, ...objective.scalars, ...(options.averaging === true ? ['mean rate'] : [])]
    this.#calls = new StepCalls(
      engine,
      options,
      { names, at: (given) => this.#scalarsAt(given) },
      {
        step: (...given) => this.#body(...given),
        inPlace: this.#optimizer.inPlace ? this.#trainable.flatMap((parameter) => this.#updated(parameter)) : [],
        look: (...given) => this.#gradients(...given),
      },
    )
  }

  /** Starts a stage: the network's weights, its masks, fresh slots, and the objective's constants and state by name. */
  start({ weights, masks }: Pick<Network, 'weights' | 'masks'>, constants: Values = new Map(), state: Values = new Map()): void {
    this.#setMasks(masks)
    const masked = new Set(this.#masks.values())
    const first = new Map([...applyMasks(weights, masks), ...[...state].map(([name, values]) => [`objective:${name}`, values] as const)])
    for (const [name, variable] of this.#state) {
      if (masked.has(variable)) continue
      const values = first.get(name.replace(/^dense:/, ''))
      this.#engine.assign(variable, values ?? new Float32Array(variable.size))
    }
    for (const [name, variable] of this.#constants) this.#engine.assign(variable, constants.get(name)!)
  }

  /** Restores the result of `state`, bit for bit. @throws PipelineProblem if it belongs to another network or optimizer */
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

  /** The moving average of the weights over the steps so far. */
  mean(): Promise<Weights> {
    return this.#values(this.#options.network.variables.keys(), 'mean:')
  }

  /** The current masks; for masks that change, those after the last change. */
  async masks(): Promise<Masks> {
    const masks = new Map<string, Uint8Array>()
    for (const [name, variable] of this.#masks) masks.set(name, Uint8Array.from(await this.#read(variable)))
    return masks
  }

  /**
   * New masks from the current weights (the dense ones, with feedback) and the current masks.
   * @returns the fraction of bits that changed, from 0 to 1
   */
  async remask(choose: (weights: Weights, masks: Masks, movement: Weights) => Masks): Promise<number> {
    const weights = new Map([...(await this.weights()), ...(await this.#values(this.#masks.keys(), 'dense:'))])
    const before = await this.masks()
    const masks = choose(weights, before, await this.#values(this.#masks.keys(), 'movement:'))
    this.#setMasks(masks)
    const masked = applyMasks(weights, masks)
    for (const name of this.#masks.keys()) this.#engine.assign(this.#options.network.variables.get(name)!, masked.get(name)!)
    if (this.#options.masking === 'regrow') await this.#forget(before, masks)
    let [changed, all] = [0, 0]
    for (const [name, mask] of before) {
      changed += flips(mask, masks.get(name))
      all += mask.length
    }
    return changed / all
  }

  /** The optimizer state of weights that were removed until now. */
  async #forget(before: Masks, masks: Masks): Promise<void> {
    for (const [name, mask] of before)
      for (const slot of this.#optimizer.slots) {
        const variable = this.#state.get(`${slot}:${name}`)!
        const values = (await this.#read(variable)).map((value, i) => (mask[i] === 0 && masks.get(name)![i] === 1 ? 0 : value))
        this.#engine.assign(variable, values)
      }
  }

  async step(given: StepInputs): Promise<StepOutcome> {
    return (await this.steps([given]))[0]!
  }

  /** The most steps that go in one call of the engine, from 1. */
  get together(): number {
    return this.#calls.together
  }

  /** Steps one after another, with the results of `step` for each. `together` of them are faster than one by one. */
  steps(given: readonly StepInputs[]): Promise<StepOutcome[]> {
    return this.#calls.steps(given)
  }

  /**
   * Uses a batch for the gradient of every weight that masks may remove, including removed ones, at the current network. Neither the
   * weights nor their average change; batch norm's running statistics do.
   */
  async gradients(given: StepInputs): Promise<{ readonly outcome: StepOutcome; readonly gradients: Weights }> {
    const { outcome, rest } = await this.#calls.look(given)
    return { outcome, gradients: new Map([...this.#masks.keys()].map((name, i) => [name, rest[i]!])) }
  }

  #scalarsAt({ learningRate, step, scalars, decay }: StepInputs): number[] {
    const averaged = this.#options.averaging === true && decay !== undefined ? [meanRate(decay, step + 1)] : []
    return [...this.#optimizer.scalarsAt(learningRate, step + 1), ...scalars, ...averaged]
  }

  dispose(): void {
    this.#calls.dispose()
    const networks = new Set(this.#options.network.variables.values())
    const own = [...this.#state.values(), ...this.#masks.values(), ...this.#constants.values()]
    this.#engine.tf.dispose([...new Set(own)].filter((variable) => !networks.has(variable)))
  }

  /** Variables of one kind for the parameters, by name. Variables are float32. */
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
    const rates = numbers.slice(0, this.#optimizer.scalars.length)
    const { value, grads, correct, updates, rest } = this.#differentiated(example, seed, numbers)
    const { clipNorm } = this.#options
    const gradients = this.#trainable.map((parameter) => this.#seen(parameter, grads))
    const clipped = clipNorm === undefined ? gradients : clippedTo(this.#engine.tf, gradients, clipNorm)
    this.#trainable.forEach((parameter, i) => {
      this.#update(parameter, clipped[i]!, rates)
    })
    const [meanRate] = rest
    if (meanRate !== undefined) this.#average(meanRate)
    for (const [name, value] of updates) this.#state.get(`objective:${name}`)!.assign(value)
    return [value, correct]
  }

  #gradients(example: readonly Tensor[], seed: Tensor, numbers: readonly Tensor[]): Tensor[] {
    const { value, grads, correct } = this.#differentiated(example, seed, numbers)
    return [value, correct, ...[...this.#masks.keys()].map((name) => grads[this.#options.network.variables.get(name)!.name]!)]
  }

  /** `rest`: the numbers after the optimizer's and the objective's. */
  #differentiated(example: readonly Tensor[], seed: Tensor, numbers: readonly Tensor[]) {
    const { scalars: asked, state: kept = [] } = this.#options.objective
    const others = numbers.slice(this.#optimizer.scalars.length)
    const variables = this.#trainable.map(({ name }) => this.#options.network.variables.get(name)!)
    const state = new Map(kept.map(({ name }) => [name, this.#state.get(`objective:${name}`)!]))
    const given = { example, seed, scalars: others.slice(0, asked.length), constants: this.#constants, state }
    return { ...lossGradients(this.#engine, this.#options, variables, given), rest: others.slice(asked.length) }
  }

  /** Before the gradient norm is computed, which excludes removed weights. */
  #seen({ name, role }: Parameter, gradients: { readonly [variable: string]: Tensor }): Tensor {
    const { network, gammaL1, masking } = this.#options
    const [variable, mask] = [network.variables.get(name)!, masking === 'regrow' ? this.#masks.get(name) : undefined]
    const gradient = gradients[variable.name]!
    return penalised(variable, role, mask === undefined ? gradient : gradient.mul(mask), gammaL1)
  }

  /** After the update, including masks and running statistics: mean ← mean + rate · (weight − mean). */
  #average(rate: Tensor): void {
    for (const [name, variable] of this.#options.network.variables) {
      const mean = this.#state.get(`mean:${name}`)!
      mean.assign(mean.add(variable.sub(mean).mul(rate)))
    }
  }

  /** The variables of a parameter that the optimizer changes: its weight (the dense one, with feedback) and the slots. */
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
    weight.assign(mask === undefined ? next.weight : this.#masked(next.weight, mask, dense === undefined))
    slots.forEach((slot, i) => {
      slot.assign(next.slots[i]!)
    })
  }

  /** @param inPlace whether the weight itself is not needed any more */
  #masked(weight: Tensor, mask: Tensor, inPlace: boolean): Tensor {
    return (inPlace ? this.#engine.fused?.masked(weight, mask) : undefined) ?? weight.mul(mask)
  }
}
