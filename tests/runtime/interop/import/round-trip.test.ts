/** Networks of the library, exported and brought in again. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { PruneOptions } from '../../../../dsl/graph/stage-options.ts'
import { openEngine } from '../../../../runtime/engine/open.ts'
import type { Engine } from '../../../../stdlib/engine.ts'
import { bnConv } from '../../../../stdlib/index.ts'
import { applyMasks } from '../../../../stdlib/masks.ts'
import { channelGroups } from '../../../../stdlib/models/structure/channels.ts'
import { summaryOf } from '../../../../stdlib/models/structure/summary.ts'
import { topologyOf } from '../../../../stdlib/models/structure/topology.ts'
import { type Network, sizeOf } from '../../../../stdlib/network.ts'
import { buildModel } from '../../../../stdlib/network-registry.ts'
import { filterL1Criterion } from '../../../../stdlib/prune/filter-norm.ts'
import { shrinking } from '../../../../stdlib/prune/shrink.ts'
import { channelMasks } from '../../../../stdlib/prune/structured.ts'
import { languageModels, lived, small, specOf, transformers } from '../../../stdlib/models/every.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'
import { onnxFile } from '../onnx/onnx-file.ts'
import { ofSequences, sequenceLayers } from '../onnx/sequence-layers.ts'
import { apart, broughtIn, imagesFor, logitsOf, written } from './brought-in.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

const pruning: PruneOptions = {
  ...{ criterion: { kind: 'filterL1' }, scope: 'layer', sparsity: 0.5, of: 'remaining', exclude: [], outputLayer: 'keep' },
}
/** Networks that have no channels to remove. */
const dense = ['LeNet-300-100', 'wide']

test.each(Object.keys(small))('%s gives the same logits, has the same parameters and the same channels', async (name) => {
  const spec = specOf(small[name]!)
  const model = buildModel(engine.tf, spec)
  const network = lived(spec, model)
  const images = imagesFor(network)
  const before = logitsOf(engine, model, network, images)
  const again = await broughtIn(engine, await written(engine, 'onnx', model, network))
  expect(apart(logitsOf(engine, again.model, again.network, images), before)).toBeLessThan(1e-4)
  const parametersOf = ({ topology: { parameters } }: Network) =>
    parameters.map(({ name, role, shape, prunable }) => ({ name, role, shape, prunable }))
  expect(parametersOf(again.network)).toEqual(parametersOf(network))
  expect(summaryOf(again.model, again.network.topology)).toEqual(summaryOf(model, network.topology))
  expect(channelGroups(again.model)).toEqual(channelGroups(model))

  const folded = await broughtIn(engine, await written(engine, 'onnx', model, network, { foldBatchNorm: true }))
  expect(apart(logitsOf(engine, folded.model, folded.network, images), before)).toBeLessThan(1e-4)
  if (dense.includes(name)) return
  // Brought in, pruned and shrunk: the same as shrunk before it left.
  const shrunk = (of: Network, groups: ReturnType<typeof channelGroups>) => {
    const masks = channelMasks(of, groups, filterL1Criterion, pruning)
    const masked = { ...of, masks, weights: applyMasks(of.weights, masks) }
    const less = shrinking(masked, groups)
    const narrow = buildModel(engine.tf, less.model)
    return {
      model: narrow,
      network: less.network(topologyOf(less.model, narrow)),
      logits: logitsOf(engine, narrow, less.network(topologyOf(less.model, narrow)), images),
    }
  }
  const [here, there] = [shrunk(network, channelGroups(model)), shrunk(again.network, channelGroups(again.model))]
  expect(apart(there.logits, here.logits)).toBeLessThan(1e-4)
  const narrow = await broughtIn(engine, await written(engine, 'onnx', here.model, here.network))
  expect(apart(logitsOf(engine, narrow.model, narrow.network, images), here.logits)).toBeLessThan(1e-4)
  for (const one of [model, again.model, folded.model, here.model, there.model, narrow.model]) one.dispose()
})

test.each(Object.keys(small))('%s comes back from a model.json', async (name) => {
  const spec = specOf(small[name]!)
  const model = buildModel(engine.tf, spec)
  const network = lived(spec, model)
  const images = imagesFor(network)
  const again = await broughtIn(engine, await written(engine, 'tfjs', model, network))
  expect(apart(logitsOf(engine, again.model, again.network, images), logitsOf(engine, model, network, images))).toBeLessThan(1e-5)
  expect(again.network.topology.parameters).toEqual(
    network.topology.parameters.map((parameter) => ({ ...parameter, initializer: expect.anything() })),
  )
  expect(channelGroups(again.model)).toEqual(channelGroups(model))
  for (const one of [model, again.model]) one.dispose()
})

test.each(Object.keys(transformers))('%s comes back with its logits, and its projections may be pruned by weights', async (name) => {
  const spec = specOf(transformers[name]!)
  const model = buildModel(engine.tf, spec)
  const network = lived(spec, model)
  const again = await broughtIn(engine, await written(engine, 'onnx', model, network))
  const images = imagesFor(network)
  expect(apart(logitsOf(engine, again.model, again.network, images), logitsOf(engine, model, network, images))).toBeLessThan(1e-5)
  expect(prunableIn(again.network)).toEqual(prunableIn(network))
  for (const one of [model, again.model]) one.dispose()
})

