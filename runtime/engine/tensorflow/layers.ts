/**
 * Changes to tf.layers on this engine: names of layers in the graph's nodes, batch norm as one fused operation, dropout from a
 * counter-based stream.
 */
import type { Tensor } from '../../../stdlib/engine.ts'
import { type Backend, tf } from './backend.ts'
import { batchNormTraining } from './batch-norm.ts'
import type { RandomStreams } from './random.ts'

interface Weight {
  read(): Tensor
  write(value: Tensor): void
}
interface BatchNorm {
  readonly axis: number
  readonly epsilon: number
  readonly momentum: number
  /** Undefined without scale. */
  readonly gamma: Weight | undefined
  /** Undefined without center. */
  readonly beta: Weight | undefined
  readonly movingMean: Weight
  readonly movingVariance: Weight
}
interface Dropout {
  readonly rate: number
  getNoiseShape(input: Tensor): number[] | null | undefined
}
interface Layer {
  readonly name: string
  call(inputs: Tensor | Tensor[], kwargs: { training?: boolean } | undefined): Tensor | Tensor[]
}
type Call = Layer['call']

/** @param vectors numbers in a vector register of oneDNN's widest kernels; undefined on a GPU */
export function installLayers(backend: Backend, { random }: RandomStreams, vectors: number | undefined): void {
  nameLayers(backend)
  replaceCall('BatchNormalization', (layer: BatchNorm, x) => {
    if (layer.axis !== -1 && layer.axis !== x.rank - 1) return undefined
    const channels = x.shape.at(-1)!
    const gamma = layer.gamma?.read() ?? tf.ones([channels])
    const beta = layer.beta?.read() ?? tf.zeros([channels])
    // The operation accepts only images: each row of anything else becomes an image of one pixel.
    const image = x.rank === 4 ? x : tf.reshape(x, [x.size / channels, 1, 1, channels])
    const { y, mean, variance } = batchNormTraining(backend, image, gamma, beta, layer.epsilon, vectors)
    for (const [running, now] of [
      [layer.movingMean, mean],
      [layer.movingVariance, variance],
    ] as const) {
      const old = running.read()
      running.write(tf.sub(old, tf.mul(tf.sub(old, now), 1 - layer.momentum)))
    }
    return x.rank === 4 ? y : tf.reshape(y, x.shape)
  })
  replaceCall('Dropout', (layer: Dropout, x) => {
    if (layer.rate === 0) return undefined
    const kept = tf.greaterEqual(random('uniform', layer.getNoiseShape(x) ?? x.shape), layer.rate)
    return tf.mul(x, tf.mul(tf.cast(kept, 'float32'), 1 / (1 - layer.rate)))
  })
}

/** During a trace, operations carry the name of the innermost layer that runs them. */
function nameLayers({ binding }: Backend): void {
  const probe = tf.layers.flatten({ name: 'espalier_probe' }) // named, so that automatic names of later layers do not change
  let prototype: { apply?: unknown } = Object.getPrototypeOf(probe)
  while (!Object.hasOwn(prototype, 'apply')) prototype = Object.getPrototypeOf(prototype)
  const layer = prototype as { apply(this: Layer, ...args: unknown[]): unknown }
  const { apply } = layer
  layer.apply = function (...args) {
    const run = () => apply.apply(this, args)
    return binding.trace === undefined ? run() : binding.trace.inLayer(this.name, run)
  }
}

/** Replaces a layer's call in training; when the result is `undefined`, tf.layers computes it. */
function replaceCall<L>(className: string, inTraining: (layer: L, x: Tensor) => Tensor | undefined): void {
  const prototype = tf.serialization.SerializationMap.getMap().classNameMap[className]![0].prototype as unknown as { call: Call }
  const original = prototype.call
  prototype.call = function (inputs, kwargs) {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs
    if (!kwargs?.training || tf.getBackend() !== 'tensorflow') return original.call(this, inputs, kwargs)
    // `this` is the layer: tf.layers does not declare the fields read here.
    return tf.tidy(() => inTraining(this as unknown as L, x)) ?? original.call(this, inputs, kwargs)
  }
}
