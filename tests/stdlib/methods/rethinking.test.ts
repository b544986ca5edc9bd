import { describe, expect, test } from 'vitest'
import { filterL1 } from '../../../dsl/index.ts'
import { rethinkingArms, scratchBEpochs } from '../../../stdlib/methods/rethinking.ts'
import { heFor, initialise } from '../../../stdlib/models/structure/initialise.ts'
import { tiny } from '../networks.ts'
import { armsOf, big, optionsOf, small } from './chain.ts'

describe('Scratch-B', () => {
  test('takes the epochs of the large network times the ratio, rounded down, up to a cap', () => {
    expect(scratchBEpochs({ epochs: 160, ratio: 1.519 })).toBe(243)
    expect(scratchBEpochs({ epochs: 15, ratio: 3.903 })).toBe(58)
    expect(scratchBEpochs({ epochs: 15, ratio: 20, cap: 4 })).toBe(60)
    expect(scratchBEpochs({ epochs: 90, ratio: 2.7, cap: 2 })).toBe(180)
  })

  test('with the epochs of fine-tuning added, as Wang et al. count', () => {
    expect(scratchBEpochs({ epochs: 160, ratio: 1.519, add: 40 })).toBe(283)
    const dense = small.train()
    const arms = rethinkingArms({ dense, pruned: dense.prune(0.8), epochs: 20, ratio: 2, countFinetune: true })
    expect([arms.scratchE, arms.scratchB].map((arm) => optionsOf(arm, 'train').epochs)).toEqual([20, 45])
  })

  test('never takes fewer than Scratch-E: a ratio below 1 is the wrong way up', () => {
    expect(() => scratchBEpochs({ epochs: 160, ratio: 0.5 })).toThrow('out of range')
  })
})

describe('the arms', () => {
  test('of whole channels start from the small network, drawn again, and say at which rate was fine-tuned', () => {
    const dense = big.train()
    const arms = rethinkingArms({ dense, pruned: dense.prune(filterL1(0.5)).shrink(), epochs: 20, ratio: 3.9, finetuneAt: [1e-3, 1e-2] })
    const small = 'init train:20@step 0.1 prune:0.5 shrink'
    expect(armsOf(arms)).toEqual({
      dense: 'init train:20@step 0.1',
      'finetune lr=0.001': `${small} train:5@0.001`,
      'finetune lr=0.01': `${small} train:5@0.01`,
      lrRewinding: `${small} train:20@step 0.1`,
      scratchE: `${small} reinit train:20@step 0.1`,
      scratchB: `${small} reinit train:78@step 0.1`,
    })
    expect(optionsOf(arms.scratchB, 'reinit')).not.toHaveProperty('he')
  })

  test('of single weights are drawn for the fan that the mask left, if asked', () => {
    const dense = small.train()
    const arms = (init: 'same' | 'heFanIn' | 'heFanOut') =>
      rethinkingArms({ dense, pruned: dense.prune(0.8), epochs: 15, ratio: 5, cap: 4, init })
    expect(optionsOf(arms('heFanIn').scratchE, 'reinit')).toMatchObject({ he: 'fanIn' })
    expect(optionsOf(arms('heFanOut').scratchE, 'reinit')).toMatchObject({ he: 'fanOut' })
    expect(optionsOf(arms('heFanIn').scratchB, 'train').epochs).toBe(60)
  })
})

describe("He's rule for a sparse fan", () => {
  const network = tiny({ fc1: [1, 1, 1, 1, 1, 1], out: [1, 1, 1, 1, 1, 1] }, { fc1: [1, 0, 0, 1, 0, 1] })
  const std = (fan: 'fanIn' | 'fanOut', layer: string) =>
    heFor(network.topology, network.masks, fan).parameters.find(({ name }) => name === `${layer}/kernel`)?.initializer

  test('by hand: 3 of 2 × 3 weights left are 1 for each unit, 1.5 for each input; without a mask the whole fan', () => {
    expect(std('fanIn', 'fc1')).toEqual({ kind: 'normal', std: Math.sqrt(2) })
    expect(std('fanOut', 'fc1')).toEqual({ kind: 'normal', std: Math.sqrt(2 / 1.5) })
    expect(std('fanIn', 'out')).toEqual({ kind: 'normal', std: Math.sqrt(2 / 3) })
  })

  test('leaves biases and batch norm as the network has them, and draws with that width', () => {
    const { parameters } = network.topology
    const wide = heFor(
      { ...network.topology, parameters: parameters.map((one) => ({ ...one, shape: one.role === 'kernel' ? [100, 100] : one.shape })) },
      new Map(),
      'fanIn',
    )
    expect(wide.parameters.filter(({ role }) => role !== 'kernel').map(({ initializer }) => initializer)).toEqual([
      { kind: 'zeros' },
      { kind: 'zeros' },
    ])
    const drawn = initialise(wide, 1).get('fc1/kernel')!
    const spread = Math.sqrt(drawn.reduce((sum, w) => sum + w * w, 0) / drawn.length)
    expect(spread).toBeCloseTo(Math.sqrt(2 / 100), 2)
  })
})
