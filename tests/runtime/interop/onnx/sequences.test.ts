/** Networks of sequences as ONNX: recurrent layers, tokens, windows over steps. */
import { beforeAll, describe, expect, test } from 'vitest'
import { openEngine } from '../../../../runtime/engine/open.ts'
import type { Engine } from '../../../../stdlib/engine.ts'
import { digits, lstm } from '../../../../stdlib/index.ts'
import { applyMasks } from '../../../../stdlib/masks.ts'
import { buildModel } from '../../../../stdlib/network-registry.ts'
import { lived } from '../../../stdlib/models/every.ts'
import { Batch, exported, missing } from './batch.ts'
import { type Layer, type Layers, ofSequences, sequenceLayers } from './sequence-layers.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

const custom = { name: 'custom', options: {} } as const

describe.skipIf(missing !== undefined)(`read by onnxruntime${missing === undefined ? '' : ` (${missing})`}`, () => {
  test('each layer of sequences gives the logits that it gives here', async () => {
    const batch = new Batch(engine)
    for (const [name, make] of Object.entries(sequenceLayers)) {
      const model = ofSequences(engine, make)
      await batch.add(name, model, lived(custom, model))
    }
    const checked = await batch.checked()
    expect(Object.keys(checked)).toHaveLength(Object.keys(sequenceLayers).length)
    expect(Object.entries(checked).filter(([, { apart }]) => !(apart < 1e-4))).toEqual([])
    expect(checked['lstm, last step']).toMatchObject({ operators: { LSTM: 1 }, input: ['batch', 7, 5], type: 'tensor(float)', opset: 17 })
    expect(checked['both ways, sum']!.operators.LSTM).toBe(2)
  }, 60_000)

  test('the language model takes tokens as whole numbers, normalised or not, and what was pruned is zero', async () => {
    const { spec } = lstm([6, 4], { vocabulary: 11, embedding: 5 })
    const model = buildModel(engine.tf, spec)
    const network = lived(spec, model)
    const masks = new Map(
      network.topology.parameters
        .filter(({ prunable }) => prunable)
        .map(({ name }) => [name, Uint8Array.from(network.weights.get(name)!, (_, i) => i % 2)]),
    )
    const batch = new Batch(engine)
    await batch.add('lstm', model, network)
    await batch.add('normalised', model, network, { normalize: { data: digits().spec } })
    await batch.add('pruned', model, { ...network, masks, weights: applyMasks(network.weights, masks) })
    const checked = await batch.checked()
    expect(Object.entries(checked).filter(([, { apart }]) => !(apart < 1e-4))).toEqual([])
    expect(Object.keys(checked)).toHaveLength(3)
    expect(checked.normalised).toMatchObject({ type: 'tensor(int64)', input: ['batch', 64], operators: { Gather: 1, LSTM: 2 } })
    expect(checked.normalised!.operators.Div).toBeUndefined()
  })

  test('tokens that something else reads too come as floats; a separable convolution; classes of pixels', async () => {
    const { layers, input, model } = engine.tf
    const tokens = input({ shape: [6] })
    const vectors = layers.embedding({ name: 'words', inputDim: 9, outputDim: 3 }).apply(tokens) as typeof tokens
    const last = layers.lstm({ name: 'last', units: 4 }).apply(vectors) as typeof tokens
    const repeated = layers.repeatVector({ name: 'again', n: 3 }).apply(last) as typeof tokens
    const summed = layers.gru({ name: 'read', units: 4 }).apply(repeated) as typeof tokens
    const both = layers.concatenate({ name: 'both' }).apply([summed, tokens])
    const words = model({ inputs: tokens, outputs: layers.dense({ name: 'out', units: 10 }).apply(both) as typeof tokens })
    const separable = engine.tf.sequential({
      layers: [
        layers.separableConv2d({
          ...{ name: 'separable', inputShape: [7, 6, 3], filters: 5, kernelSize: [3, 2], depthMultiplier: 2 },
          ...{ strides: [2, 2], padding: 'same', activation: 'tanh' },
        }),
        layers.flatten({ name: 'flat' }),
        layers.dense({ name: 'out', units: 10 }),
      ],
    })
    const pixels = engine.tf.sequential({
      layers: [
        layers.conv2d({ name: 'first', inputShape: [5, 6, 3], filters: 4, kernelSize: 2 }),
        layers.dense({ name: 'pixels', units: 3, activation: 'softmax' }),
        layers.flatten({ name: 'flat' }),
        layers.dense({ name: 'out', units: 10 }),
      ],
    })
    const batch = new Batch(engine)
    await batch.add('pixels', pixels, lived(custom, pixels))
    await batch.add('words', words, lived(custom, words))
    await batch.add('separable', separable, lived(custom, separable))
    const checked = await batch.checked()
    expect(checked.words).toMatchObject({ type: 'tensor(float)' })
    expect(checked.words!.apart).toBeLessThan(1e-4)
    expect(checked.separable!.apart).toBeLessThan(1e-4)
    expect(checked.pixels!.apart).toBeLessThan(1e-4)
    expect(checked.separable!.operators.Conv).toBe(2)
  })
})

test.each<[what: string, layer: (layers: Layers) => Layer, option: string]>([
  [
    'a state that goes from batch to batch',
    (layers) => layers.lstm({ name: 'a', units: 3, stateful: true, batchInputShape: [2, 7, 5] }),
    'stateful',
  ],
  ['an activation that ONNX does not have there', (layers) => layers.gru({ name: 'a', units: 3, activation: 'selu' }), 'activation'],
  [
    'a convolution at each step',
    (layers) => layers.timeDistributed({ name: 'a', layer: layers.reshape({ targetShape: [1, 5] }) }),
    'layer',
  ],
  [
    'another one within both ways',
    (layers) =>
      layers.bidirectional({ name: 'a', mergeMode: 'sum', layer: layers.lstm({ units: 3, recurrentActivation: 'softmax' }) as never }),
    'recurrentActivation',
  ],
])('%s is refused by name', async (_, make, option) => {
  const { layers, sequential } = engine.tf
  const model = sequential({
    layers: [layers.inputLayer({ batchInputShape: [2, 7, 5] }), make(layers), layers.dense({ name: 'out', units: 10 })],
  })
  await expect(exported(engine, model, lived(custom, model))).rejects.toMatchObject({
    title: 'The network cannot be written as ONNX: its layer a has an option that is not translated.',
    facts: expect.arrayContaining([[option, expect.anything()]]),
  })
})

test('padding that is not to be read is refused: what follows would read it', async () => {
  const { layers, sequential } = engine.tf
  const model = sequential({
    layers: [
      layers.embedding({ name: 'words', inputDim: 9, outputDim: 3, inputLength: 6, maskZero: true }),
      layers.lstm({ name: 'read', units: 4 }),
      layers.dense({ name: 'out', units: 10 }),
    ],
  })
  await expect(exported(engine, model, lived(custom, model))).rejects.toMatchObject({
    facts: expect.arrayContaining([['maskZero', 'true']]),
  })
})
