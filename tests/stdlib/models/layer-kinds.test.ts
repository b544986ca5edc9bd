/** Layers of tf.layers in a network of the user's: what their weights are, how they begin, what pruning may take of them. */
import { beforeAll, describe, expect, test } from 'vitest'
import { openEngine } from '../../../runtime/engine/open.ts'
import type { Engine, LayersModel, Tf } from '../../../stdlib/engine.ts'
import { model, sgd } from '../../../stdlib/index.ts'
import { sizeOfNetworks } from '../../../stdlib/metrics/size.ts'
import { initialise, withSigns } from '../../../stdlib/models/structure/initialise.ts'
import { leftOf, summaryOf } from '../../../stdlib/models/structure/summary.ts'
import { topologyOf } from '../../../stdlib/models/structure/topology.ts'
import type { Topology } from '../../../stdlib/network.ts'
import { buildModel } from '../../../stdlib/network-registry.ts'
import { anchorOf } from '../../../stdlib/optim/registry.ts'
import { prunedByMagnitude } from '../networks.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

const spec = { name: 'custom', options: {} }
const topologyFor = (build: (tf: Tf) => LayersModel): readonly [Topology, LayersModel] => {
  const made = build(engine.tf)
  return [topologyOf(spec, made), made]
}
const parametersFor = (build: (tf: Tf) => LayersModel) =>
  topologyFor(build)[0].parameters.map(({ name, role, shape, prunable, initializer }) => [
    name,
    role,
    shape.join(' '),
    prunable,
    initializer,
  ])

const one = (layer: (tf: Tf) => unknown) => (tf: Tf) => tf.sequential({ layers: [layer(tf) as ReturnType<Tf['layers']['dense']>] })
const zeros = { kind: 'zeros' }
const ones = { kind: 'ones' }
const glorot = (fanIn: number, fanOut: number) => ({ kind: 'normal', std: Math.sqrt(2 / (fanIn + fanOut)) })

describe('what weights are: kernels and recurrent kernels may be pruned, the rest not', () => {
  test.each<[string, (tf: Tf) => unknown, unknown[][]]>([
    [
      'LSTM, whose forget gate begins at one where that is asked for',
      ({ layers }) => layers.lstm({ name: 'a', units: 3, inputShape: [4, 2], unitForgetBias: true }),
      [
        ['a/kernel', 'kernel', '2 12', true, glorot(2, 12)],
        ['a/recurrent_kernel', 'recurrent', '3 12', true, { kind: 'orthogonal', gain: 1 }],
        ['a/bias', 'bias', '12', false, { kind: 'parts', values: [0, 1, 0, 0] }],
      ],
    ],
    [
      'GRU',
      ({ layers }) => layers.gru({ name: 'a', units: 3, inputShape: [4, 2] }),
      [
        ['a/kernel', 'kernel', '2 9', true, glorot(2, 9)],
        ['a/recurrent_kernel', 'recurrent', '3 9', true, { kind: 'orthogonal', gain: 1 }],
        ['a/bias', 'bias', '9', false, zeros],
      ],
    ],
    [
      'Bidirectional, by direction: the names inside are new at each build',
      ({ layers }) =>
        layers.bidirectional({ name: 'a', layer: layers.gru({ units: 1 }) as never, mergeMode: 'concat', inputShape: [4, 2] } as never),
      ['forward', 'backward'].flatMap((way) => [
        [`a/${way}_kernel`, 'kernel', '2 3', true, glorot(2, 3)],
        [`a/${way}_recurrent_kernel`, 'recurrent', '1 3', true, { kind: 'orthogonal', gain: 1 }],
        [`a/${way}_bias`, 'bias', '3', false, zeros],
      ]),
    ],
    [
      'TimeDistributed',
      ({ layers }) => layers.timeDistributed({ name: 'a', layer: layers.dense({ units: 3 }), inputShape: [4, 2] } as never),
      [
        ['a/kernel', 'kernel', '2 3', true, glorot(2, 3)],
        ['a/bias', 'bias', '3', false, zeros],
      ],
    ],
    [
      'Embedding',
      ({ layers }) => layers.embedding({ name: 'a', inputDim: 9, outputDim: 3, inputLength: 5 }),
      [['a/embeddings', 'embedding', '9 3', false, { kind: 'uniform', limit: 0.05 }]],
    ],
    [
      'LayerNormalization, whose scales slimming does not take for those of batch norm',
      ({ layers }) => layers.layerNormalization({ name: 'a', inputShape: [4, 2] }),
      [
        ['a/gamma', 'scale', '2', false, ones],
        ['a/beta', 'bias', '2', false, zeros],
      ],
    ],
    [
      'SeparableConv2D, of two kernels',
      ({ layers }) => layers.separableConv2d({ name: 'a', filters: 3, kernelSize: 3, inputShape: [8, 8, 2] }),
      [
        ['a/depthwise_kernel', 'kernel', '3 3 2 1', true, { kind: 'uniform', limit: Math.sqrt(3 / 9) }],
        ['a/pointwise_kernel', 'kernel', '1 1 2 3', true, { kind: 'uniform', limit: Math.sqrt(3 * (1 / 2.5)) }],
        ['a/bias', 'bias', '3', false, zeros],
      ],
    ],
    [
      'Conv1D',
      ({ layers }) => layers.conv1d({ name: 'a', filters: 4, kernelSize: 3, inputShape: [8, 2] }),
      [
        ['a/kernel', 'kernel', '3 2 4', true, glorot(6, 12)],
        ['a/bias', 'bias', '4', false, zeros],
      ],
    ],
    [
      'Conv2DTranspose',
      ({ layers }) => layers.conv2dTranspose({ name: 'a', filters: 4, kernelSize: 2, inputShape: [8, 8, 3], useBias: false }),
      [['a/kernel', 'kernel', '2 2 4 3', true, glorot(12, 16)]],
    ],
    ['PReLU', ({ layers }) => layers.prelu({ name: 'a', inputShape: [4] }), [['a/alpha', 'scale', '4', false, zeros]]],
  ])('%s', (_, layer, expected) => {
    expect(parametersFor(one(layer))).toEqual(expected)
  })

  test('of a layer that is not trained nothing is pruned', () => {
    const parameters = parametersFor(one(({ layers }) => layers.gru({ name: 'a', units: 3, inputShape: [4, 2], trainable: false })))
    expect(parameters.map(([, , , prunable]) => prunable)).toEqual([false, false, false])
  })

  test('weight decay on kernels alone is on recurrent ones too', () => {
    const decay = { ...sgd({ lr: 0.1, weightDecay: 0.1 }).spec, decay: 'kernels' } as const
    expect((['kernel', 'recurrent', 'bias', 'scale', 'embedding'] as const).map((role) => anchorOf(decay, role))).toEqual([
      0,
      0,
      undefined,
      undefined,
      undefined,
    ])
  })
})

