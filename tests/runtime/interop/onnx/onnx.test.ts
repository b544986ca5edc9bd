/** Networks as ONNX: checked in full by ONNX's own checker, and run by onnxruntime. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ExportOptions } from '../../../../dsl/graph/stage-options.ts'
import { openEngine } from '../../../../runtime/engine/open.ts'
import { onnx } from '../../../../runtime/interop/onnx/onnx.ts'
import { mergeMembers } from '../../../../stdlib/distill/merge.ts'
import type { Engine, LayersModel, Tensor } from '../../../../stdlib/engine.ts'
import { batchEnsemble, bnConv, digits, lenet300, selfAttention } from '../../../../stdlib/index.ts'
import { applyMasks } from '../../../../stdlib/masks.ts'
import { channelGroups } from '../../../../stdlib/models/structure/channels.ts'
import { parametersOf, topologyOf } from '../../../../stdlib/models/structure/topology.ts'
import { type Network, sizeOf } from '../../../../stdlib/network.ts'
import { buildModel } from '../../../../stdlib/network-registry.ts'
import { filterL1Criterion } from '../../../../stdlib/prune/filter-norm.ts'
import { shrinking } from '../../../../stdlib/prune/shrink.ts'
import { channelMasks } from '../../../../stdlib/prune/structured.ts'
import { pythonWith } from '../../../python-packages.ts'
import { lived, numbers, type Spec, small, specOf, transformers } from '../../../stdlib/models/every.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'

const { python, missing } = await pythonWith('onnx-1.23.2', ['onnx==1.23.2', 'onnxruntime==1.32.0'])

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

const format: ExportOptions = { format: 'onnx', path: 'network.onnx' }
const normalisation = { mean: [0.2, 0.3, 0.4], std: [0.5, 0.6, 0.7] }

async function exported(model: LayersModel, network: Network, options: Partial<ExportOptions> = {}): Promise<Uint8Array> {
  const services = {
    engine: async () => engine,
    network: async () => ({ model }) as never,
    dataset: async () => ({ input: network.topology.input, classes: 10, normalisation }),
  }
  const files = await onnx.files(
    { network, artifact: `sha256:${'a'.repeat(64)}`, key: 'b'.repeat(64), metrics: {}, options: { ...format, ...options } },
    services,
  )
  return files.get('')!
}

const logitsOf = (model: LayersModel, { weights, topology }: Network, images: Float32Array): number[] => {
  for (const { parameter, variable } of parametersOf(model)) engine.assign(variable, weights.get(parameter.name)!)
  return engine.tf.tidy(() => [
    ...(model.apply(engine.tf.tensor(images, [2, ...topology.input]), { training: false }) as Tensor).dataSync(),
  ])
}

/** [2, height, width, channels] → [2, channels, height, width] */
function channelsFirst(images: Float32Array, [height, width, channels]: readonly number[]): number[] {
  const pixels = height! * width!
  return Array.from({ length: images.length }, (_, i) => {
    const [image, channel, pixel] = [Math.floor(i / (pixels * channels!)), Math.floor(i / pixels) % channels!, i % pixels]
    return images[(image * pixels + pixel) * channels! + channel]!
  })
}

interface Checked {
  readonly apart: number
  readonly operators: { readonly [operator: string]: number }
  readonly input: readonly (string | number)[]
  readonly opset: number
  readonly metadata: { readonly [name: string]: string }
}

/** Networks by name; written, checked and run all at once, since onnxruntime takes a second to load. */
class Batch {
  readonly #folder = temporaryFolder()

