/** Keras models, brought in: what they compute, and what is said of those that are not. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { openEngine } from '../../../../runtime/engine/open.ts'
import { readNetworkFile } from '../../../../runtime/interop/network-file.ts'
import type { Engine, LayersModel, Tensor } from '../../../../stdlib/engine.ts'
import { channelGroups } from '../../../../stdlib/models/structure/channels.ts'
import { sizeOf } from '../../../../stdlib/network.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'
import { apart, broughtIn, imagesFor, logitsOf, written } from '../import/brought-in.ts'
import { layers, type ModelJson, modelJson, shards } from './model-files.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

async function file(model: unknown, beside: { readonly [name: string]: Uint8Array } = shards): Promise<string> {
  const folder = await temporaryFolder()
  for (const [name, content] of Object.entries(beside)) writeFileSync(join(folder, name), content)
  writeFileSync(join(folder, 'model.json'), JSON.stringify(model))
  return join(folder, 'model.json')
}

const withLayers = (changed: readonly object[], version = '2.15.0'): ModelJson => {
  const { model_config } = modelJson.modelTopology
  const config = { ...model_config.config, layers: changed as ModelJson['modelTopology']['model_config']['config']['layers'] }
  return { ...modelJson, modelTopology: { keras_version: version, model_config: { ...model_config, config } } }
}
const changed = (name: string, config: object): ModelJson =>
  withLayers(layers.map((layer) => (layer.name === name ? { ...layer, config: { ...layer.config, ...config } } : layer)))

/** What tf.layers itself makes of the layers that it knows, as logits. */
const ofTf = async (json: ModelJson, images: Float32Array): Promise<number[]> => {
  const { tf } = engine
  const bytes = Buffer.concat(Object.values(shards))
  const names = json.modelTopology.model_config.config.layers.map(({ name }) => name)
  let at = 0
  const all = json.weightsManifest[0]!.weights.map(({ name, shape }) => {
    const from = at
    at += 4 * sizeOf(shape)
    return { name: name.replace(/^model\//, ''), shape: [...shape], dtype: 'float32' as const, data: bytes.subarray(from, at) }
  })
  // It takes no weights of layers that it does not have.
  const own = all.filter(({ name }) => names.includes(name.split('/')[0]!))
  const artifacts = {
    modelTopology: json.modelTopology as object,
    weightSpecs: own.map(({ data: _, ...spec }) => spec),
    weightData: new Uint8Array(Buffer.concat(own.map(({ data }) => data))).buffer,
  }
  const model = (await tf.loadLayersModel(tf.io.fromMemory(artifacts))) as LayersModel
  return [...tf.tidy(() => tf.log(model.apply(tf.tensor(images, [2, 8, 8, 3]), { training: false }) as Tensor).dataSync())]
}

/** Of each row, without what a softmax does not see. */
const centred = (logits: readonly number[]): number[] =>
  logits.map(
    (value, i) => value - logits.slice(10 * Math.floor(i / 10), 10 * Math.floor(i / 10) + 10).reduce((sum, each) => sum + each, 0) / 10,
  )

test('a functional model gives what it gives in TensorFlow.js, its softmax left out', async () => {
  // Of kinds that TensorFlow.js has too.
  const plain = [
    'images',
    'stem',
    'stem_bn',
    'deep',
    'sum',
    'separable',
    'joined',
    'padded',
    'most',
    'up',
    'normed',
    'dropped',
    'flat',
    'out',
  ]
  const known = layers
    .filter(({ name }) => plain.includes(name))
    .map((layer) => {
      const [from] = (layer.inbound_nodes as [string, number, number, object][][]).map((nodes) =>
        nodes.map(([name]) => ({ scaled: 'images', gated: 'deep', active: 'normed' })[name] ?? name),
      )
      const nodes = from === undefined ? [] : [from.map((name) => [name, 0, 0, {}])]
      return { ...layer, config: { ...layer.config, ...(layer.name === 'stem' ? { activation: 'relu' } : {}) }, inbound_nodes: nodes }
    })
  const json = withLayers(known)
  const { model, network } = await broughtIn(engine, await file(json))
  const images = imagesFor(network)
  expect(apart(centred(logitsOf(engine, model, network, images)), centred(await ofTf(json, images)))).toBeLessThan(1e-4)
})

test('one of every kind: names, shared channels, out to ONNX and in again', async () => {
  const { model, network, file: read } = await broughtIn(engine, await file(modelJson))
  expect([...read.widths.keys()]).toEqual(['stem', 'stem_bn', 'deep', 'gate', 'separable.depthwise', 'separable', 'up', 'normed', 'out'])
  expect(read.files).toHaveLength(3)
  const free = channelGroups(model).filter(({ fixed }) => !fixed)
  expect(free.map(({ producers }) => producers)).toEqual([['stem', 'gate'], ['separable']])
  const images = imagesFor(network)
  const again = await broughtIn(engine, await written(engine, 'onnx', model, network))
  expect(apart(logitsOf(engine, again.model, again.network, images), logitsOf(engine, model, network, images))).toBeLessThan(1e-4)
})

test('a model of Keras 3 names what it reads by histories; a sequential one by its order', async () => {
  const inOrder = [
    layers[0]!,
    layers[2]!,
    layers[3]!,
    layers[4]!,
    { ...layers[5]!, config: { ...layers[5]!.config, keepdims: false } },
    layers.at(-1)!,
  ]
  const weights = modelJson.weightsManifest[0]!.weights.map((weight) =>
    weight.name.endsWith('out/kernel') ? { ...weight, shape: [8, 10] } : weight,
  )
  const short = Buffer.concat(Object.values(shards)).subarray(
    0,
    4 * weights.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
  )
  const manifest = [{ paths: ['weights.bin'], weights }]
  const wired = inOrder.map((layer, i) => {
    const before = inOrder[i - 1]
    const { batch_input_shape: shape, ...config } = layer.config
    const tensor = before && {
      class_name: '__keras_tensor__',
      config: { shape: [null], dtype: 'float32', keras_history: [before.name, 0, 0] },
    }
    return {
      ...layer,
      config: { ...config, ...(shape === undefined ? {} : { batch_shape: shape }) },
      inbound_nodes: before ? [{ args: [tensor], kwargs: {} }] : [],
    }
  })
  const functional = { ...withLayers(wired, '3.4.1'), weightsManifest: manifest }
  const [{ config: _, ...input }] = inOrder as [(typeof inOrder)[0]]
  expect(input.name).toBe('images')
  const sequential = {
    modelTopology: {
      class_name: 'Sequential',
      config: { name: 'sequential', layers: inOrder.map(({ inbound_nodes: __, ...layer }) => layer) },
    },
    weightsManifest: manifest,
  }
  const [one, other] = [
    await readNetworkFile(await file(functional, { 'weights.bin': short })),
    await readNetworkFile(await file(sequential, { 'weights.bin': short })),
  ]
  expect(one.network).toEqual(other.network)
  expect(one.network.layers.map(({ kind }) => kind)).toContain('DepthwiseConv2D')
})

test.each<[what: string, model: unknown, title: string, fact: readonly [string, string]]>([
  [
    'a layer without a translation',
    withLayers([layers[0]!, { ...layers[1]!, class_name: 'Lambda' }]),
    'The operator Lambda is not supported.',
    ['node', 'scaled'],
  ],
  [
    'pictures with channels first',
    changed('stem', { data_format: 'channels_first' }),
    'The operator Conv2D is supported, but not with the given data_format.',
    ['data_format', 'channels_first'],
  ],
  [
    'an option that nobody knows',
    changed('stem', { strange: 3 }),
    'The operator Conv2D is supported, but not with the given strange.',
    ['strange', '3'],
  ],
  [
    'more filters than weights',
    changed('stem', { filters: 1_000_000_000 }),
    'The operators in the network file are inconsistent: its kernel is [3, 3, 3, 8] and not [3, 3, 3, 1000000000].',
    ['node', 'stem'],
  ],
  [
    'a size that is open',
    changed('images', { batch_input_shape: [null, null, 8, 3] }),
    'The network cannot be imported: its input is no batch of images of one size.',
    ['shape', '[null,null,8,3]'],
  ],
  [
    'a cycle',
    withLayers(layers.map((layer) => (layer.name === 'stem' ? { ...layer, inbound_nodes: [[['out', 0, 0, {}]]] } : layer))),
    'The operators in the network file are inconsistent: it reads out, which nothing before it gives.',
    ['node', 'stem'],
  ],
  [
    'a layer that is used twice',
    withLayers(
      layers.map((layer) => (layer.name === 'stem' ? { ...layer, inbound_nodes: [[['scaled', 0, 0, {}]], [['deep', 0, 0, {}]]] } : layer)),
    ),
    'The operator Conv2D is supported, but not with the given inbound_nodes.',
    ['node', 'stem'],
  ],
  [
    'weights elsewhere',
    { ...modelJson, weightsManifest: [{ ...modelJson.weightsManifest[0], paths: ['../secret'] }] },
    'The external weight file of the network cannot be used.',
    ['named', '../secret'],
  ],
  [
    'quantised weights',
    {
      ...modelJson,
      weightsManifest: [{ paths: [], weights: [{ name: 'stem/kernel', shape: [1], dtype: 'float32', quantization: { dtype: 'uint8' } }] }],
    },
    'The network cannot be imported: a weight is not float32.',
    ['type', 'quantised'],
  ],
])('%s', async (_, model, title, fact) => {
  await expect(readNetworkFile(await file(model))).rejects.toMatchObject({ title, facts: expect.arrayContaining([fact]) })
})

test('objects inside each other by the thousand, and files that are shorter or longer than they say', async () => {
  const folder = await temporaryFolder()
  mkdirSync(join(folder, 'deep'))
  writeFileSync(join(folder, 'deep', 'model.json'), `{"modelTopology":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)
  await expect(readNetworkFile(join(folder, 'deep', 'model.json'))).rejects.toMatchObject({
    title: 'The network is too large to import: objects inside each other.',
  })
  const [first, second] = Object.values(shards) as [Uint8Array, Uint8Array]
  const names = Object.keys(shards) as [string, string]
  const shorter = await file(modelJson, { [names[0]]: first, [names[1]]: second.subarray(4) })
  await expect(readNetworkFile(shorter)).rejects.toThrow('a weight lies outside its files')
  const longer = await file(modelJson, { [names[0]]: first, [names[1]]: Buffer.concat([second, Uint8Array.of(0)]) })
  await expect(readNetworkFile(longer)).rejects.toThrow('its files of weights hold more than it names')
})