test('the language model comes back with logits for each token, and its kernels may be pruned by weights', async () => {
  const spec = specOf(languageModels['LSTM-2']!)
  const model = buildModel(engine.tf, spec)
  const network = lived(spec, model)
  const again = await broughtIn(engine, await written(engine, 'onnx', model, network))
  const tokens = Float32Array.from({ length: 2 * 64 }, (_, i) => (i * 7) % 11)
  const [before, after] = [logitsOf(engine, model, network, tokens), logitsOf(engine, again.model, again.network, tokens)]
  expect(before).toHaveLength(2 * 64 * 11)
  expect(apart(after, before)).toBeLessThan(1e-5)
  expect(again.file.network.input).toEqual([64])
  expect(prunableIn(again.network)).toEqual(prunableIn(network))
  expect(prunableIn(network)).toEqual([
    [7, 48],
    [12, 48],
    [12, 36],
    [9, 36],
    [9, 11],
  ])
})

const prunableIn = ({ topology: { parameters } }: Network) => parameters.flatMap(({ prunable, shape }) => (prunable ? [shape] : []))

test('each layer of sequences that is written comes back with its logits, and goes out again', async () => {
  const found: { readonly name: string; readonly now: number; readonly again: number }[] = []
  for (const [name, make] of Object.entries(sequenceLayers)) {
    const model = ofSequences(engine, make)
    const network = lived({ name: 'custom', options: {} }, model)
    const sequences = imagesFor(network)
    const before = logitsOf(engine, model, network, sequences)
    const first = await broughtIn(engine, await written(engine, 'onnx', model, network))
    const second = await broughtIn(engine, await written(engine, 'onnx', first.model, first.network))
    const [now, again] = [first, second].map((one) => apart(logitsOf(engine, one.model, one.network, sequences), before)) as [
      number,
      number,
    ]
    found.push({ name, now, again })
    for (const one of [model, first.model, second.model]) one.dispose()
  }
  expect(found).toHaveLength(21)
  expect(found.filter(({ now, again }) => !(now < 1e-5 && again < 1e-5))).toEqual([])
})

test('a vector that is repeated for each step comes back', async () => {
  const { layers, input, model: modelOf } = engine.tf
  const tokens = input({ shape: [6] })
  const apply = (layer: ReturnType<typeof layers.gru>, x: typeof tokens) => layer.apply(x) as typeof tokens
  const vectors = apply(layers.embedding({ name: 'words', inputDim: 9, outputDim: 3 }) as never, tokens)
  const last = apply(layers.lstm({ name: 'last', units: 4 }) as never, vectors)
  const repeated = apply(layers.repeatVector({ name: 'again', n: 3 }) as never, last)
  const model = modelOf({
    inputs: tokens,
    outputs: apply(layers.dense({ name: 'out', units: 10 }) as never, apply(layers.gru({ name: 'read', units: 4 }) as never, repeated)),
  })
  const network = lived({ name: 'custom', options: {} }, model)
  const again = await broughtIn(engine, await written(engine, 'onnx', model, network))
  const given = Float32Array.from({ length: 12 }, (_, i) => (i * 5) % 9)
  expect(apart(logitsOf(engine, again.model, again.network, given), logitsOf(engine, model, network, given))).toBeLessThan(1e-5)
  expect(again.file.network.layers.map(({ kind, name }) => [kind, name])).toEqual([
    ['Embedding', 'words'],
    ['LSTM', 'last'],
    ['RepeatVector', 'again'],
    ['GRU', 'read'],
    ['Dense', 'out'],
  ])
})

test('the same file means the same network, wherever it lies; its content tells it from others', async () => {
  const spec = bnConv([4, 6]).spec
  const model = buildModel(engine.tf, spec)
  const network = lived(spec, model)
  const [one, other] = [
    await broughtIn(engine, await written(engine, 'onnx', model, network)),
    await broughtIn(engine, await written(engine, 'onnx', model, network)),
  ]
  expect(other.file.network).toEqual(one.file.network)
  expect(other.file.content).toBe(one.file.content)
})

test('a softmax over the units of tokens, and one over the channels of a picture, come back over the same axis', async () => {
  const values = (...shape: number[]) => ({ shape, values: Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i)) })
  const op = (operator: string, inputs: string[], output: string, attributes = {}) => ({ operator, inputs, outputs: [output], attributes })
  const file = onnxFile({
    constants: { 'conv.weight': values(4, 3, 2, 2), 'fc.weight': values(10, 16), shape: { shape: [3], values: [0, 4, 16], type: 7 } },
    nodes: [
      op('Conv', ['x', 'conv.weight'], 'c', { strides: [2, 2] }),
      op('Softmax', ['c'], 's', { axis: 1 }),
      op('Reshape', ['s', 'shape'], 'r'),
      op('Transpose', ['r'], 't', { perm: [0, 2, 1] }),
      op('Softmax', ['t'], 'u', { axis: -1 }),
      op('ReduceMean', ['u'], 'm', { axes: [2], keepdims: 0 }),
      op('Gemm', ['m', 'fc.weight'], 'y', { transB: 1 }),
    ],
  })
  const folder = await temporaryFolder()
  writeFileSync(join(folder, 'network.onnx'), file)
  const { model, network } = await broughtIn(engine, join(folder, 'network.onnx'))
  const again = await broughtIn(engine, await written(engine, 'onnx', model, network))
  const images = imagesFor(network)
  expect(apart(logitsOf(engine, again.model, again.network, images), logitsOf(engine, model, network, images))).toBeLessThan(1e-6)
})
