import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEngine } from '../../../runtime/engine/open.ts'
import { mergeMembers } from '../../../stdlib/distill/merge.ts'
import type { Engine, LayersModel, Tensor } from '../../../stdlib/engine.ts'
import { batchEnsemble, type ImageShape } from '../../../stdlib/index.ts'
import { applyMasks } from '../../../stdlib/masks.ts'
import { type ChannelGroup, channelGroups } from '../../../stdlib/models/structure/channels.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import { leftOf, summaryOf } from '../../../stdlib/models/structure/summary.ts'
import { parametersOf, topologyOf } from '../../../stdlib/models/structure/topology.ts'
import { type Network, sizeOf } from '../../../stdlib/network.ts'
import { buildModel } from '../../../stdlib/network-registry.ts'
import { filterL1Criterion } from '../../../stdlib/prune/filter-norm.ts'
import { shrinking } from '../../../stdlib/prune/shrink.ts'
import { channelMasks } from '../../../stdlib/prune/structured.ts'
import { lived, numbers, type Spec, small, specOf, transformers } from './every.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})
afterAll(() => expect(engine.memory().tensors).toBeLessThan(50))

const outputs = (model: LayersModel, { weights, topology }: Network, call: object = { training: false }): number[] => {
  for (const { parameter, variable } of parametersOf(model)) engine.assign(variable, weights.get(parameter.name)!)
  const images = numbers(7, 2 * sizeOf(topology.input), -1, 1)
  return engine.tf.tidy(() => [...(model.apply(engine.tf.tensor(images, [2, ...topology.input]), call) as Tensor).dataSync()])
}

const expectAlike = (given: readonly number[], expected: readonly number[]): void => {
  expect(given).toHaveLength(expected.length)
  const scale = Math.max(1, ...expected.map(Math.abs))
  const apart = Math.max(...expected.map((value, i) => Math.abs(value - given[i]!)))
  expect(apart / scale).toBeLessThan(1e-5)
}

/** A share of every group, each with a fraction of its own: which channels go is as random as the weights. */
const randomly = (network: Network, groups: readonly ChannelGroup[], fractions: readonly number[]): Network => {
  const free = groups.filter(({ fixed }) => !fixed)
  const sparsity = Object.fromEntries(free.map(({ producers }, g) => [producers[0]!, fractions[g % fractions.length]!]))
  const masks = channelMasks(network, groups, filterL1Criterion, {
    criterion: { kind: 'filterL1' },
    scope: 'layer',
    sparsity,
    of: 'remaining',
    exclude: [],
    outputLayer: 'keep',
  })
  return { ...network, masks, weights: applyMasks(network.weights, masks) }
}

const shrunk = (network: Network, groups: readonly ChannelGroup[]): [Network, LayersModel] => {
  const narrower = shrinking(network, groups)
  const model = buildModel(engine.tf, narrower.model)
  return [narrower.network(topologyOf(narrower.model, model)), model]
}

const nonzero = (network: Network): number =>
  network.topology.parameters
    .filter(({ trainable }) => trainable)
    .reduce((sum, { name, shape }) => sum + (network.masks.get(name)?.reduce((kept, bit) => kept + bit, 0) ?? sizeOf(shape)), 0)

describe.each(Object.entries({ ...small, ...transformers }))('%s', (name, made) => {
  const spec = specOf(made)
  const runs = name.startsWith('VGG') || name.startsWith('Conv-') || name === 'PreResNet-164' ? 2 : 4

  test('gives finite logits, and different ones for different images', () => {
    const model = buildModel(engine.tf, spec)
    const topology = topologyOf(spec, model)
    const logits = outputs(model, { topology, weights: initialise(topology, 3), masks: new Map() })
    model.dispose()
    expect(logits).toHaveLength(20)
    expect(logits.every(Number.isFinite)).toBe(true)
    expect(Math.max(...logits.slice(0, 10).map((value, i) => Math.abs(value - logits[10 + i]!)))).toBeGreaterThan(1e-4)
  })

  test('shrunk, whatever channels are masked, it computes the same with exactly the parameters that were left', () => {
    const model = buildModel(engine.tf, spec)
    const groups = channelGroups(model)
    const network = lived(spec, model)
    const cost = summaryOf(model, network.topology)
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.1, max: 0.9, noNaN: true }), { minLength: 1, maxLength: 7 }), (fractions) => {
        const masked = randomly(network, groups, fractions)
        const expected = outputs(model, masked)
        const [less, narrow] = shrunk(masked, groups)
        const { topology } = less
        for (const { name, shape } of topology.parameters) expect([name, less.weights.get(name)!.length]).toEqual([name, sizeOf(shape)])
        expectAlike(outputs(narrow, less), expected)
        const { parameters, macs } = summaryOf(narrow, topology)
        narrow.dispose()
        const left = leftOf(cost, network.topology, masked.masks)
        expect(parameters).toBe(nonzero(masked))
        expect(left.parameters).toBe(parameters)
        expect(left.macs / macs).toBeCloseTo(1, 9)
        expect(less.masks.size).toBe(0)
      }),
      { numRuns: runs, seed: 20261125 },
    )
    model.dispose()
  })

  test('as a batch ensemble its members are merged into one network that computes the same', () => {
    const inside = batchEnsemble({ ...made, spec }, 3).spec
    const [model, base] = [buildModel(engine.tf, inside), buildModel(engine.tf, spec)]
    const network = lived(inside, model)
    expect(outputs(model, network, { members: true })).toHaveLength(3 * 20)
    expectAlike(outputs(base, mergeMembers(network, topologyOf(spec, base))), outputs(model, network))
    expect(summaryOf(model, network.topology).macs).toBe(summaryOf(base, topologyOf(spec, base)).macs)
    model.dispose()
    base.dispose()
  })
})

test.each(['LeNet-300-100', 'ResNet-20', 'MobileNetV2'])('%s: a batch ensemble shrinks too, each member and all of them as one', (name) => {
  const base = specOf(small[name]!)
  const spec = batchEnsemble({ ...small[name]!, spec: base }, 2).spec
  const model = buildModel(engine.tf, spec)
  const groups = channelGroups(model)
  const masked = randomly(lived(spec, model), groups, [0.3, 0.6, 0.5])
  const [less, narrow] = shrunk(masked, groups)
  expect(less.topology.model.name).toBe('batchEnsemble')
  for (const call of [{ members: true }, { training: false }]) expectAlike(outputs(narrow, less, call), outputs(model, masked, call))
  const merged = (of: Spec, network: Network) => {
    const one = buildModel(engine.tf, of)
    const given = outputs(one, mergeMembers(network, topologyOf(of, one)))
    one.dispose()
    return given
  }
  expectAlike(merged(less.topology.model.options.of as unknown as Spec, less), merged(base, masked))
  for (const one of [model, narrow]) one.dispose()
})

test('images of another size than the layers can take are refused with the name of the network', () => {
  const input: ImageShape = [4, 4, 1]
  expect(() => buildModel(engine.tf, { name: 'vgg', options: { depth: 11, input: [...input] } })).toThrow(
    'vgg cannot be made for images of 4 × 4 × 1.',
  )
})
