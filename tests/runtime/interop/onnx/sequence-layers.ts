/** Layers of sequences that are written as ONNX, each in a network of its own. */
import type { Engine, LayersModel } from '../../../../stdlib/engine.ts'

export type Layers = Engine['tf']['layers']
export type Layer = InstanceType<Layers['Layer']>

/** Sequences [batch, 7, 5] through one layer of each, and a linear one. */
export const sequenceLayers: { readonly [name: string]: (layers: Layers) => Layer } = {
  'lstm, last step': (layers) => layers.lstm({ name: 'a', units: 3, recurrentActivation: 'sigmoid' }),
  // What tf.layers has where nothing is said: a hard sigmoid.
  'lstm, every step, hard sigmoid': (layers) => layers.lstm({ name: 'a', units: 3, returnSequences: true }),
  'lstm without bias, other activations': (layers) =>
    layers.lstm({ name: 'a', units: 3, useBias: false, activation: 'softsign', recurrentActivation: 'elu' }),
  'lstm backwards, last step': (layers) => layers.lstm({ name: 'a', units: 3, goBackwards: true }),
  'lstm backwards, every step': (layers) => layers.lstm({ name: 'a', units: 3, goBackwards: true, returnSequences: true }),
  'gru, last step': (layers) => layers.gru({ name: 'a', units: 4, recurrentActivation: 'sigmoid' }),
  'gru, every step, hard sigmoid': (layers) => layers.gru({ name: 'a', units: 4, returnSequences: true }),
  'simple rnn': (layers) => layers.simpleRNN({ name: 'a', units: 4, returnSequences: true, activation: 'relu' }),
  ...Object.fromEntries(
    (['concat', 'sum', 'mul', 'ave'] as const).map((mergeMode) => [
      `both ways, ${mergeMode}`,
      (layers: Layers) => layers.bidirectional({ name: 'a', mergeMode, layer: layers.lstm({ units: 3, returnSequences: true }) as never }),
    ]),
  ),
  'both ways, last steps': (layers) => layers.bidirectional({ name: 'a', mergeMode: 'concat', layer: layers.gru({ units: 3 }) as never }),
  'both ways, backwards first': (layers) =>
    layers.bidirectional({
      name: 'a',
      mergeMode: 'concat',
      layer: layers.simpleRNN({ units: 3, goBackwards: true, returnSequences: true }) as never,
    }),
  'at each step': (layers) => layers.timeDistributed({ name: 'a', layer: layers.dense({ units: 3, activation: 'softmax' }) }),
  softmax: (layers) => layers.softmax({ name: 'a', axis: -1 }),
  convolution: (layers) => layers.conv1d({ name: 'a', filters: 4, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' }),
  'convolution, dilated, softmax': (layers) =>
    layers.conv1d({ name: 'a', filters: 4, kernelSize: 2, dilationRate: 3, useBias: false, activation: 'softmax' }),
  'largest of windows': (layers) => layers.maxPooling1d({ name: 'a', poolSize: 3, strides: 2, padding: 'same' }),
  'mean of windows': (layers) => layers.averagePooling1d({ name: 'a', poolSize: 3, strides: 1, padding: 'same' }),
  'largest of all': (layers) => layers.globalMaxPool1d({ name: 'a' }),
}

export function ofSequences({ tf }: Engine, make: (layers: Layers) => Layer): LayersModel {
  const { layers, input, model } = tf
  const sequence = input({ shape: [7, 5] })
  const made = make(layers).apply(sequence) as typeof sequence
  const flat = made.shape.length === 2 ? made : (layers.flatten({ name: 'flat' }).apply(made) as typeof sequence)
  return model({ inputs: sequence, outputs: layers.dense({ name: 'out', units: 10 }).apply(flat) as typeof sequence })
}
