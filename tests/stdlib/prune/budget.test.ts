/** Budgets: the fewest channels with which a fraction of the cost is gone, for every network that has channels. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { PruneOptions } from '../../../dsl/graph/stage-options.ts'
import { type Arch, filterL1, filterL2, type Model, slimming } from '../../../dsl/index.ts'
import { openEngine } from '../../../runtime/engine/open.ts'
import type { Engine, LayersModel, Tf } from '../../../stdlib/engine.ts'
import {
  batchEnsemble,
  bnConv,
  conv2,
  convNet,
  lenet5,
  mobilenetV2,
  preResNet,
  resnet,
  resnet8x4,
  vgg,
  vit,
  wrn,
} from '../../../stdlib/index.ts'
import type { NetworkName } from '../../../stdlib/models/blocks/description.ts'
import { rebuilt, shrunkSpec } from '../../../stdlib/models/networks/shrunk.ts'
import { type ChannelGroup, channelGroups } from '../../../stdlib/models/structure/channels.ts'
import { summaryOf } from '../../../stdlib/models/structure/summary.ts'
import { topologyOf } from '../../../stdlib/models/structure/topology.ts'
import type { Masks, Network } from '../../../stdlib/network.ts'
import { sizeOf } from '../../../stdlib/network.ts'
import { buildModel } from '../../../stdlib/network-registry.ts'
import { filterL1Criterion, filterL2Criterion } from '../../../stdlib/prune/filter-norm.ts'
import { gradualMasks } from '../../../stdlib/prune/gradual.ts'
import { slimmingCriterion } from '../../../stdlib/prune/slimming.ts'
import { aliveChannels, channelMasks } from '../../../stdlib/prune/structured.ts'
import { Stream } from '../../../stdlib/random/stream.ts'
import { parallel, residual, separable } from '../models/branched.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

const criteria = { filterL1: filterL1Criterion, filterL2: filterL2Criterion, slimming: slimmingCriterion }

/** Weights that differ, without the time that a real beginning takes. */
const networkOf = (model: LayersModel): Network => {
  const topology = topologyOf({ name: 'test', options: {} }, model)
  const stream = new Stream(3, 'init', 0)
  const drawn = topology.parameters.map(({ name, shape }) => {
    const [values, scale] = [new Float32Array(sizeOf(shape)), 0.5 + stream.uniform()]
    // A channel of its own size: neighbours along the last axis differ.
    const sizes = Float32Array.from({ length: shape.at(-1)! }, () => scale * stream.uniform())
    return [name, values.map((_, i) => sizes[i % sizes.length]!)] as const
  })
  return { topology, weights: new Map(drawn), masks: new Map() }
}

const shapesOf = ({ topology }: Network) => new Map(topology.parameters.map(({ name, shape }) => [name, shape]))

/** Channels left of each group that may lose some. */
const leftOf = (network: Network, groups: readonly ChannelGroup[], masks: Masks): ReadonlyMap<ChannelGroup, number> =>
  new Map(
    groups
      .filter(({ fixed }) => !fixed)
      .map((group) => [group, aliveChannels(group, masks, shapesOf(network), 'silent').reduce((sum, bit) => sum + bit, 0)]),
  )

/** What the network costs that is built with these widths. */
const costsOf = (build: Narrowed, left: ReadonlyMap<ChannelGroup, number>) => {
  const narrow = build(
    Object.fromEntries([...left].flatMap(([{ producers, units = 1 }, width]) => producers.map((layer) => [layer, width * units]))),
  )
  const { macs, parameters } = summaryOf(narrow, topologyOf({ name: 'test', options: {} }, narrow))
  narrow.dispose()
  return { macs, parameters }
}

/** The network with these widths of its layers; with those that it has where they are left out. */
type Narrowed = (widths: { readonly [layer: string]: number }) => LayersModel

const library = {
  bnConv: bnConv([12, 16, 16]),
  batchEnsemble: batchEnsemble(bnConv([8, 12]), 2),
  conv2: conv2(),
  convNet: convNet(4),
  lenet5: lenet5(),
  mobilenetV2: mobilenetV2(),
  preResNet: preResNet(20),
  resnet: resnet(8),
  resnetX4: resnet8x4(),
  vgg: vgg(11),
  vit: vit(2, { width: 24, heads: 3, mlp: 40 }),
  wrn: wrn(10, 1),
} satisfies { readonly [N in Exclude<NetworkName, 'lenet300' | 'lstm' | 'wide'> | 'batchEnsemble']: Model<Arch> }

const networks: readonly (readonly [string, (tf: Tf) => Narrowed])[] = [
  ...Object.entries(library).map(
    ([name, { spec }]) =>
      [
        name,
        (tf: Tf): Narrowed =>
          (widths) =>
            buildModel(tf, shrunkSpec(spec, widths)),
      ] as const,
  ),
  ...Object.entries({ residual, parallel, separable }).map(
    ([name, build]) =>
      [
        name,
        (tf: Tf): Narrowed =>
          (widths) =>
            rebuilt(tf, build(tf), widths),
      ] as const,
  ),
]

