/**
 * Batch ensemble (Wen, Tran & Ba, 2020) as LatentBE uses it (Nam et al., 2022): M members share kernels and biases, and each scales the
 * inputs and outputs of a layer with its own vectors, y = ((x ∘ r_m)·W + b) ∘ s_m. By default all factors start at one, so the members
 * differ only through their teachers.
 *
 * In training every member sees the whole batch: logits [members · batch, classes], member by member. In evaluation the members are one
 * network, with the means of the factors.
 */

import { inRange, optionsOf, ranges } from '../../../dsl/check/checks.ts'
import { PipelineProblem } from '../../../dsl/check/problem.ts'
import { type Arch, type BatchEnsemble, type Model, modelOf } from '../../../dsl/index.ts'
import type { Spec } from '../../../dsl/parts/spec.ts'
import type { LayersModel, Tensor, Tf } from '../../engine.ts'
import { isKernel } from '../../network.ts'
import type { ModelBuilder } from '../blocks/description.ts'
import { again, type BuiltLayer, copyOf, type Layer } from '../structure/rebuild.ts'
import { parametersOf } from '../structure/topology.ts'

export interface BatchEnsembleOptions {
  /**
   * Standard deviation of the initial factors around one. 0 or more, default 0, as LatentBE requires: its members diverge because their
   * teachers differ. Members trained on the same labels would stay identical; use 0.5 for a batch ensemble trained on labels (Nam et al.,
   * 2021).
   */
  readonly spread?: number
}

/**
 * Adds factors for each of `members` to every dense, convolutional and depthwise layer of `model`.
 * @param members 2 or more
 */
export const batchEnsemble = <A extends Arch, const M extends number>(
  model: Model<A>,
  members: M,
  options?: BatchEnsembleOptions,
): Model<BatchEnsemble<A, M>> => {
  const given = optionsOf('batchEnsemble()', options, ['spread'])
  const spread = inRange('batchEnsemble()', 'spread', given.spread ?? 0, ranges.notNegative)
  if (!(Number.isInteger(members) && members >= 2)) {
    throw new PipelineProblem({
      title: 'An ensemble inside a network has two members or more.',
      facts: { members, allowed: 'a whole number from 2' },
      hint: 'For example batchEnsemble(lenet300(), 4).',
    })
  }
  const { spec } = model
  const { classes, layers, channels, norm, features } = model.arch
  const arch = { classes, layers, channels, norm, features, members, of: model.arch }
  return modelOf<BatchEnsemble<A, M>>(
    { name: 'batchEnsemble', options: { of: { name: spec.name, options: spec.options }, members, ...(spread === 0 ? {} : { spread }) } },
    arch,
    model.input,
  )
}

/** The options of its description. */
export interface Members {
  readonly of: Spec
  readonly members: number
  readonly spread?: number
}

/** What `batchEnsemble` wrote; undefined for another network. */
export const batchEnsembleOf = ({ name, options }: Spec): Members | undefined =>
  name === 'batchEnsemble' ? (options as unknown as Members) : undefined

/** How a call computes the members. */
interface Call {
  readonly training?: boolean
  /** Each member separately, also in evaluation. */
  readonly members?: boolean
}

export const buildBatchEnsemble: ModelBuilder = (tf, options, { other }) => {
  const { of, members, spread = 0 } = options as unknown as Members // what batchEnsemble() wrote
  const base = other(of)
  refuseShared(base)
  const layers = memberLayers(tf, spread === 0 ? ones : around(spread))
  const input = tf.input({ shape: base.inputs[0]!.shape.slice(1) })
  const tiled = new layers.Tiled(members).apply(input) as typeof input
  const outputs = again(base, new Map([[base.inputs[0]!, tiled]]), (layer) => {
    return isScaled(layer) ? new layers.Scaled(layer, members) : copyOf(layer)
  })
  base.dispose() // only its wiring was needed
  return tf.model({ inputs: input, outputs })
}

/** Layers with separate factors for each member. */
const isScaled = (layer: Pick<BuiltLayer, 'getClassName'>): boolean => ['Dense', 'Conv2D', 'DepthwiseConv2D'].includes(layer.getClassName())

/** @throws PipelineProblem for kernels without factors, which would make all members the same */
function refuseShared(base: LayersModel): void {
  const kernels = new Set(parametersOf(base).flatMap(({ parameter }) => (isKernel(parameter) ? [parameter.layer] : [])))
  const shared = base.layers.find((layer) => kernels.has(layer.name) && !isScaled(layer))
  if (shared === undefined) return
  throw new PipelineProblem({
    title: `batchEnsemble() gives factors to dense, convolutional and depthwise layers, and ${shared.name} is of another kind.`,
    facts: { layer: shared.name, kind: shared.getClassName() },
    hint: 'Train several networks instead: ensemble(4, (seed) => train({ seed })).',
  })
}

