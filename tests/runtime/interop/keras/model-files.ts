/** A `model.json` written down by hand, as Keras' converter writes a functional model: one of almost every kind of layer. */
import { sizeOf } from '../../../../stdlib/network.ts'

interface WrittenLayer {
  readonly class_name: string
  readonly config: { readonly [option: string]: unknown }
  readonly name: string
  readonly inbound_nodes: readonly unknown[]
}

export interface ModelJson {
  readonly format: string
  readonly modelTopology: {
    readonly keras_version: string
    readonly model_config: {
      readonly class_name: string
      readonly config: { readonly layers: readonly WrittenLayer[]; readonly input_layers: unknown; readonly output_layers: unknown }
    }
  }
  readonly weightsManifest: readonly {
    readonly paths: readonly string[]
    readonly weights: readonly { readonly name: string; readonly shape: readonly number[]; readonly dtype: string }[]
  }[]
}

const layer = (class_name: string, name: string, from: readonly string[], config: WrittenLayer['config'] = {}): WrittenLayer => ({
  class_name,
  name,
  config: { name, trainable: true, dtype: 'float32', ...config },
  inbound_nodes: from.length === 0 ? [] : [from.map((each) => [each, 0, 0, {}])],
})
const conv = {
  kernel_size: [3, 3],
  strides: [1, 1],
  padding: 'same',
  data_format: 'channels_last',
  dilation_rate: [1, 1],
  groups: 1,
  use_bias: false,
}

export const layers: readonly WrittenLayer[] = [
  layer('InputLayer', 'images', [], { batch_input_shape: [null, 8, 8, 3] }),
  layer('Rescaling', 'scaled', ['images'], { scale: 0.5, offset: -0.25 }),
  layer('Conv2D', 'stem', ['scaled'], {
    ...conv,
    filters: 8,
    strides: [2, 2],
    activation: 'swish',
    kernel_initializer: { class_name: 'HeNormal', config: { seed: null } },
  }),
  layer('BatchNormalization', 'stem_bn', ['stem'], { axis: [3], momentum: 0.99, epsilon: 0.001, center: true, scale: true }),
  layer('DepthwiseConv2D', 'deep', ['stem_bn'], { ...conv, depth_multiplier: 1, activation: 'linear' }),
  layer('GlobalAveragePooling2D', 'pooled', ['deep'], { keepdims: true, data_format: 'channels_last' }),
  layer('Conv2D', 'gate', ['pooled'], { ...conv, kernel_size: [1, 1], filters: 8, use_bias: true, activation: 'sigmoid' }),
  layer('Multiply', 'gated', ['deep', 'gate']),
  layer('Add', 'sum', ['gated', 'stem_bn']),
  layer('SeparableConv2D', 'separable', ['sum'], { ...conv, filters: 6, depth_multiplier: 1, use_bias: true, activation: 'relu' }),
  layer('Concatenate', 'joined', ['separable', 'sum'], { axis: -1 }),
  layer('ZeroPadding2D', 'padded', ['joined'], {
    padding: [
      [0, 1],
      [0, 1],
    ],
    data_format: 'channels_last',
  }),
  layer('MaxPooling2D', 'most', ['padded'], { pool_size: [2, 2], strides: [2, 2], padding: 'valid', data_format: 'channels_last' }),
  layer('Conv2DTranspose', 'up', ['most'], {
    ...conv,
    filters: 4,
    strides: [2, 2],
    use_bias: true,
    activation: 'relu',
    output_padding: null,
  }),
  layer('LayerNormalization', 'normed', ['up'], { axis: [3], epsilon: 0.001, center: true, scale: true }),
  layer('Activation', 'active', ['normed'], { activation: 'gelu' }),
  layer('Dropout', 'dropped', ['active'], { rate: 0.3, noise_shape: null, seed: null }),
  layer('Flatten', 'flat', ['dropped'], { data_format: 'channels_last' }),
  layer('Dense', 'out', ['flat'], { units: 10, use_bias: true, activation: 'softmax' }),
]

const norm = (name: string, size: number) =>
  ['gamma', 'beta', 'moving_mean', 'moving_variance'].map((role) => [`${name}/${role}`, [size]] as const)
const shapes: readonly (readonly [name: string, shape: readonly number[]])[] = [
  ['stem/kernel', [3, 3, 3, 8]],
  ...norm('stem_bn', 8),
  ['deep/depthwise_kernel', [3, 3, 8, 1]],
  ['gate/kernel', [1, 1, 8, 8]],
  ['gate/bias', [8]],
  ['separable/depthwise_kernel', [3, 3, 8, 1]],
  ['separable/pointwise_kernel', [1, 1, 8, 6]],
  ['separable/bias', [6]],
  ['up/kernel', [3, 3, 4, 14]],
  ['up/bias', [4]],
  ['normed/gamma', [4]],
  ['normed/beta', [4]],
  ['out/kernel', [64, 10]],
  ['out/bias', [10]],
]

export const modelJson: ModelJson = {
  format: 'layers-model',
  modelTopology: {
    keras_version: '2.15.0',
    model_config: { class_name: 'Functional', config: { layers, input_layers: [['images', 0, 0]], output_layers: [['out', 0, 0]] } },
  },
  weightsManifest: [
    {
      paths: ['group1-shard1of2.bin', 'group1-shard2of2.bin'],
      weights: shapes.map(([name, shape]) => ({ name: `model/${name}`, shape: [...shape], dtype: 'float32' })),
    },
  ],
}

const values = Float32Array.from({ length: shapes.reduce((sum, [, shape]) => sum + sizeOf(shape), 0) }, (_, i) => 0.3 * Math.sin(i) + 0.31)
const bytes = new Uint8Array(values.buffer)
/** The weights, in two files. */
export const shards: { readonly [name: string]: Uint8Array } = {
  'group1-shard1of2.bin': bytes.subarray(0, 1001),
  'group1-shard2of2.bin': bytes.subarray(1001),
}
