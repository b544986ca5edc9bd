/**
 * The networks that the engine's benchmark trains: the standard library's, and two small ones as a user of tf.layers would write them.
 * `torch_peer.py` has the same in PyTorch.
 */
import type { LayersModel, Tf } from '../stdlib/engine.ts'
import { buildModel } from '../stdlib/network-registry.ts'

export interface BenchNetwork {
  /** As shown in a table. */
  readonly title: string
  /** [height, width, channels] of one example. */
  readonly input: readonly [number, number, number]
  readonly batch: number
  /** Steps per timing: some hundred milliseconds on two cores. */
  readonly steps: number
  /** Limit of the ratio of Espalier's time to PyTorch's (eager). */
  readonly target: number
  /** With convolutions XLA is not timed, since it is slower; without them PyTorch has only one layout. */
  readonly convolutions: boolean
  readonly build: (tf: Tf) => LayersModel
}

export const classes = 10

const digits = [28, 28, 1] as const
const cifar = [32, 32, 3] as const

export const networks = {
  lenet300: {
    title: 'LeNet-300-100',
    input: digits,
    batch: 64,
    steps: 200,
    target: 0.5,
    convolutions: false,
    build: (tf) => buildModel(tf, { name: 'lenet300', options: {} }),
  },
  cnn: { title: 'CNN', input: digits, batch: 64, steps: 20, target: 0.6, convolutions: true, build: (tf) => cnn(tf, false) },
  'cnn-bn': {
    title: 'CNN with batch norm',
    input: digits,
    batch: 64,
    steps: 20,
    target: 0.55,
    convolutions: true,
    build: (tf) => cnn(tf, true),
  },
  resnet20: {
    title: 'ResNet-20',
    input: cifar,
    batch: 128,
    steps: 4,
    target: 0.7,
    convolutions: true,
    build: (tf) => buildModel(tf, { name: 'resnet', options: { depth: 20 } }),
  },
  vgg11: {
    title: 'VGG-11 with batch norm',
    input: cifar,
    batch: 128,
    steps: 2,
    target: 0.75,
    convolutions: true,
    build: (tf) => buildModel(tf, { name: 'vgg', options: { depth: 11 } }),
  },
} satisfies { readonly [name: string]: BenchNetwork }

export type BenchName = keyof typeof networks

/** conv 3×3 (32) – conv 3×3 (64) – pool – 128 – 10, convolutions without padding; with batch norm after each if asked. */
function cnn({ layers, sequential, initializers }: Tf, withNorm: boolean): LayersModel {
  const conv = (filters: number, seed: number, first: boolean) =>
    layers.conv2d({
      filters,
      kernelSize: 3,
      useBias: !withNorm,
      kernelInitializer: initializers.heNormal({ seed }),
      ...(first ? { inputShape: [...digits] } : {}),
    })
  const norm = () => (withNorm ? [layers.batchNormalization({ momentum: 0.9, epsilon: 1e-5 })] : [])
  const relu = () => layers.activation({ activation: 'relu' })
  return sequential({
    layers: [
      conv(32, 1, true),
      ...norm(),
      relu(),
      conv(64, 2, false),
      ...norm(),
      relu(),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 128, activation: 'relu', kernelInitializer: initializers.heNormal({ seed: 3 }) }),
      layers.dense({ units: classes, kernelInitializer: initializers.heNormal({ seed: 4 }) }),
    ],
  })
}
