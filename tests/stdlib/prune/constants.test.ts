import { beforeAll, describe, expect, test } from 'vitest'
import { openEngine } from '../../../runtime/engine/open.ts'
import type { Engine, LayersModel, Tensor } from '../../../stdlib/engine.ts'
import { applyMasks } from '../../../stdlib/masks.ts'
import { rebuilt } from '../../../stdlib/models/networks/shrunk.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import { parametersOf, topologyOf } from '../../../stdlib/models/structure/topology.ts'
import { type Network, sizeOf } from '../../../stdlib/network.ts'
import { withConstantsInReaders } from '../../../stdlib/prune/constants.ts'
import { filterL1Criterion } from '../../../stdlib/prune/filter-norm.ts'
import { shrinking } from '../../../stdlib/prune/shrink.ts'
import { channelMasks } from '../../../stdlib/prune/structured.ts'
import { Stream } from '../../../stdlib/random/stream.ts'
import { BoundNetwork } from '../../../stdlib/training/bound-network.ts'
import { separable } from '../models/branched.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

/** Half of each layer's kernels removed, everything else as after training. */
const half = (
  model: LayersModel,
  removed: 'kernels' | 'silent' = 'kernels',
): { readonly bound: BoundNetwork; readonly network: Network } => {
  const bound = new BoundNetwork(engine, { name: 'test', options: {} }, model)
  const weights = new Map(initialise(bound.topology, 1))
  for (const [p, { name, role, shape }] of bound.topology.parameters.entries()) {
    if (role === 'kernel') continue
    const stream = new Stream(9, 'init', p)
    weights.set(
      name,
      Float32Array.from({ length: shape[0]! }, () => 0.5 + stream.uniform()),
    )
  }
  const network = { topology: bound.topology, weights, masks: new Map() }
  const masks = channelMasks(
    network,
    bound.channels(),
    filterL1Criterion,
    { criterion: { kind: 'filterL1' }, scope: 'layer', sparsity: 0.5, of: 'all', exclude: [], outputLayer: 'same' },
    removed,
  )
  return { bound, network: { ...network, masks, weights: applyMasks(weights, masks) } }
}

const outputs = (model: LayersModel, { weights }: Network, size: readonly number[]): number[] => {
  for (const { parameter, variable } of parametersOf(model)) engine.assign(variable, weights.get(parameter.name)!)
  const stream = new Stream(4, 'init', 0)
  const images = Float32Array.from({ length: 2 * sizeOf(size) }, () => stream.uniform() - 0.5)
  return engine.tf.tidy(() => [...(model.apply(engine.tf.tensor(images, [2, ...size]), { training: false }) as Tensor).dataSync()])
}

async function cutOut({ bound, network }: ReturnType<typeof half>): Promise<[Network, LayersModel]> {
  const narrower = shrinking(await withConstantsInReaders(engine, bound, network), bound.channels())
  const model = rebuilt(engine.tf, bound.model, narrower.model.options.widths as { [layer: string]: number })
  return [narrower.network(topologyOf(narrower.model, model)), model]
}

/** Its reader of the second convolution's maps looks beyond no edge with `'valid'`, and with `'same'` does. */
const stacked = (padding: 'valid' | 'same', map = false): LayersModel => {
  const { layers, model, input: begin } = engine.tf
  const images = begin({ shape: [6, 6, 2] })
  const applied = [
    layers.conv2d({ name: 'conv1', filters: 4, kernelSize: 1 }),
    layers.batchNormalization({ name: 'bn1' }),
    layers.reLU({ name: 'relu1' }),
    layers.conv2d({ name: 'conv2', filters: 4, kernelSize: 3, padding, useBias: map }),
    ...(map
      ? []
      : [
          layers.batchNormalization({ name: 'bn2' }),
          layers.reLU({ name: 'relu2' }),
          layers.flatten({ name: 'flatten' }),
          layers.dense({ name: 'out', units: 3 }),
        ]),
  ].reduce((x, layer) => layer.apply(x) as typeof images, images)
  return model({ inputs: images, outputs: applied })
}

/** Two branches, added or side by side, of windows that see one pixel. */
const branched = (joined: 'add' | 'concatenate'): LayersModel => {
  const { layers, model, input: begin } = engine.tf
  const images = begin({ shape: [3, 3, 2] })
  type Symbol = typeof images
  const after = (x: Symbol, name: string) => {
    const convolution = layers.conv2d({ name, filters: 4, kernelSize: 1 }).apply(x) as Symbol
    return layers.batchNormalization({ name: `bn_${name}` }).apply(convolution) as Symbol
  }
  const relu = (x: Symbol, name: string) => layers.reLU({ name: `relu_${name}` }).apply(x) as Symbol
  const first = relu(after(images, 'a'), 'a')
  const second = after(relu(after(first, 'b'), 'b'), 'c')
  const both = (joined === 'add' ? layers.add() : layers.concatenate()).apply([first, second]) as Symbol
  const last = relu(after(relu(both, 'both'), 'd'), 'd')
  return model({ inputs: images, outputs: layers.dense({ name: 'out', units: 3 }).apply(layers.flatten().apply(last)) as Symbol })
}

