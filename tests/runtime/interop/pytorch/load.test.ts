/** Networks of ours, built in PyTorch by the load.py that is written beside them. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { python, torchVersion } from '../../../../bench/peers.ts'
import { openEngine } from '../../../../runtime/engine/open.ts'
import { torchModules } from '../../../../runtime/interop/pytorch/graph.ts'
import { safetensors } from '../../../../runtime/interop/safetensors.ts'
import { readSafetensors } from '../../../../runtime/store/safetensors.ts'
import type { Engine, LayersModel, Tensor } from '../../../../stdlib/engine.ts'
import { batchEnsemble, bnConv, digits, lenet300, resnet, selfAttention, vgg, vit } from '../../../../stdlib/index.ts'
import { applyMasks } from '../../../../stdlib/masks.ts'
import { channelGroups } from '../../../../stdlib/models/structure/channels.ts'
import { parametersOf, topologyOf } from '../../../../stdlib/models/structure/topology.ts'
import { type Network, sizeOf } from '../../../../stdlib/network.ts'
import { buildModel } from '../../../../stdlib/network-registry.ts'
import { filterL1Criterion } from '../../../../stdlib/prune/filter-norm.ts'
import { shrinking } from '../../../../stdlib/prune/shrink.ts'
import { channelMasks } from '../../../../stdlib/prune/structured.ts'
import { languageModels, lived, numbers, type Spec, small, specOf, transformers } from '../../../stdlib/models/every.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

const normalisation = { mean: [0.2, 0.3, 0.4], std: [0.5, 0.6, 0.7] }

function written(model: LayersModel, network: Network): Promise<ReadonlyMap<string, Uint8Array>> {
  const services = {
    engine: async () => engine,
    network: async () => ({ model }) as never,
    dataset: async () => ({ input: network.topology.input, classes: 10, normalisation }),
  }
  const options = { format: 'safetensors', path: 'a.safetensors', layout: 'pytorch', normalize: { data: digits().spec } } as const
  return safetensors.files({ network, artifact: `sha256:${'a'.repeat(64)}`, key: 'b'.repeat(64), metrics: {}, options }, services)
}

const built = (spec: Spec): { readonly model: LayersModel; readonly network: Network } => {
  const model = buildModel(engine.tf, spec)
  return { model, network: lived(spec, model) }
}

function logitsOf(model: LayersModel, { weights, topology }: Network, images: Float32Array): number[] {
  for (const { parameter, variable } of parametersOf(model)) engine.assign(variable, weights.get(parameter.name)!)
  return engine.tf.tidy(() => [
    ...(model.apply(engine.tf.tensor(images, [2, ...topology.input]), { training: false }) as Tensor).dataSync(),
  ])
}

test('the file tells how it is built, of which pixels, with which batch norm, and from where it is', async () => {
  const { model, network } = built(resnet(8).spec)
  const files = await written(model, network)
  expect([...files.keys()]).toEqual(['../load.py', ''])
  const { metadata } = readSafetensors(files.get('')!, 'f')
  const { network: modules, model: described, ...facts } = metadata
  expect(facts).toEqual({
    ...{ artifact: `sha256:${'a'.repeat(64)}`, key: 'b'.repeat(64), layout: 'pytorch', format: 'pt' },
    ...{ input: '32,32,3', classes: '10', mean: '[0.2,0.3,0.4]', std: '[0.5,0.6,0.7]', epsilon: '0.00001' },
  })
  expect(JSON.parse(described!)).toMatchObject({ name: 'resnet', options: { depth: 8 } })
  const [stem, norm] = JSON.parse(modules!) as readonly unknown[]
  expect(stem).toEqual({
    name: 'conv1',
    kind: 'convolution',
    reads: ['input'],
    options: {
      ...{ in: 3, out: 16, window: [3, 3], strides: [1, 1], dilations: [1, 1], groups: 1, pads: [1, 1, 1, 1] },
      ...{ bias: false, activation: null },
    },
  })
  expect(norm).toMatchObject({ name: 'bn1', kind: 'norm', reads: ['conv1'], options: { channels: 16, epsilon: 1e-5 } })
  expect((norm as { options: { momentum: number } }).options.momentum).toBeCloseTo(0.1, 12)
})

test('an LSTM with a hard sigmoid, and another activation than PyTorch has, are told by name', () => {
  const { layers, sequential } = engine.tf
  const one = (layer: InstanceType<typeof layers.Layer>) => sequential({ layers: [layers.inputLayer({ inputShape: [4, 3] }), layer] })
  expect(torchModules(one(layers.lstm({ name: 'hard', units: 2 })))).toEqual({ layer: 'hard', kind: 'LSTM' })
  const reset = expect.stringMatching(/^the reset gate acts before the product/)
  expect(torchModules(one(layers.gru({ name: 'gru', units: 2 })))).toEqual({ layer: 'gru', kind: 'GRU', reason: reset })
  const both = (layer: object, mergeMode: 'concat' | 'sum') => layers.bidirectional({ name: 'both', mergeMode, layer: layer as never })
  expect(torchModules(one(both(layers.gru({ units: 2 }), 'concat')))).toEqual({ layer: 'both', kind: 'Bidirectional', reason: reset })
  expect(torchModules(one(both(layers.simpleRNN({ units: 2 }), 'sum')))).toEqual({ layer: 'both', kind: 'Bidirectional' })
  expect(torchModules(one(layers.simpleRNN({ name: 'rnn', units: 2, activation: 'elu' })))).toEqual({ layer: 'rnn', kind: 'SimpleRNN' })
  expect(torchModules(one(layers.batchNormalization({ name: 'bn' })))).toEqual({ layer: 'bn', kind: 'BatchNormalization' })
  expect(torchModules(one(layers.lstm({ name: 'soft', units: 2, recurrentActivation: 'sigmoid' })))).toHaveLength(1)
})

test('what PyTorch has no module for, and what it would read in another order, is told by name', () => {
  expect(torchModules(buildModel(engine.tf, batchEnsemble(lenet300(), 2).spec))).toEqual({ layer: 'members', kind: 'Tiled' })
  const { layers, sequential } = engine.tf
  const flattened = sequential({
    layers: [
      layers.conv2d({ name: 'conv', filters: 2, kernelSize: 1, inputShape: [2, 2, 1] }),
      layers.flatten({ name: 'flat' }),
      layers.batchNormalization({ name: 'bn' }),
    ],
  })
  expect(torchModules(flattened)).toEqual({ layer: 'flat', kind: 'Flatten' })
})

describe.skipIf(torchVersion() === undefined)(`built by PyTorch${torchVersion() === undefined ? ' (there is none)' : ''}`, () => {
  interface Case {
    readonly model: LayersModel
    readonly network: Network
    /** Pixels in [0, 1], which the loaded network normalises. */
    readonly pixels?: boolean
  }

  async function loaded(cases: { readonly [name: string]: Case }) {
    const folder = await temporaryFolder()
    const ours = new Map<string, number[]>()
    for (const [name, { model, network, pixels = false }] of Object.entries(cases)) {
      const { input } = network.topology
      const tokens = input.length === 1
      const [height, width, channels] = (tokens ? [1, 1, input[0]!] : input) as [number, number, number]
      const images = tokens
        ? numbers(7, 2 * sizeOf(input), 0, network.topology.classes).map(Math.floor)
        : numbers(7, 2 * sizeOf(input), pixels ? 0 : -1, 1)
      const taken = pixels ? images.map((pixel, i) => (pixel - normalisation.mean[i % 3]!) / normalisation.std[i % 3]!) : images
      ours.set(name, logitsOf(model, network, taken))
      const files = await written(model, network)
      writeFileSync(join(folder, 'load.py'), files.get('../load.py')!)
      writeFileSync(join(folder, `${name}.safetensors`), files.get('')!)
      // [2, height, width, channels] → [2, channels, height, width]
      const turned = Array.from(images, (_, i) => {
        const [image, channel, pixel] = [
          Math.floor(i / (height * width * channels)),
          Math.floor(i / (height * width)) % channels,
          i % (height * width),
        ]
        return images[(image * height * width + pixel) * channels + channel]!
      })
      writeFileSync(
        join(folder, `${name}.json`),
        JSON.stringify({ images: turned, shape: tokens ? [2, ...input] : [2, channels, height, width], pixels }),
      )
    }
    const script = join(import.meta.dirname, 'load_all.py')
    const printed = execFileSync(python, [script, folder], { encoding: 'utf8', maxBuffer: 1e8 })
    const theirs = JSON.parse(printed) as {
      readonly [name: string]: { readonly logits: number[]; readonly state: { readonly [name: string]: number[] } }
    }
    const apart = Object.fromEntries(
      Object.entries(theirs).map(([name, { logits }]) => {
        const scale = Math.max(1, ...logits.map(Math.abs))
        const expected = ours.get(name)!
        return [
          name,
          logits.length === expected.length ? Math.max(...logits.map((logit, i) => Math.abs(logit - expected[i]!))) / scale : Number.NaN,
        ]
      }),
    )
    return { theirs, apart }
  }

  test('every network of the library gives the logits that it gives here', async () => {
    const all = { ...small, ...transformers, ...languageModels }
    const cases = Object.fromEntries(Object.entries(all).map(([name, made]) => [name, built(specOf(made))]))
    const { apart, theirs } = await loaded({ ...cases, pixels: { ...built(specOf(resnet(8))), pixels: true } })
    expect(Object.keys(apart)).toHaveLength(Object.keys(all).length + 1)
    expect(Object.entries(apart).filter(([, distance]) => !(distance < 1e-4))).toEqual([])
    expect(theirs['ResNet-20']!.state['layer3.0.downsample.0.weight']).toEqual([64, 32, 1, 1])
  }, 900_000)

  test('a shrunk one has the widths that are left, and the same logits', async () => {
    const cases: { [name: string]: Case } = {}
    const vit2 = vit(2, { width: 24, heads: 4, mlp: 40 })
    for (const [name, made] of Object.entries({ bnConv: bnConv([16, 32]), vgg: vgg(11), resnet: resnet(8), vit: vit2 })) {
      const { model, network } = built(specOf(made))
      const groups = channelGroups(model)
      const masks = channelMasks(network, groups, filterL1Criterion, {
        ...{ criterion: { kind: 'filterL1' }, scope: 'layer', sparsity: 0.5, of: 'remaining', exclude: [], outputLayer: 'keep' },
      })
      const masked = { ...network, masks, weights: applyMasks(network.weights, masks) }
      const less = shrinking(masked, groups)
      const narrow = buildModel(engine.tf, less.model)
      cases[name] = { model, network: masked }
      cases[`${name}-shrunk`] = { model: narrow, network: less.network(topologyOf(less.model, narrow)) }
    }
    const { apart, theirs } = await loaded(cases)
    expect(Object.entries(apart).filter(([, distance]) => !(distance < 1e-4))).toEqual([])
    expect(theirs['bnConv-shrunk']!.state['conv1.weight']).toEqual([8, 1, 3, 3])
    expect(theirs['vit-shrunk']!.state['blocks.0.attn.qkv.weight']).toEqual([3 * 12, 24])
    expect(theirs.bnConv!.state['conv1.weight']).toEqual([16, 1, 3, 3])
  }, 900_000)

  test('attention of a custom network that sees what came before alone, and an LSTM that gives its last step', async () => {
    const { tf } = engine
    const image = tf.input({ shape: [4, 5, 3] })
    const places = tf.layers.reshape({ name: 'places', targetShape: [20, 3] }).apply(image) as typeof image
    const wide = tf.layers.dense({ name: 'wide', units: 6, activation: 'softmax' }).apply(places) as typeof image
    const attended = selfAttention(tf, wide, { name: 'heads', heads: 2, causal: true })
    const last = tf.layers.lstm({ name: 'lstm', units: 5, recurrentActivation: 'sigmoid', useBias: false }).apply(attended)
    const made = tf.model({ inputs: image, outputs: tf.layers.dense({ name: 'out', units: 10 }).apply(last) as typeof image })
    const { apart, theirs } = await loaded({ causal: { model: made, network: lived({ name: 'custom', options: {} }, made) } })
    expect(apart.causal).toBeLessThan(1e-4)
    expect(theirs.causal!.state).toMatchObject({ 'heads_qkv.weight': [18, 6], 'heads_out.weight': [6, 6], 'lstm.weight_hh_l0': [20, 5] })
  })

  test('recurrent layers both ways: at every step, and what each direction ends with', async () => {
    const { layers, sequential } = engine.tf
    const made = sequential({
      layers: [
        layers.embedding({ name: 'embedding', inputDim: 11, outputDim: 4, inputLength: 5 }),
        layers.bidirectional({
          ...{ name: 'rnn1', mergeMode: 'concat' },
          layer: layers.lstm({ units: 3, recurrentActivation: 'sigmoid', returnSequences: true }) as never,
        }),
        layers.bidirectional({ name: 'rnn2', mergeMode: 'concat', layer: layers.simpleRNN({ units: 2, activation: 'relu' }) as never }),
        layers.dense({ name: 'out', units: 10 }),
      ],
    })
    const { apart, theirs } = await loaded({ both: { model: made, network: lived({ name: 'custom', options: {} }, made) } })
    expect(apart.both).toBeLessThan(1e-4)
    expect(theirs.both!.state).toMatchObject({ 'rnn1.weight_hh_l0_reverse': [12, 3], 'rnn2.bias_ih_l0_reverse': [2], 'fc.weight': [10, 4] })
  })

  test('custom networks: padding of uneven windows, dilation, activations, branches, poolings at edges', async () => {
    const { layers, input, model } = engine.tf
    const image = input({ shape: [11, 9, 3] })
    const at = (layer: InstanceType<typeof layers.Layer>, from: unknown) => layer.apply(from as typeof image) as typeof image
    const one = at(layers.conv2d({ name: 'one', filters: 4, kernelSize: [3, 2], strides: 2, padding: 'same', activation: 'elu' }), image)
    const two = at(layers.conv2d({ name: 'two', filters: 4, kernelSize: 3, dilationRate: 2, padding: 'same', useBias: false }), image)
    const strided = at(layers.averagePooling2d({ name: 'mean', poolSize: 2, strides: 2, padding: 'same' }), two)
    const most = at(layers.maxPooling2d({ name: 'most', poolSize: [3, 2], strides: 2, padding: 'same' }), image)
    const joined = at(layers.concatenate({ name: 'joined' }), [one, strided, most])
    const leaky = at(layers.leakyReLU({ name: 'leaky', alpha: 0.1 }), joined)
    const hidden = at(layers.dense({ name: 'hidden', units: 5, activation: 'softplus' }), at(layers.flatten({ name: 'flat' }), leaky))
    const most2 = at(layers.globalMaxPooling2d({ name: 'largest', dataFormat: 'channelsLast' }), leaky)
    const both = at(layers.concatenate({ name: 'both' }), [hidden, most2])
    const made = model({ inputs: image, outputs: at(layers.dense({ name: 'out', units: 3, activation: 'softmax' }), both) })
    const { apart } = await loaded({ custom: { model: made, network: lived({ name: 'custom', options: {} }, made) } })
    expect(apart.custom).toBeLessThan(1e-4)
  })
})