  async add(name: string, model: LayersModel, network: Network, options: Partial<ExportOptions> = {}): Promise<void> {
    const { input } = network.topology
    const images = numbers(7, 2 * sizeOf(input), options.normalize === undefined ? -1 : 0, 1)
    const taken =
      options.normalize === undefined ? images : images.map((pixel, i) => (pixel - normalisation.mean[i % 3]!) / normalisation.std[i % 3]!)
    const at = join(await this.#folder, name)
    writeFileSync(`${at}.onnx`, await exported(model, network, options))
    const given = {
      images: channelsFirst(images, input),
      shape: [2, input[2], input[0], input[1]],
      logits: logitsOf(model, network, taken),
    }
    writeFileSync(`${at}.json`, JSON.stringify(given))
  }

  async checked(): Promise<{ readonly [name: string]: Checked }> {
    const script = join(import.meta.dirname, 'check.py')
    return JSON.parse(execFileSync(python, [script, await this.#folder], { encoding: 'utf8' })) as { readonly [name: string]: Checked }
  }
}

function built(spec: Spec): { readonly model: LayersModel; readonly network: Network } {
  const model = buildModel(engine.tf, spec)
  return { model, network: lived(spec, model) }
}

describe.skipIf(missing !== undefined)(`read by onnxruntime${missing === undefined ? '' : ` (${missing})`}`, () => {
  test('every network of the library gives the logits it gives here, as it is and with batch norm folded', async () => {
    const batch = new Batch()
    for (const [name, made] of Object.entries({ ...small, ...transformers })) {
      const { model, network } = built(specOf(made))
      await batch.add(name, model, network)
      await batch.add(`${name}-folded`, model, network, { foldBatchNorm: true })
      model.dispose()
    }
    const checked = await batch.checked()
    expect(Object.keys(checked)).toHaveLength(2 * Object.keys({ ...small, ...transformers }).length)
    expect(Object.entries(checked).filter(([, { apart }]) => !(apart < 1e-4))).toEqual([])
    expect(checked['ResNet-20']).toMatchObject({ opset: 17, input: ['batch', 3, 16, 16], operators: { BatchNormalization: 21 } })
    expect(checked['ResNet-20-folded']!.operators.BatchNormalization).toBeUndefined()
    // Of nine blocks the first norm follows a sum, but in the very first, and so does the last norm of all.
    expect(checked['PreResNet-20-folded']!.operators.BatchNormalization).toBe(9)
    expect(checked['ResNet-20']!.metadata).toMatchObject({ artifact: `sha256:${'a'.repeat(64)}` })
  }, 120_000)

  test('what was pruned is zero, what was shrunk is not there, and members are merged into one', async () => {
    const batch = new Batch()
    const { model, network } = built(bnConv([16, 32]).spec)
    const groups = channelGroups(model)
    const masks = channelMasks(network, groups, filterL1Criterion, {
      ...{ criterion: { kind: 'filterL1' }, scope: 'layer', sparsity: 0.5, of: 'remaining', exclude: [], outputLayer: 'keep' },
    })
    const masked = { ...network, masks, weights: applyMasks(network.weights, masks) }
    await batch.add('masked', model, masked)
    const less = shrinking(masked, groups)
    const narrow = buildModel(engine.tf, less.model)
    await batch.add('shrunk', narrow, less.network(topologyOf(less.model, narrow)))
    const ensemble = built(batchEnsemble(bnConv([16, 32]), 3).spec)
    await batch.add('merged', model, mergeMembers(ensemble.network, network.topology))
    const checked = await batch.checked()
    expect(Object.entries(checked).filter(([, { apart }]) => !(apart < 1e-4))).toEqual([])
    const size = async (one: LayersModel, of: Network) => (await exported(one, of)).byteLength
    expect(await size(narrow, less.network(topologyOf(less.model, narrow)))).toBeLessThan((await size(model, masked)) / 1.5)
  })

  test('attention that sees what came before alone', async () => {
    const { tf } = engine
    const image = tf.input({ shape: [4, 5, 3] })
    const places = tf.layers.reshape({ name: 'places', targetShape: [10, 6] }).apply(image) as typeof image
    const attended = selfAttention(tf, places, { name: 'heads', heads: 2, causal: true })
    const flat = tf.layers.flatten({ name: 'flat' }).apply(attended)
    const made = tf.model({ inputs: image, outputs: tf.layers.dense({ name: 'out', units: 10 }).apply(flat) as typeof image })
    const batch = new Batch()
    await batch.add('causal', made, lived({ name: 'custom', options: {} }, made))
    expect((await batch.checked()).causal!.apart).toBeLessThan(1e-4)
  })

  test('it takes pixels in [0, 1] where it is to normalise them', async () => {
    const batch = new Batch()
    const { model, network } = built(specOf(small['ResNet-20']!))
    await batch.add('network', model, network, { normalize: { data: digits().spec } })
    const { network: found } = await batch.checked()
    expect(found!.apart).toBeLessThan(1e-4)
    expect(found!.operators).toMatchObject({ Sub: 1, Div: 1 })
  })

  test('custom networks: padding of uneven windows, dilation, activations, branches', async () => {
    const { layers, input, model } = engine.tf
    const image = input({ shape: [11, 9, 3] })
    const at = (layer: InstanceType<typeof layers.Layer>, from: unknown) => layer.apply(from as typeof image) as typeof image
    const one = at(layers.conv2d({ name: 'one', filters: 4, kernelSize: [3, 2], strides: 2, padding: 'same', activation: 'elu' }), image)
    const two = at(layers.conv2d({ name: 'two', filters: 4, kernelSize: 3, dilationRate: 2, padding: 'same', activation: 'tanh' }), one)
    const three = at(layers.averagePooling2d({ name: 'three', poolSize: 3, strides: 1, padding: 'same' }), one)
    const joined = layers.concatenate({ name: 'joined' }).apply([two, three, one]) as typeof image
    const leaky = at(layers.leakyReLU({ name: 'leaky', alpha: 0.2 }), joined)
    const deep = at(layers.depthwiseConv2d({ name: 'deep', kernelSize: 2, depthMultiplier: 2, padding: 'same' }), leaky)
    const sum = layers.add({ name: 'sum' }).apply([one, two, three]) as typeof image
    const most = at(layers.globalMaxPooling2d({ name: 'most', dataFormat: 'channelsLast' }), deep)
    const flat = at(layers.flatten({ name: 'flat' }), sum)
    const hidden = at(
      layers.dense({ name: 'hidden', units: 7, activation: 'softplus' }),
      layers.concatenate({ name: 'all' }).apply([most, flat]),
    )
    const logits = at(layers.dense({ name: 'out', units: 10, useBias: false }), at(layers.dropout({ name: 'drop', rate: 0.5 }), hidden))
    const made = model({ inputs: image, outputs: logits })
    const batch = new Batch()
    await batch.add('network', made, lived({ name: 'custom', options: {} }, made))
    expect((await batch.checked()).network!.apart).toBeLessThan(1e-4)
  })
})

test('the same network is the same bytes', async () => {
  const { model, network } = built(bnConv([16, 32]).spec)
  expect(await exported(model, network)).toEqual(await exported(model, network))
})

test('a layer or an activation that is not translated is refused by its name', async () => {
  const ensemble = built(batchEnsemble(lenet300(), 2).spec)
  await expect(exported(ensemble.model, ensemble.network)).rejects.toThrow(
    'The network cannot be written as ONNX: its layer members is of a kind that is not translated.',
  )
  const { tf } = engine
  const model = tf.sequential({
    layers: [tf.layers.flatten({ inputShape: [2, 2, 1] }), tf.layers.dense({ name: 'out', units: 10, activation: 'swish' })],
  })
  await expect(exported(model, lived({ name: 'custom', options: {} }, model))).rejects.toThrow(/its layer out/)
})