describe('channels whose kernels alone are removed', () => {
  test('have masks on kernels, and on nothing else', () => {
    const { network } = half(stacked('valid'))
    expect([...network.masks.keys()]).toEqual(['conv1/kernel', 'conv2/kernel'])
  })

  test('leave a constant, by hand: ReLU(γ · (bias − mean)/σ + β) times what reads it goes into the bias', async () => {
    const { layers, sequential } = engine.tf
    const model = sequential({
      layers: [
        layers.conv2d({ name: 'conv', filters: 2, kernelSize: 1, inputShape: [2, 1, 1] }),
        layers.batchNormalization({ name: 'bn', epsilon: 0.25 }),
        layers.reLU({ name: 'relu' }),
        layers.flatten({ name: 'flatten' }),
        layers.dense({ name: 'out', units: 1 }),
      ],
    })
    const bound = new BoundNetwork(engine, { name: 'test', options: {} }, model)
    const weights = new Map([
      ['conv/kernel', Float32Array.of(0, 1)],
      ['conv/bias', Float32Array.of(1, 0)],
      ['bn/gamma', Float32Array.of(2, 1)],
      ['bn/beta', Float32Array.of(0.5, 0)],
      ['bn/moving_mean', Float32Array.of(0.75, 0)],
      ['bn/moving_variance', Float32Array.of(0.75, 1)],
      // Two positions of two channels.
      ['out/kernel', Float32Array.of(3, 7, 5, 7)],
      ['out/bias', Float32Array.of(0.125)],
    ])
    const network = { topology: bound.topology, weights, masks: new Map([['conv/kernel', Uint8Array.of(0, 1)]]) }
    // 2 · (1 − 0.75)/√(0.75 + 0.25) + 0.5 = 1, read by 3 and by 5.
    const folded = await withConstantsInReaders(engine, bound, network)
    expect([...folded.weights.get('out/bias')!]).toEqual([8.125])
  })

  const exact: readonly (readonly [string, () => LayersModel, readonly number[]])[] = [
    ['through batch norm into its running mean, and through flattening', () => stacked('valid'), [6, 6, 2]],
    ['in branches that are added', () => branched('add'), [3, 3, 2]],
    ['in branches side by side', () => branched('concatenate'), [3, 3, 2]],
  ]
  test.each(exact)('cut out, are replaced %s: the network computes what it computed', async (_, build, size) => {
    const made = half(build())
    const before = outputs(made.bound.model, made.network, size)
    const [small, model] = await cutOut(made)
    const after = outputs(model, small, size)
    const silent = outputs(made.bound.model, half(build(), 'silent').network, size)
    for (const [i, value] of before.entries()) expect(after[i]).toBeCloseTo(value, 4)
    // Not because the constants are nothing.
    expect(Math.max(...before.map((value, i) => Math.abs(value - silent[i]!)))).toBeGreaterThan(0.05)
  })

  test('where windows reach into a border of zeros, only the edge of the map differs', async () => {
    const made = half(stacked('same', true))
    const [before, [small, model]] = [outputs(made.bound.model, made.network, [6, 6, 2]), await cutOut(made)]
    const after = outputs(model, small, [6, 6, 2])
    const apart = before.map((value, i) => Math.abs(value - after[i]!))
    const inside = (i: number) => [Math.floor(i / 24) % 6, Math.floor(i / 4) % 6].every((at) => at > 0 && at < 5)
    expect(Math.max(...apart.filter((_, i) => inside(i)))).toBeLessThan(1e-5)
    expect(Math.max(...apart.filter((_, i) => !inside(i)))).toBeGreaterThan(0.01)
  })

  test('that nothing could take the constant of are refused; silent ones change no bit', async () => {
    const { layers, sequential } = engine.tf
    const bare = half(
      sequential({
        layers: [
          layers.conv2d({ name: 'conv1', filters: 4, kernelSize: 1, inputShape: [4, 4, 1] }),
          layers.conv2d({ name: 'conv2', filters: 4, kernelSize: 1, useBias: false }),
          layers.flatten(),
          layers.dense({ name: 'out', units: 2 }),
        ],
      }),
    )
    await expect(withConstantsInReaders(engine, bare.bound, bare.network)).rejects.toThrow(
      'The constant that removed channels leave has no place in conv2, without a bias, and without batch norm after it.',
    )
    const { bound, network } = half(separable(engine.tf), 'silent')
    expect(await withConstantsInReaders(engine, bound, network)).toBe(network)
  })
})
