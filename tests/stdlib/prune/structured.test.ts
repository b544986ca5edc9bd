import { beforeAll, describe, expect, test } from 'vitest'
import type { PruneOptions } from '../../../dsl/graph/stage-options.ts'
import { openEngine } from '../../../runtime/engine/open.ts'
import type { Engine, LayersModel, Tensor, Tf } from '../../../stdlib/engine.ts'
import { applyMasks } from '../../../stdlib/masks.ts'
import { rebuilt } from '../../../stdlib/models/networks/shrunk.ts'
import { type ChannelGroup, channelGroups } from '../../../stdlib/models/structure/channels.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import { parametersOf, topologyOf } from '../../../stdlib/models/structure/topology.ts'
import { type Masks, type Network, sizeOf } from '../../../stdlib/network.ts'
import { buildModel } from '../../../stdlib/network-registry.ts'
import { filterL1Criterion, filterL2Criterion } from '../../../stdlib/prune/filter-norm.ts'
import { shrinking } from '../../../stdlib/prune/shrink.ts'
import { slimmingCriterion } from '../../../stdlib/prune/slimming.ts'
import { channelMasks } from '../../../stdlib/prune/structured.ts'
import { Stream } from '../../../stdlib/random/stream.ts'
import { input, parallel, residual, separable, sigmoid } from '../models/branched.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

const half: PruneOptions = {
  criterion: { kind: 'filterL1' },
  scope: 'layer',
  sparsity: 0.5,
  of: 'remaining',
  exclude: [],
  outputLayer: 'same',
}

const criteria = { filterL1: filterL1Criterion, filterL2: filterL2Criterion, slimming: slimmingCriterion }
const masksOf = (network: Network, groups: readonly ChannelGroup[], options: PruneOptions) =>
  channelMasks(network, groups, criteria[options.criterion.kind as keyof typeof criteria], options)

const networkOf = (model: LayersModel): Network => {
  const topology = topologyOf({ name: 'test', options: {} }, model)
  const weights = new Map(initialise(topology, 1))
  // Batch norm as after training: nothing is at its first value.
  for (const [p, { name, role, shape }] of topology.parameters.entries()) {
    if (role === 'kernel') continue
    const stream = new Stream(9, 'init', p)
    weights.set(
      name,
      Float32Array.from({ length: shape[0]! }, () => 0.5 + stream.uniform()),
    )
  }
  return { topology, weights, masks: new Map() }
}

const outputs = (model: LayersModel, { weights }: Network, size: readonly number[]): number[] => {
  for (const { parameter, variable } of parametersOf(model)) engine.assign(variable, weights.get(parameter.name)!)
  const stream = new Stream(4, 'init', 0)
  const images = Float32Array.from({ length: 3 * size.reduce((a, b) => a * b, 1) }, () => stream.uniform() - 0.5)
  return engine.tf.tidy(() => [...(model.apply(engine.tf.tensor(images, [3, ...size]), { training: false }) as Tensor).dataSync()])
}

const groupOf = (groups: readonly ChannelGroup[], layer: string) => groups.find(({ producers }) => producers.includes(layer))!

describe('channels that stand or fall together', () => {
  test('branches that are added share theirs; the logits and the image are fixed', () => {
    const groups = channelGroups(residual(engine.tf))
    expect(groups.map(({ producers, size, fixed }) => ({ producers, size, fixed }))).toEqual([
      { producers: ['conv1', 'conv3'], size: 6, fixed: false },
      { producers: ['conv2'], size: 5, fixed: false },
      { producers: ['out'], size: 4, fixed: true },
    ])
    expect(groups[0]!.readers.map(({ parameter }) => parameter)).toEqual(['conv2/kernel', 'out/kernel'])
  })

  test('a depthwise layer passes them on, flattening repeats them at every position', () => {
    const groups = channelGroups(separable(engine.tf))
    expect(groups.map(({ producers }) => producers)).toEqual([['conv1'], ['pointwise'], ['out']])
    expect(groups[0]!.sources.map(({ parameter }) => parameter)).toContain('depthwise/kernel')
    expect(groups[1]!.readers).toEqual([{ parameter: 'out/kernel', axis: 0, offset: 0, stride: 5, repeat: 16 }])
  })

  test('concatenated ones lie one after the other', () => {
    const groups = channelGroups(parallel(engine.tf))
    expect(groupOf(groups, 'right').readers).toEqual([{ parameter: 'joined/kernel', axis: 2, offset: 4, stride: 6, repeat: 1 }])
  })
})