const language = ({ layers, sequential }: Tf) =>
  sequential({
    layers: [
      layers.embedding({ name: 'embed', inputDim: 9, outputDim: 4, inputLength: 5 }),
      layers.lstm({ name: 'lstm', units: 3, returnSequences: true, unitForgetBias: true }),
      layers.layerNormalization({ name: 'norm' }),
      layers.dense({ name: 'out', units: 9 }),
    ],
  })

describe('first weights', () => {
  const weightsOf = (shape: number[]) => {
    const parameter = { name: 'a/b', layer: 'a', role: 'recurrent', shape, prunable: true, trainable: true } as const
    const topology = {
      model: spec,
      input: [1],
      classes: 1,
      outputLayer: 'a',
      parameters: [{ ...parameter, initializer: { kind: 'orthogonal', gain: 2 } }],
    }
    return initialise(topology as Topology, 3).get('a/b')!
  }

  test.each([
    [3, 12],
    [5, 5],
    [7, 2],
  ])('an orthogonal matrix of %i by %i has rows or columns of that length at right angles', (rows, columns) => {
    const values = weightsOf([rows, columns])
    const vectors =
      rows < columns
        ? Array.from({ length: rows }, (_, r) => values.subarray(r * columns, (r + 1) * columns))
        : Array.from({ length: columns }, (_, c) => Float32Array.from({ length: rows }, (_, r) => values[r * columns + c]!))
    for (const [i, a] of vectors.entries())
      for (const [j, b] of vectors.entries()) expect(a.reduce((sum, x, k) => sum + x * b[k]!, 0)).toBeCloseTo(i === j ? 4 : 0, 5)
  })

  test('an LSTM begins with forget gates at one', () => {
    const [topology] = topologyFor(language)
    expect([...initialise(topology, 1).get('lstm/bias')!]).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0])
  })

  test('drawn again with the signs of before, recurrent kernels have them too', () => {
    const [topology] = topologyFor(language)
    const [first, other] = [initialise(topology, 1), initialise(topology, 2)]
    const signed = withSigns(topology, other, first).get('lstm/recurrent_kernel')!
    expect(signed.map(Math.sign)).toEqual(first.get('lstm/recurrent_kernel')!.map(Math.sign))
    expect(signed.map(Math.abs)).toEqual(other.get('lstm/recurrent_kernel')!.map(Math.abs))
  })
})