describe('the fewest channels that meet it: one fewer would miss it', () => {
  test.each(networks)('%s', (_, build) => {
    const narrowed = build(engine.tf)
    const model = narrowed({})
    const groups = channelGroups(model)
    const network = networkOf(model)
    const whole = summaryOf(model, network.topology)
    const scores = new Map(groups.map((group) => [group, filterL1Criterion.channelScores(group, network.weights, shapesOf(network))]))
    for (const scope of ['layer', 'global'] as const)
      for (const counts of ['macs', 'parameters'] as const)
        for (const share of [0.07, 0.55]) {
          const { spec } = filterL1({ [counts]: share } as { macs: number }, { scope })
          const options = spec as unknown as PruneOptions
          const masks = channelMasks(network, groups, filterL1Criterion, options, 'silent', whole.layers)
          const left = leftOf(network, groups, masks)
          const gone = (of: ReadonlyMap<ChannelGroup, number>) => 1 - costsOf(narrowed, of)[counts] / whole[counts]
          expect([scope, counts, share, gone(left) >= share - 1e-12]).toEqual([scope, counts, share, true])
          // The last to go: of one ranking the best of those that went, of one a layer the one that was nearest to staying.
          const lost = [...left].filter(([{ size }, width]) => width < size)
          const lastOf = ([group, width]: (typeof lost)[number]): number => {
            const alive = aliveChannels(group, masks, shapesOf(network), 'silent')
            return scope === 'global'
              ? Math.max(...scores.get(group)!.filter((_, c) => alive[c] === 0))
              : (group.size - width - 0.5) / group.size
          }
          const last = lost.toSorted((a, b) => lastOf(a) - lastOf(b)).at(-1)!
          const oneFewer = new Map(left).set(last[0], last[1] + 1)
          expect([scope, counts, share, gone(oneFewer) < share]).toEqual([scope, counts, share, true])
        }
  })
})

/** Two convolutions of 4 channels on 4 × 4 images: 16·9·1·a + 16·9·a·b MACs, and 10·b of the output. */
const small = (tf: Tf) =>
  tf.sequential({
    layers: [
      tf.layers.conv2d({ name: 'a', inputShape: [4, 4, 1], filters: 4, kernelSize: 3, padding: 'same', useBias: false }),
      tf.layers.conv2d({ name: 'b', filters: 4, kernelSize: 3, padding: 'same', useBias: false }),
      tf.layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }),
      tf.layers.dense({ name: 'out', units: 10 }),
    ],
  })

