import { expect, test } from 'vitest'
import type { DistillOptions } from '../../dsl/graph/stage-options.ts'
import type { AugmentationSpec } from '../../dsl/parts/augment.ts'
import type { Criterion } from '../../dsl/parts/criteria.ts'
import type { OptimizerSpec } from '../../dsl/parts/optimizer.ts'
import type { ScheduleSpec } from '../../dsl/parts/schedule.ts'
import { augmentationOf } from '../../stdlib/augment/registry.ts'
import { prepareDistillation } from '../../stdlib/distill/registry.ts'
import { buildModel } from '../../stdlib/network-registry.ts'
import { optimizerOf } from '../../stdlib/optim/registry.ts'
import { learningRate } from '../../stdlib/optim/schedule.ts'
import { isStructured, looksAtMovement, maskChooser, masksAtOnce } from '../../stdlib/prune/registry.ts'
import { bits, tiny } from './networks.ts'

// Also what every object inherits is no kind.
const kinds = ['unknown', 'constructor']
const network = tiny({ fc1: [6, -5, 4, -3, 2, -1], out: [1, 2, 3, 4, 5, 6] }, { fc1: [1, 1, 1, 1, 1, 0] })
const none = {} as never

test.each(kinds)('a kind %s is an error in every registry, and names those that are known', async (kind) => {
  const spec = { kind } as unknown
  expect(() => optimizerOf(spec as OptimizerSpec)).toThrow(`There is no optimizer called "${kind}".`)
  expect(() => augmentationOf(spec as AugmentationSpec, [2, 2], none)).toThrow(`There is no augmentation called "${kind}".`)
  expect(() => learningRate(spec as ScheduleSpec, 0, { stepsPerEpoch: 1, epochs: 1 })).toThrow(
    `There is no learning-rate schedule called "${kind}".`,
  )
  expect(() => buildModel(none, { name: kind, options: {} })).toThrow(`There is no network called "${kind}".`)
  const criterion = `There is no criterion called "${kind}".`
  expect(() => isStructured(spec as Criterion)).toThrow(criterion)
  expect(() => looksAtMovement(spec as Criterion)).toThrow(criterion)
  await expect(maskChooser(spec as Criterion, network, none)).rejects.toMatchObject({
    title: criterion,
    facts: [
      ['known', 'custom, customFilter, filterL1, filterL2, force, gradient, grasp, lamp, magnitude, movement, random, slimming, synflow'],
    ],
  })
  const options = { method: spec } as DistillOptions
  await expect(prepareDistillation(options, network, [network], none)).rejects.toThrow(`There is no distiller called "${kind}".`)
})

const half = { scope: 'global', sparsity: 0.5, of: 'all', exclude: [], outputLayer: 'same' } as const

test('a criterion that cannot choose at a pace is refused, and takes no other in its stead', async () => {
  const movement = { kind: 'movement' } as const
  await expect(masksAtOnce(network, { ...half, criterion: movement }, none)).rejects.toThrow(
    'The criterion movement chooses during training.',
  )
  for (const criterion of [{ kind: 'slimming' }, { kind: 'synflow', rounds: 1 }] as const)
    await expect(maskChooser(criterion, network, none)).rejects.toThrow(`The criterion ${criterion.kind} chooses at once.`)
  const choose = await maskChooser(movement, network, none)
  const kernels = [...network.weights].filter(([name]) => name.endsWith('kernel'))
  const given = { ...network, movement: new Map(kernels.map(([name, values]) => [name, values.map((_, i) => -i)])) }
  expect(bits(choose(given, { ...half, criterion: movement }, new Map()))).toEqual({ fc1: [1, 1, 1, 0, 0, 0], out: [1, 1, 1, 0, 0, 0] })
})

test('a criterion of the user’s sees the masks in force, whichever weights are ranked', async () => {
  const seen: number[][] = []
  const score = (weights: Float32Array, { mask }: { readonly mask: Uint8Array }) => {
    seen.push([...mask])
    return weights.map(Math.abs)
  }
  const services = { userFunction: async () => score } as never
  const criterion = { kind: 'custom', fn: { name: 'score', fingerprint: '' } } as never
  const choose = await maskChooser(criterion, network, services)
  expect(bits(choose(network, { ...half, criterion }, new Map()))).toEqual({ fc1: [1, 1, 1, 0, 0, 0], out: [0, 0, 0, 1, 1, 1] })
  expect(seen).toEqual([
    [1, 1, 1, 1, 1, 0],
    [1, 1, 1, 1, 1, 1],
  ])
})