const builders: readonly (readonly [string, (tf: Tf) => LayersModel, readonly number[]])[] = [
  ['residual', residual, input],
  ['separable', separable, input],
  ['parallel', parallel, input],
  ['sigmoid', sigmoid, input],
  ...[
    { name: 'lenet300', options: {} },
    { name: 'conv2', options: {} },
    { name: 'bnConv', options: { widths: [6, 8, 8] } },
  ].map((spec) => [spec.name, (tf: Tf) => buildModel(tf, spec), [28, 28, 1]] as const),
]

describe('shrunk to what is left', () => {
  test.each(builders)('%s computes what it computed with masks, with the parameters that masks left', (_, build, size) => {
    const model = build(engine.tf)
    const groups = channelGroups(model)
    const network = networkOf(model)
    const masks = masksOf(network, groups, half)
    const masked = { ...network, masks, weights: applyMasks(network.weights, masks) }
    const narrower = shrinking(masked, groups)
    const widths = narrower.model.options.widths as { [layer: string]: number }
    const narrow = rebuilt(engine.tf, model, widths)
    const small = narrower.network(topologyOf(narrower.model, narrow))
    for (const { name, shape } of small.topology.parameters) expect([name, small.weights.get(name)!.length]).toEqual([name, sizeOf(shape)])
    const [expected, given] = [outputs(model, masked, size), outputs(narrow, small, size)]
    expect(given).toHaveLength(expected.length)
    for (const [i, value] of expected.entries()) expect(given[i]).toBeCloseTo(value, 5)
    // Not because there is nothing to see.
    expect(new Set(expected.map((value) => value.toFixed(3))).size).toBeGreaterThan(expected.length / 2)
    const left = [...masks].reduce((sum, [, mask]) => sum + mask.reduce((kept, bit) => kept + bit, 0), 0)
    const trained = small.topology.parameters.filter(({ name }) => masks.has(name))
    expect(trained.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)).toBe(left)
    expect(small.masks.size).toBe(0)
  })

  test('twice is once, further', () => {
    const spec = { name: 'bnConv', options: { widths: [8, 8, 8] } }
    const once = (network: Network) => {
      const model = buildModel(engine.tf, network.topology.model)
      const masks = masksOf(network, channelGroups(model), half)
      const narrower = shrinking({ ...network, masks, weights: applyMasks(network.weights, masks) }, channelGroups(model))
      return narrower.network(topologyOf(narrower.model, buildModel(engine.tf, narrower.model)))
    }
    const model = buildModel(engine.tf, spec)
    const first = once({ ...networkOf(model), topology: topologyOf(spec, model) })
    const second = once(first)
    expect(second.topology.model).toEqual({ name: 'shrunk', options: { of: spec, widths: { conv1: 2, conv2: 2, conv3: 2 } } })
    expect(outputs(buildModel(engine.tf, second.topology.model), second, [28, 28, 1]).every(Number.isFinite)).toBe(true)
  })

  test('nothing to cut is an error', () => {
    const model = residual(engine.tf)
    expect(() => shrinking(networkOf(model), channelGroups(model))).toThrow('There is nothing to shrink')
  })
})

