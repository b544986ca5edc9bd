/** One step of a whole network from fixed weights: its loss, all gradients, and batch norm's statistics after it. */
import type { Spec } from '../../../../dsl/parts/spec.ts'
import type { Engine, LayersModel, Tensor } from '../../../../stdlib/engine.ts'
import { initialise } from '../../../../stdlib/models/structure/initialise.ts'
import { parametersOf, topologyOf } from '../../../../stdlib/models/structure/topology.ts'
import { sizeOf } from '../../../../stdlib/network.ts'
import { buildModel } from '../../../../stdlib/network-registry.ts'
import { Draw } from './draw.ts'

export interface ModelCase {
  readonly name: string
  readonly spec: Spec
  readonly batch: number
}

const cifar = { input: [32, 32, 3], classes: 10 }

export const modelCases: readonly ModelCase[] = [
  { name: 'LeNet-300-100', spec: { name: 'lenet300', options: {} }, batch: 16 },
  { name: 'LeNet-5', spec: { name: 'lenet5', options: {} }, batch: 8 },
  { name: 'VGG-11-BN', spec: { name: 'vgg', options: { depth: 11, ...cifar } }, batch: 4 },
  { name: 'ResNet-20', spec: { name: 'resnet', options: { depth: 20, ...cifar } }, batch: 4 },
  { name: 'MobileNetV2', spec: { name: 'mobilenetV2', options: cifar }, batch: 2 },
]

/** By name: `loss`, `gradient:conv1/kernel`, `after:bn1/moving_mean`. */
export type ModelValues = ReadonlyMap<string, Float32Array | Float64Array>

/** What another framework needs to build the same network. */
export interface Described {
  /** One without inputs reads the images. */
  readonly layers: readonly { readonly kind: string; readonly name: string; readonly config: object; readonly inputs: readonly string[] }[]
  readonly parameters: readonly { readonly name: string; readonly shape: readonly number[]; readonly trainable: boolean }[]
  readonly images: readonly number[]
  readonly classes: number
}

export interface Prepared {
  readonly described: Described
  /** Parameters in their order, then images and labels (one-hot). */
  readonly inputs: readonly Float32Array[]
  /** Compiled. */
  step(): Promise<ModelValues>
  /** The same operations, one after the other. */
  oneByOne(): Promise<ModelValues>
}

export function prepare(engine: Engine, { name, spec, batch }: ModelCase): Prepared {
  const { tf } = engine
  const model = smoothed(engine, buildModel(tf, spec))
  const topology = topologyOf(spec, model)
  const weights = initialise(topology, 3)
  const parameters = parametersOf(model)
  for (const { parameter, variable } of parameters) engine.assign(variable, weights.get(parameter.name)!)
  const { input, classes } = topology
  const shape = [batch, ...input]
  const draw = new Draw(name, 0)
  const images = draw.floats(shape, { from: -1, to: 1 }).values as Float32Array
  const labels = Float32Array.from({ length: batch * classes }, (_, i) => (i % classes === (Math.floor(i / classes) * 3) % classes ? 1 : 0))
  const trainable = parameters.filter(({ parameter }) => parameter.trainable)
  const statistics = parameters.filter(({ parameter }) => !parameter.trainable)
  const specs = [
    { name: 'images', shape, dtype: 'float32' },
    { name: 'labels', shape: [batch, classes], dtype: 'float32' },
  ] as const
  const body = (x: Tensor, y: Tensor): Tensor[] => {
    const { value, grads } = tf.variableGrads(
      () => tf.mean(engine.softmaxCrossEntropy(y, model.apply(x, { training: true }) as Tensor)).asScalar(),
      trainable.map(({ variable }) => variable),
    )
    return [value, ...trainable.map(({ variable }) => grads[variable.name]!)]
  }
  const named = async (outputs: readonly Tensor[]) => {
    const values = new Map<string, Float32Array>()
    const names = ['loss', ...trainable.map(({ parameter }) => `gradient:${parameter.name}`)]
    for (const [i, output] of outputs.entries()) values.set(names[i]!, (await engine.read(output)) as Float32Array)
    for (const { parameter, variable } of statistics) values.set(`after:${parameter.name}`, (await engine.read(variable)) as Float32Array)
    tf.dispose([...outputs])
    return values
  }
  const [x, y] = [tf.tensor(images, shape), tf.tensor(labels, [batch, classes])]
  return {
    described: {
      layers: describedLayers(model),
      parameters: parameters.map(({ parameter: { name, shape, trainable } }) => ({ name, shape, trainable })),
      images: shape,
      classes,
    },
    inputs: [...parameters.map(({ parameter }) => weights.get(parameter.name)!), images, labels],
    async step() {
      const step = engine.compile(name, specs, (x, y) => body(x!, y!))
      const values = await named(await step.run([x, y]))
      step.dispose()
      return values
    },
    async oneByOne() {
      for (const { parameter, variable } of statistics) engine.assign(variable, weights.get(parameter.name)!)
      return named(tf.tidy(() => body(x, y)))
    },
  }
}

/**
 * tanh in the place of every ReLU, means in the place of maxima: a value near a kink may fall on either side in two engines, and
 * then their gradients differ by as much as they are large.
 */
function smoothed({ tf }: Engine, model: LayersModel): LayersModel {
  const { activation: tanh } = tf.layers.activation({ activation: 'tanh', name: 'smooth' }) as unknown as { readonly activation: object }
  for (const layer of model.layers) {
    // tf.layers does not declare what its layers keep.
    const it = layer as unknown as { activation?: object; poolingFunction?: unknown; call: unknown }
    const kind = layer.getClassName()
    if (kind === 'ReLU') it.call = (x: Tensor | Tensor[]) => tf.tanh(Array.isArray(x) ? x[0]! : x)
    if (kind === 'MaxPooling2D')
      it.poolingFunction = (x: Tensor, size: [number, number], strides: [number, number], pad: 'same' | 'valid') =>
        tf.avgPool(x as Parameters<typeof tf.avgPool>[0], size, strides, pad)
    if ((layer.getConfig() as { activation?: string }).activation === 'relu') it.activation = tanh
  }
  return model
}

function describedLayers({ layers }: LayersModel): Described['layers'] {
  const known = new Set(layers.map(({ name }) => name))
  return layers.map((layer) => ({
    kind: layer.getClassName(),
    name: layer.name,
    config: layer.getConfig(),
    inputs: layer.inboundNodes[0]?.inboundLayers.map(({ name }) => name).filter((name) => known.has(name)) ?? [],
  }))
}

/** All values behind one another, as processes hand them over in a file; `names` say in which order. */
export function flat(values: ModelValues): { readonly names: readonly (readonly [string, number])[]; readonly numbers: Float64Array } {
  const numbers = new Float64Array([...values.values()].reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const array of values.values()) {
    numbers.set(array, at)
    at += array.length
  }
  return { names: [...values].map(([name, { length }]) => [name, length] as const), numbers }
}

export const sizes = ({ parameters, images, classes }: Described): readonly number[] => [
  ...parameters.map(({ shape }) => sizeOf(shape)),
  sizeOf(images),
  images[0]! * classes,
]
