/**
 * Layers whose tf.layers implementation is unsuitable for training here: batch norm (its running variance differs from the native
 * engine's, and it is slow) and dropout (unseeded). Other backends keep their implementation.
 */
import type { Tensor, Tf } from '../../../stdlib/engine.ts'
import { batchNormTraining } from './batch-norm.ts'
import type { Kernels } from './kernels.ts'
import type { RandomStreams } from './random.ts'

type Call = (this: object, inputs: Tensor | Tensor[], kwargs: { training?: boolean } | null) => Tensor | Tensor[]

/** A layer's weight, as tf.layers keeps it. */
interface Weight {
  read(): Tensor
  write(value: Tensor): void
}

interface BatchNormLayer {
  readonly axis: number
  readonly epsilon: number
  readonly momentum: number
  readonly gamma: Weight | undefined
  readonly beta: Weight | undefined
  readonly movingMean: Weight
  readonly movingVariance: Weight
}

interface DropoutLayer {
  readonly rate: number
  getNoiseShape(input: Tensor): number[] | null | undefined
}

export function installLayers(k: Kernels, streams: RandomStreams): void {
  const { tf } = k
  replaceCall(tf, 'BatchNormalization', (layer: BatchNormLayer, x) => {
    if (layer.axis !== -1 && layer.axis !== x.rank - 1) return undefined
    const channels = [x.shape.at(-1)!]
    const gamma = layer.gamma?.read() ?? tf.ones(channels)
    const beta = layer.beta?.read() ?? tf.zeros(channels)
    const { y, mean, variance } = batchNormTraining(k, x, gamma, beta, layer.epsilon)
    const decay = 1 - layer.momentum
    for (const [running, now] of [
      [layer.movingMean, mean],
      [layer.movingVariance, variance],
    ] as const) {
      const old = running.read()
      running.write(tf.sub(old, tf.mul(tf.sub(old, now), decay)))
    }
    return y
  })
  replaceCall(tf, 'Dropout', (layer: DropoutLayer, x) => {
    if (!(layer.rate > 0 && layer.rate < 1)) return undefined
    const kept = tf.greaterEqual(streams.random('uniform', layer.getNoiseShape(x) ?? x.shape), layer.rate)
    return tf.mul(x, tf.mul(tf.cast(kept, 'float32'), 1 / (1 - layer.rate)))
  })
}

/** Replaces a layer's call in training on this backend; when the result is `undefined`, tf.layers computes it. */
function replaceCall<L>(tf: Tf, className: string, inTraining: (layer: L, x: Tensor) => Tensor | undefined): void {
  const registered = tf.serialization.SerializationMap.getMap().classNameMap[className]
  if (registered === undefined) throw new Error(`tf.layers has no ${className}`)
  const prototype = registered[0].prototype as unknown as { call: Call }
  const original = prototype.call
  prototype.call = function (inputs, kwargs) {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs
    if (!kwargs?.training || tf.getBackend() !== 'wasm') return original.call(this, inputs, kwargs)
    // `this` is the layer: tf.layers does not declare the fields read here.
    return tf.tidy(() => inTraining(this as unknown as L, x)) ?? original.call(this, inputs, kwargs)
  }
}