describe('channels are ranked', () => {
  /** One convolution of four 1 × 1 filters over two channels, then the classes. */
  const four = (kernel: readonly number[], masks: Masks = new Map()): [Network, readonly ChannelGroup[]] => {
    const { layers, sequential } = engine.tf
    const model = sequential({
      layers: [
        layers.conv2d({ name: 'conv', filters: 4, kernelSize: 1, inputShape: [2, 2, 2] }),
        layers.batchNormalization({ name: 'bn' }),
        layers.flatten(),
        layers.dense({ name: 'out', units: 2 }),
      ],
    })
    const network = networkOf(model)
    network.weights.get('conv/kernel')!.set(kernel)
    return [{ ...network, masks }, channelGroups(model)]
  }
  // By filter (column): L1 3, 4, 5, 2 and L2 3, 2.83, 3.61, 1.41.
  const kernel = [3, 2, 2, 1, 0, 2, 3, 1]
  const kept = ([network, groups]: [Network, readonly ChannelGroup[]], options: Partial<PruneOptions>) => [
    ...masksOf(network, groups, { ...half, ...options }).get('bn/gamma')!,
  ]

  test('by the sum of absolute weights of each filter', () => {
    expect(kept(four(kernel), {})).toEqual([0, 1, 1, 0])
  })

  test('by their Euclidean norm', () => {
    expect(kept(four(kernel), { criterion: { kind: 'filterL2' } })).toEqual([1, 0, 1, 0])
  })

  test("by batch norm's scale", () => {
    const [network, groups] = four(kernel)
    network.weights.get('bn/gamma')!.set([-0.9, 0.1, 0.2, -0.05])
    expect(kept([network, groups], { criterion: { kind: 'slimming' } })).toEqual([1, 0, 1, 0])
  })

  test('a removed one is silent and unread: kernel, bias, scale, shift, and what reads it', () => {
    const [network, groups] = four(kernel)
    const masks = masksOf(network, groups, half)
    expect([...masks.get('conv/kernel')!]).toEqual([0, 1, 1, 0, 0, 1, 1, 0])
    for (const name of ['conv/bias', 'bn/gamma', 'bn/beta']) expect([...masks.get(name)!]).toEqual([0, 1, 1, 0])
    // Four positions of four channels, two classes each.
    expect([...masks.get('out/kernel')!]).toEqual(Array.from({ length: 4 }, () => [0, 0, 1, 1, 1, 1, 0, 0]).flat())
    expect(masks.has('bn/moving_mean')).toBe(false)
  })

  test('one at least stays in every layer, the best', () => {
    expect(kept(four(kernel), { sparsity: 0.99 })).toEqual([0, 0, 1, 0])
    expect(kept(four(kernel), { sparsity: 0.99, minimum: 2 })).toEqual([0, 1, 1, 0])
  })

  test('those left are rounded up to a multiple, or all stay', () => {
    expect(kept(four(kernel), { sparsity: 0.75, multipleOf: 2 })).toEqual([0, 1, 1, 0])
    expect(kept(four(kernel), { sparsity: 0.5, multipleOf: 2 })).toEqual([0, 1, 1, 0])
    expect(kept(four(kernel), { sparsity: 0.5, multipleOf: 3 })).toEqual([1, 1, 1, 0])
    expect(kept(four(kernel), { sparsity: 0.25, multipleOf: 2 })).toEqual([1, 1, 1, 1])
    expect(kept(four(kernel), { sparsity: 0.75, multipleOf: 2, minimum: 3 })).toEqual([1, 1, 1, 1])
    expect(kept(four(kernel), { sparsity: 0.75, multipleOf: 8 })).toEqual([1, 1, 1, 1])
    const [network, groups] = four(kernel)
    const masks = masksOf(network, groups, { ...half, sparsity: 0.25 })
    expect(kept([{ ...network, masks }, groups], { multipleOf: 2 })).toEqual([0, 1, 1, 0])
  })

  test('in rounds: half of what is left', () => {
    const [network, groups] = four(kernel)
    const masks = masksOf(network, groups, half)
    expect(kept([{ ...network, masks }, groups], {})).toEqual([0, 0, 1, 0])
    expect(kept([{ ...network, masks }, groups], { of: 'all' })).toEqual([0, 1, 1, 0])
  })

  test('slimming without batch norm, and layers that are not there, are refused', () => {
    const model = buildModel(engine.tf, { name: 'conv2', options: {} })
    const options = { ...half, criterion: { kind: 'slimming' } } as const
    expect(() => masksOf(networkOf(model), channelGroups(model), options)).toThrow('conv1 has no batch norm')
    expect(() => masksOf(networkOf(model), channelGroups(model), { ...half, exclude: ['out'] })).toThrow(
      "There is no layer called 'out' whose channels may be removed.",
    )
  })
})