describe('by hand', () => {
  /** Channels are worth their number: of a 1, 2, 3, 4, of b 5, 6, 7, 8. */
  const setting = () => {
    const model = small(engine.tf)
    const topology = topologyOf({ name: 'test', options: {} }, model)
    const first = { a: 1, b: 5, out: 1 } as const
    const weights = new Map(
      topology.parameters.map(({ name, layer, shape }) => {
        const width = shape.at(-1)!
        return [name, Float32Array.from({ length: sizeOf(shape) }, (_, i) => (first[layer as 'a'] + (i % width)) / (layer === 'b' ? 4 : 1))]
      }),
    )
    const network: Network = { topology, weights, masks: new Map() }
    const { layers } = summaryOf(model, topology)
    return { network, groups: channelGroups(model), layers }
  }
  const widths = (options: object, masks?: Masks) => {
    const { network, groups, layers } = setting()
    const after = channelMasks(
      { ...network, ...(masks === undefined ? {} : { masks }) },
      groups,
      filterL1Criterion,
      options as PruneOptions,
      'silent',
      layers,
    )
    return { left: [...leftOf(network, groups, after).values()], masks: after }
  }

  // 576 + 2304 + 40 = 2920 MACs.
  test.each<[string, object, number[]]>([
    // Rounded up in turn: a at 1/8 of its channels, b at 1/8, a at 3/8, … 432 + 1728 + 40 = 2200 are left with one of a gone.
    ['a quarter of 2920 is 730: 720 are too few, so one of b goes too', filterL1({ macs: 0.25 }).spec, [3, 3]],
    ['exactly what one channel costs is met by one channel', filterL1({ macs: 720 / 2920 }).spec, [3, 4]],
    ['in one ranking the smallest go first: of a', filterL1({ macs: 0.7 }, { scope: 'global' }).spec, [1, 4]],
    ['parameters: of 230 a third is 77; one of a takes 45, of b as well 82', filterL1({ parameters: 1 / 3 }).spec, [3, 3]],
    ['excluded layers stay', filterL1({ macs: 0.25 }, { exclude: ['a'] }).spec, [4, 2]],
    ['more than one is left where asked', filterL1({ macs: 0.5 }, { scope: 'global', minimum: 3 } as { scope: 'global' }).spec, [3, 3]],
  ])('%s', (title, options, left) => {
    if (title.startsWith('more than one')) expect(() => widths(options)).toThrow('Removing every channel that may go takes 39.8 %')
    else expect(widths(options).left).toEqual(left)
  })

  // One step more of each is two channels: a to 2, then b to 2, gives 288 + 1152 + 40, then 288 + 576 + 20.
  test.each<[string, object, number[]]>([
    ['a quarter needs a step of a', filterL1({ macs: 0.25 }, { multipleOf: 2 }).spec, [2, 4]],
    ['exactly what that step takes', filterL1({ macs: 1440 / 2920 }, { multipleOf: 2 }).spec, [2, 4]],
    ['half needs one of b too', filterL1({ macs: 0.5 }, { multipleOf: 2 }).spec, [2, 2]],
    ['in one ranking steps of a end at the first multiple', filterL1({ macs: 0.3 }, { scope: 'global', multipleOf: 2 }).spec, [2, 4]],
    ['of four channels three may stay', filterL1({ macs: 0.1 }, { multipleOf: 3 }).spec, [3, 4]],
  ])('in multiples: %s', (_, options, left) => expect(widths(options).left).toEqual(left))

  test('a step is taken whole or not at all, of the smallest channels', () => {
    const { masks } = widths(filterL1({ macs: 0.25 }, { multipleOf: 2 }).spec)
    expect([...aliveChannels(setting().groups[0]!, masks, shapesOf(setting().network), 'silent')]).toEqual([0, 0, 1, 1])
    expect(() => widths(filterL1({ macs: 0.1 }, { multipleOf: 4 }).spec)).toThrow(/takes 0\.0 % of the MACs/)
  })

  test('of time by a table: a layer takes its share as its MACs go', () => {
    // 1 · a/4 + 3 · a/4 · b/4 + 0.5 · b/4 of 4.5. One of a leaves 3.5, of b as well 0.75 + 1.6875 + 0.375 = 2.8125.
    const table = { milliseconds: { a: 1, b: 3, out: 0.5 } }
    expect(widths(filterL1({ latency: 1 / 4.5 }, table).spec).left).toEqual([3, 4])
    expect(widths(filterL1({ latency: 0.23 }, table).spec).left).toEqual([3, 3])
    expect(widths(filterL1({ latency: 1.6875 / 4.5 }, table).spec).left).toEqual([3, 3])
    // MACs and time go apart where a layer is slow for its size.
    expect(widths(filterL1({ latency: 0.2 }, { milliseconds: { a: 0, b: 0, out: 1 } }).spec).left).toEqual([3, 3])
    expect(() => widths({ ...filterL1({ latency: 0.2 }, table).spec, milliseconds: { a: 1, b: 3 } })).toThrow(
      'The table of times lacks the layer out.',
    )
  })

  test("a second time: of what is left, or with of: 'all' of the whole", () => {
    const once = widths(filterL1({ macs: 0.39 }).spec)
    expect(once.left).toEqual([3, 3])
    // 432 + 1296 + 30 = 1758 are left; of these a half is 879, and 874 are gone with two of each. Of the whole 1460 must go and 1162 have.
    expect(widths(filterL1({ macs: 0.5 }).spec, once.masks).left).toEqual([1, 2])
    expect(widths(filterL1({ macs: 0.5 }, { of: 'all' }).spec, once.masks).left).toEqual([2, 3])
    expect(widths(filterL1({ macs: 0.3 }, { of: 'all' }).spec, once.masks).left).toEqual([3, 3])
    expect(widths(filterL1({ macs: 0 }).spec, once.masks).left).toEqual([3, 3])
  })

  test('out of reach is an error that says what is in reach', () => {
    expect(() => widths(filterL1({ macs: 0.99 }).spec)).toThrow(/takes 89\.8 % of the MACs, and 99\.0 % are to go/)
  })

  test('along a schedule it grows to the whole budget', () => {
    const { network, groups, layers } = setting()
    const schedule = { kind: 'linear', from: 0, begin: 0, end: 1 } as const
    const options = { ...filterL2({ macs: 0.6 }).spec, of: 'all' } as unknown as PruneOptions
    const choose = (now: Network, given: PruneOptions) =>
      channelMasks({ ...now, masks: new Map() }, groups, filterL2Criterion, given, 'silent', layers)
    const at = (time: number) => [
      ...leftOf(network, groups, gradualMasks({ options, schedule, every: 1, mode: 'soft' }, choose, network, time)).values(),
    ]
    expect([0, 0.3, 0.5, 1].map(at)).toEqual([
      [4, 4],
      [3, 4],
      [3, 3],
      [2, 2],
    ])
  })
})

test('every criterion of channels takes one', () => {
  const { spec } = bnConv([6, 6])
  const narrowed: Narrowed = (widths) => buildModel(engine.tf, shrunkSpec(spec, widths))
  const model = narrowed({})
  const [groups, network] = [channelGroups(model), networkOf(model)]
  const { layers, macs } = summaryOf(model, network.topology)
  for (const { spec } of [filterL1({ macs: 0.5 }), filterL2({ macs: 0.5 }), slimming({ macs: 0.5 })]) {
    const options = spec as unknown as PruneOptions
    const masks = channelMasks(network, groups, criteria[options.criterion.kind as keyof typeof criteria], options, 'silent', layers)
    expect(1 - costsOf(narrowed, leftOf(network, groups, masks)).macs / macs).toBeGreaterThanOrEqual(0.5)
  }
})
