/** The networks that the engine's benchmark trains, as a user of tf.layers writes them. `torch_peer.py` has the same in PyTorch. */
import type { LayersModel, Tf } from '../stdlib/engine.ts'

type Symbolic = ReturnType<Tf['input']>

export interface BenchNetwork {
  /** [height, width, channels] of one example. */
  readonly input: readonly [number, number, number]
  readonly batch: number
  /** Steps in one timing: some hundred milliseconds on two cores. */
  readonly steps: number
  readonly build: (tf: Tf) => LayersModel
}

export const classes = 10

export const networks = {
  lenet300: { input: [28, 28, 1], batch: 64, steps: 200, build: lenet300 },
  resnet20: { input: [32, 32, 3], batch: 128, steps: 4, build: resnet20 },
} satisfies { readonly [name: string]: BenchNetwork }

export type BenchName = keyof typeof networks

/** LeNet-300-100. */
function lenet300({ layers, sequential, initializers }: Tf): LayersModel {
  const kernel = (seed: number) => initializers.heNormal({ seed })
  return sequential({
    layers: [
      layers.flatten({ inputShape: [...networks.lenet300.input] }),
      layers.dense({ units: 300, activation: 'relu', kernelInitializer: kernel(1) }),
      layers.dense({ units: 100, activation: 'relu', kernelInitializer: kernel(2) }),
      layers.dense({ units: classes, kernelInitializer: kernel(3) }),
    ],
  })
}

/** ResNet-20 for 32 × 32 images (He et al. 2016, section 4.2), 1 × 1 convolutions where a shortcut changes shape. */
function resnet20(tf: Tf): LayersModel {
  const { layers } = tf
  let seed = 1
  const conv = (filters: number, kernelSize: number, strides: number) =>
    layers.conv2d({
      filters,
      kernelSize,
      strides,
      padding: 'same',
      useBias: false,
      kernelInitializer: tf.initializers.heNormal({ seed: seed++ }),
    })
  const norm = () => layers.batchNormalization({ momentum: 0.9, epsilon: 1e-5 })
  const relu = () => layers.activation({ activation: 'relu' })
  // tf.layers types apply() for tensors and symbols at once; of a symbol it gives a symbol.
  const chain = (x: Symbolic, ...stack: { apply(x: Symbolic): unknown }[]) => stack.reduce((y, layer) => layer.apply(y) as Symbolic, x)

  const input = tf.input({ shape: [...networks.resnet20.input] })
  let x = chain(input, conv(16, 3, 1), norm(), relu())
  let width = 16
  for (const filters of [16, 32, 64]) {
    for (let block = 0; block < 3; block++) {
      const strides = filters === width ? 1 : 2
      const residual = chain(x, conv(filters, 3, strides), norm(), relu(), conv(filters, 3, 1), norm())
      const shortcut = strides === 1 ? x : chain(x, conv(filters, 1, strides), norm())
      x = chain(layers.add().apply([residual, shortcut]) as Symbolic, relu())
      width = filters
    }
  }
  const pooled = chain(x, layers.globalAveragePooling2d({}))
  return tf.model({ inputs: input, outputs: chain(pooled, layers.dense({ units: classes })) })
}