describe('costs and masks of a layer with two kernels', () => {
  test('a recurrent layer multiplies both kernels at each step; an embedding multiplies nothing', () => {
    const [topology, made] = topologyFor(language)
    const { layers } = summaryOf(made, topology)
    expect(layers.map(({ layer, parameters, macs }) => [layer, parameters, macs])).toEqual([
      ['embed', 36, 0],
      ['lstm', 4 * 12 + 3 * 12 + 12, 5 * (4 * 12 + 3 * 12)],
      ['norm', 6, 0],
      ['out', 27 + 9, 5 * 27],
    ])
    const [last, lastMade] = topologyFor(one(({ layers }) => layers.gru({ name: 'a', units: 3, inputShape: [4, 2] })))
    expect(summaryOf(lastMade, last).macs).toBe(4 * (2 * 9 + 3 * 9))
  })

  test('half of all kernels go, embeddings, biases and scales stay; sizes count both kernels of the layer', () => {
    const [topology, made] = topologyFor(language)
    const network = { topology, weights: initialise(topology, 1), masks: new Map() }
    const masks = prunedByMagnitude(network, {
      criterion: { kind: 'magnitude' },
      scope: 'layer',
      sparsity: { lstm: 0.5, out: 1 / 3 },
      of: 'remaining',
      exclude: [],
      outputLayer: 'same',
    } as Parameters<typeof prunedByMagnitude>[1])
    expect([...masks].map(([name, mask]) => [name, mask.filter((bit) => bit === 1).length])).toEqual([
      ['lstm/kernel', 24],
      ['lstm/recurrent_kernel', 18],
      ['out/kernel', 18],
    ])
    const summary = summaryOf(made, topology)
    expect(leftOf(summary, topology, masks).macs).toBe(5 * 42 + 5 * 18)
    const size = sizeOfNetworks([{ topology, summary, masks, original: { topology, summary } }])
    expect(size.layers).toEqual({ lstm: 0.5, out: 18 / 27 })
    expect(size.sparsity).toBeCloseTo(1 - (42 + 18) / (84 + 27), 12)
  })
})

describe('a model is refused for what could not be computed again', () => {
  const facts = {
    classes: 9,
    layers: { out: 9 },
    channels: 'has no channels',
    norm: 'no batch-norm',
    features: 'feature vector',
    members: 1,
  } as const
  const built = (layer: (tf: Tf) => unknown) => () =>
    buildModel(
      engine.tf,
      model(() => engine.tf.sequential(), facts).spec,
      () =>
        (() =>
          engine.tf.sequential({
            layers: [layer(engine.tf) as ReturnType<Tf['layers']['dense']>, engine.tf.layers.dense({ name: 'out', units: 9 })],
          })) as never,
    )

  test.each<[string, (tf: Tf) => unknown, RegExp]>([
    [
      'dropout of a cell',
      ({ layers }) => layers.lstm({ name: 'a', units: 3, inputShape: [4, 2], dropout: 0.1 }),
      /layer a draws random numbers/,
    ],
    ['its recurrent one', ({ layers }) => layers.gru({ name: 'a', units: 3, inputShape: [4, 2], recurrentDropout: 0.1 }), /layer a draws/],
    ['noise', ({ layers }) => layers.gaussianNoise({ name: 'a', stddev: 1, inputShape: [3] }), /layer a draws/],
    [
      'a state',
      ({ layers }) => layers.lstm({ name: 'a', units: 3, batchInputShape: [2, 4, 2], stateful: true }),
      /layer a keeps its state/,
    ],
    ['a length that is open', ({ layers }) => layers.gru({ name: 'a', units: 3, inputShape: [null, 2] }), /it reads \[, , 2\]/],
  ])('%s', (_, layer, says) => {
    expect(built(layer)).toThrow(says)
  })

  test('tokens are read, and each place may have its own logits', () => {
    const made = buildModel(engine.tf, model(language, facts).spec, () => language as never)
    expect([made.inputs[0]!.shape, made.outputs[0]!.shape]).toEqual([
      [null, 5],
      [null, 5, 9],
    ])
  })
})
