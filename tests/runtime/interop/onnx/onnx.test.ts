/** Networks as ONNX: checked in full by ONNX's own checker, and run by onnxruntime. */
import { beforeAll, describe, expect, test } from 'vitest'
import { openEngine } from '../../../../runtime/engine/open.ts'
import { mergeMembers } from '../../../../stdlib/distill/merge.ts'
import type { Engine, LayersModel } from '../../../../stdlib/engine.ts'
import { batchEnsemble, bnConv, digits, lenet300, selfAttention } from '../../../../stdlib/index.ts'
import { applyMasks } from '../../../../stdlib/masks.ts'
import { channelGroups } from '../../../../stdlib/models/structure/channels.ts'
import { topologyOf } from '../../../../stdlib/models/structure/topology.ts'
import type { Network } from '../../../../stdlib/network.ts'
import { buildModel } from '../../../../stdlib/network-registry.ts'
import { filterL1Criterion } from '../../../../stdlib/prune/filter-norm.ts'
import { shrinking } from '../../../../stdlib/prune/shrink.ts'
import { channelMasks } from '../../../../stdlib/prune/structured.ts'
import { lived, type Spec, small, specOf, transformers } from '../../../stdlib/models/every.ts'
import { Batch, exported, missing } from './batch.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

function built(spec: Spec): { readonly model: LayersModel; readonly network: Network } {
  const model = buildModel(engine.tf, spec)
  return { model, network: lived(spec, model) }
}

describe.skipIf(missing !== undefined)(`read by onnxruntime${missing === undefined ? '' : ` (${missing})`}`, () => {
  test('every network of the library gives the logits it gives here, as it is and with batch norm folded', async () => {
    const batch = new Batch(engine)
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
  }, 300_000)

  test('what was pruned is zero, what was shrunk is not there, and members are merged into one', async () => {
    const batch = new Batch(engine)
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
    const size = async (one: LayersModel, of: Network) => (await exported(engine, one, of)).byteLength
    expect(await size(narrow, less.network(topologyOf(less.model, narrow)))).toBeLessThan((await size(model, masked)) / 1.5)
  })

  test('attention that sees what came before alone', async () => {
    const { tf } = engine
    const image = tf.input({ shape: [4, 5, 3] })
    const places = tf.layers.reshape({ name: 'places', targetShape: [10, 6] }).apply(image) as typeof image
    const attended = selfAttention(tf, places, { name: 'heads', heads: 2, causal: true })
    const flat = tf.layers.flatten({ name: 'flat' }).apply(attended)
    const made = tf.model({ inputs: image, outputs: tf.layers.dense({ name: 'out', units: 10 }).apply(flat) as typeof image })
    const batch = new Batch(engine)
    await batch.add('causal', made, lived({ name: 'custom', options: {} }, made))
    expect((await batch.checked()).causal!.apart).toBeLessThan(1e-4)
  })

  test('it takes pixels in [0, 1] where it is to normalise them', async () => {
    const batch = new Batch(engine)
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
    const batch = new Batch(engine)
    await batch.add('network', made, lived({ name: 'custom', options: {} }, made))
    expect((await batch.checked()).network!.apart).toBeLessThan(1e-4)
  })
})

test('the same network is the same bytes', async () => {
  const { model, network } = built(bnConv([16, 32]).spec)
  expect(await exported(engine, model, network)).toEqual(await exported(engine, model, network))
})

test('a layer or an activation that is not translated is refused by its name', async () => {
  const ensemble = built(batchEnsemble(lenet300(), 2).spec)
  await expect(exported(engine, ensemble.model, ensemble.network)).rejects.toThrow(
    'The network cannot be written as ONNX: its layer members is of a kind that is not translated.',
  )
  const { tf } = engine
  const model = tf.sequential({
    layers: [tf.layers.flatten({ inputShape: [2, 2, 1] }), tf.layers.dense({ name: 'out', units: 10, activation: 'swish' })],
  })
  await expect(exported(engine, model, lived({ name: 'custom', options: {} }, model))).rejects.toThrow(/its layer out/)
})
