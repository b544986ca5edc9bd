/**
 * The building blocks of convolutional networks. Padding is as in PyTorch: equal on both sides, also for a stride of 2, where TensorFlow
 * would pad one side only. Batch norm's running statistics have momentum 0.9 (PyTorch's 0.1), and ε is 1e-5.
 */
import type { Tf } from '../../engine.ts'
import type { Layer, SymbolicTensor } from '../structure/rebuild.ts'

/** As in PyTorch, whose momentum is 0.1. */
export const batchNorm = { momentum: 0.9, epsilon: 1e-5 } as const

/** In the form of tf.layers. */
export type Initialization = 'glorotNormal' | 'heNormal' | ReturnType<Tf['initializers']['zeros']>

interface ConvolutionOptions {
  /** Height and width of the window, odd. Default 3. */
  readonly kernel?: number
  readonly strides?: number
  /** Default false: batch norm follows. */
  readonly bias?: boolean
}

export interface Pieces {
  convolution(x: SymbolicTensor, name: string, filters: number, options?: ConvolutionOptions): SymbolicTensor
  /** One window for each channel. */
  depthwise(x: SymbolicTensor, name: string, options: { readonly strides: number }): SymbolicTensor
  norm(x: SymbolicTensor, name: string): SymbolicTensor
  /** @param maxValue the upper limit, for ReLU6 */
  relu(x: SymbolicTensor, name: string, maxValue?: number): SymbolicTensor
  add(x: SymbolicTensor, y: SymbolicTensor, name: string): SymbolicTensor
  /** 2 × 2 max pooling. */
  pool(x: SymbolicTensor, name: string): SymbolicTensor
  /** Over all positions. */
  average(x: SymbolicTensor): SymbolicTensor
  dense(x: SymbolicTensor, name: string, units: number, initialization: Initialization): SymbolicTensor
  /** Global average pooling, then the classifier `out`. */
  classify(x: SymbolicTensor, classes: number, initialization: Initialization): SymbolicTensor
}

/** @param kernels the initializer of convolutions @param norms that of batch norm's scales, default 1 */
export function pieces({ layers, initializers }: Tf, kernels: Initialization, norms: { readonly scale?: number } = {}): Pieces {
  // tf.layers types apply() for tensors and symbols at once; for a symbol it returns a symbol.
  const applied = (layer: Layer, x: SymbolicTensor | SymbolicTensor[]) => layer.apply(x) as SymbolicTensor
  const padded = (x: SymbolicTensor, name: string, kernel: number, strides: number) =>
    strides === 1 || kernel === 1 ? x : applied(layers.zeroPadding2d({ name: `${name}_pad`, padding: (kernel - 1) / 2 }), x)
  const padding = (strides: number) => (strides === 1 ? 'same' : 'valid')
  const scaled = norms.scale === undefined ? {} : { gammaInitializer: initializers.constant({ value: norms.scale }) }
  const average = (x: SymbolicTensor) => applied(layers.globalAveragePooling2d({ name: 'pool', dataFormat: 'channelsLast' }), x)
  const dense = (x: SymbolicTensor, name: string, units: number, kernelInitializer: Initialization) =>
    applied(layers.dense({ name, units, kernelInitializer }), x)
  return {
    average,
    dense,
    convolution(x, name, filters, { kernel = 3, strides = 1, bias = false } = {}) {
      const convolution = layers.conv2d({
        name,
        filters,
        kernelSize: kernel,
        strides,
        padding: padding(strides),
        useBias: bias,
        kernelInitializer: kernels,
      })
      return applied(convolution, padded(x, name, kernel, strides))
    },
    depthwise(x, name, { strides }) {
      const depthwise = layers.depthwiseConv2d({
        name,
        kernelSize: 3,
        strides,
        padding: padding(strides),
        useBias: false,
        depthwiseInitializer: kernels,
      })
      return applied(depthwise, padded(x, name, 3, strides))
    },
    norm: (x, name) => applied(layers.batchNormalization({ name, ...batchNorm, ...scaled }), x),
    relu: (x, name, maxValue) =>
      applied(maxValue === undefined ? layers.activation({ name, activation: 'relu' }) : layers.reLU({ name, maxValue }), x),
    add: (x, y, name) => applied(layers.add({ name }), [x, y]),
    pool: (x, name) => applied(layers.maxPooling2d({ name, poolSize: 2 }), x),
    classify: (x, classes, initialization) => dense(average(x), 'out', classes, initialization),
  }
}

/** Normal, variance 2 / (window · filters): He et al. (2015), fan-out, as in most PyTorch networks for CIFAR. */
export const heFanOut = ({ initializers }: Tf): Initialization =>
  initializers.varianceScaling({ scale: 2, mode: 'fanOut', distribution: 'normal' })

/** Uniform within ±1/√inputs, the default of PyTorch's linear layers. */
export const likeTorch = ({ initializers }: Tf): Initialization =>
  initializers.varianceScaling({ scale: 1 / 3, mode: 'fanIn', distribution: 'uniform' })
