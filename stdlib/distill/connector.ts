/** From a student's features to the width of its teacher's: a 1 × 1 convolution, batch norm and activation that are removed after training. */
import type { Tf } from '../engine.ts'
import { batchNorm, likeTorch } from '../models/blocks/pieces.ts'
import type { SymbolicTensor } from '../models/structure/rebuild.ts'

interface Connector {
  /** Of the first layer, and the beginning of the other names. */
  readonly name: string
  readonly width: number
  readonly activation: 'relu' | 'linear'
}

/** The name of a connector's last layer. */
export const endOf = (name: string): string => `${name}_end`

/** Without maps, a 1 × 1 convolution is a dense layer. */
export function connected(tf: Tf, features: SymbolicTensor, { name, width, activation }: Connector): SymbolicTensor {
  const options = { name, useBias: false, kernelInitializer: likeTorch(tf) }
  const stack = [
    features.shape.length === 4
      ? tf.layers.conv2d({ ...options, filters: width, kernelSize: 1 })
      : tf.layers.dense({ ...options, units: width }),
    tf.layers.batchNormalization({ name: `${name}_bn`, ...batchNorm }),
    tf.layers.activation({ name: endOf(name), activation }),
  ]
  return stack.reduce((x, layer) => layer.apply(x) as SymbolicTensor, features)
}