/** Layer classes for this tfjs; they cannot be defined without it. */
function memberLayers(tf: Tf, factors: object) {
  /** [batch, …] → [members · batch, …] if members are computed separately. */
  class Tiled extends tf.layers.Layer {
    static className = 'Tiled'
    readonly #members: number
    constructor(members: number) {
      super({ name: 'members' })
      this.#members = members
    }
    override call(inputs: Tensor | Tensor[], { training, members }: Call): Tensor {
      const x = one(inputs)
      return training === true || members === true ? tf.tile(x, [this.#members, ...x.shape.slice(1).map(() => 1)]) : x
    }
    override computeOutputShape(shape: (number | null)[]): (number | null)[] {
      return shape
    }
  }

  /** A dense, convolutional or depthwise layer between factors. */
  class Scaled extends tf.layers.Layer {
    static className = 'Scaled'
    readonly scales: BuiltLayer
    readonly #members: number
    constructor(layer: BuiltLayer, members: number) {
      super({ name: layer.name })
      this.scales = layer
      this.#members = members
    }

    get #depthwise(): boolean {
      return this.scales.getClassName() === 'DepthwiseConv2D'
    }

    override build(shape: (number | null)[]): void {
      const { useBias } = this.scales.getConfig()
      const kernel = weightOf(this.scales, 'kernel')!
      const [reads, last] = kernel.shape.slice(-2) as [number, number]
      const makes = this.#depthwise ? reads * last : last
      // The values come from the network's weights; the initializer is in the configuration.
      const add = (name: string, size: number[]) => this.addWeight(name, size, 'float32', tf.initializers.zeros())
      this.kernel = add('kernel', [...kernel.shape])
      if (useBias !== false) this.bias = add('bias', [makes])
      this.r = add('r', [this.#members, reads])
      this.s = add('s', [this.#members, makes])
      super.build(shape)
    }
    kernel!: Weight
    bias: Weight | undefined
    r!: Weight
    s!: Weight

    override call(inputs: Tensor | Tensor[], { training, members }: Call): Tensor {
      const separate = training === true || members === true
      const scaled = (x: Tensor, factors: Tensor): Tensor => {
        if (!separate) return tf.mul(x, tf.mean(factors, 0))
        const [rows, ...rest] = x.shape as [number, ...number[]]
        const byMember = tf.reshape(x, [this.#members, rows / this.#members, ...rest])
        const factor = tf.reshape(factors, [this.#members, 1, ...rest.slice(1).map(() => 1), rest.at(-1)!])
        return tf.reshape(tf.mul(byMember, factor), x.shape)
      }
      const { strides, padding, activation } = this.scales.getConfig() as {
        strides?: [number, number]
        padding?: 'same' | 'valid'
        activation: string
      }
      const x = scaled(one(inputs), this.r.read())
      const kernel = this.kernel.read()
      // tfjs types images and kernels by their rank.
      const product =
        strides === undefined
          ? tf.matMul(x, kernel)
          : (this.#depthwise ? tf.depthwiseConv2d : tf.conv2d)(x as never, kernel as never, strides, padding!)
      const shifted = this.bias === undefined ? product : tf.add(product, this.bias.read())
      const y = scaled(shifted as Tensor, this.s.read())
      return activation === 'relu' ? tf.relu(y) : activation === 'linear' ? y : (tf[activation as 'tanh' | 'sigmoid'](y) as Tensor)
    }
    override computeOutputShape(shape: (number | null)[]): (number | null)[] {
      return (this.scales as unknown as Layer).computeOutputShape(shape) as (number | null)[]
    }
    override getConfig(): never {
      // This network is built from its description only; `topologyOf` reads shape and initializers from the layer it replaces.
      return { ...this.scales.getConfig(), rInitializer: factors, sInitializer: factors } as never
    }
  }
  return { Tiled, Scaled }
}

const ones = { className: 'Ones', config: {} }
const around = (spread: number) => ({ className: 'RandomNormal', config: { mean: 1, stddev: spread } })

type Weight = { read(): Tensor }

const one = (inputs: Tensor | Tensor[]): Tensor => (Array.isArray(inputs) ? inputs[0]! : inputs)

function weightOf(layer: BuiltLayer, role: string): { readonly shape: readonly number[] } | undefined {
  return (layer.weights as unknown as { originalName: string; shape: readonly number[] }[]).find(({ originalName }) =>
    originalName.endsWith(role),
  )
}
