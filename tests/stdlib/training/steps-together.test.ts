import { beforeAll, describe, expect, test } from 'vitest'
import type { Spec } from '../../../dsl/parts/spec.ts'
import { openEngine } from '../../../runtime/engine/open.ts'
import { openPortable } from '../../../runtime/engine/portable/engine.ts'
import { Augmentations } from '../../../stdlib/augment/augmentations.ts'
import type { Engine } from '../../../stdlib/engine.ts'
import { adam, adamw, bnConv, conv2, cutout, lenet300, padCrop, sgd } from '../../../stdlib/index.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import type { Masks, Weights } from '../../../stdlib/network.ts'
import { boundNetwork } from '../../../stdlib/network-registry.ts'
import { Stream } from '../../../stdlib/random/stream.ts'
import { epochBatches, type ResidentExamples, StreamedExamples, upload } from '../../../stdlib/training/examples.ts'
import { type Objective, supervised } from '../../../stdlib/training/objective.ts'
import { stepsTogether } from '../../../stdlib/training/steps-together.ts'
import { Trainer } from '../../../stdlib/training/trainer.ts'
import type { StepInputs, TrainerOptions } from '../../../stdlib/training/trainer-options.ts'
import { numerics } from '../../runtime/store/temporary-store.ts'

const [count, batch] = [300, 32]
const pixels = 28 * 28
const stream = new Stream(1, 'init', 0)
const images = Float32Array.from({ length: count * pixels }, () => stream.uniform())
const labels = Int32Array.from({ length: count }, () => stream.below(10))
const split = { images, labels }
const normalisation = { mean: [0], std: [1] }

let engine: Engine
let resident: ResidentExamples
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
  resident = upload(
    engine,
    { input: [28, 28, 1], classes: 10, normalisation, splits: { train: split, validation: split, test: split } },
    'train',
  )
})

const streamed = () =>
  new StreamedExamples(engine, {
    input: [28, 28, 1],
    labels,
    read: async (indices) => Float32Array.from([...indices].flatMap((index) => [...images.subarray(index * pixels, (index + 1) * pixels)])),
  })

/** Adds a sum of all losses so far, and random numbers of the step. */
const growing: Objective = {
  ...supervised,
  state: [{ name: 'sum', shape: [] }],
  loss(inputs) {
    const { loss, logits } = supervised.loss(inputs)
    const sum = inputs.engine.tf.add(inputs.state!.get('sum')!, loss)
    const noise = inputs.engine.random('uniform', [])
    return { loss: inputs.engine.tf.add(loss, inputs.engine.tf.mul(sum, noise)), logits, updates: new Map([['sum', sum]]) }
  },
}

const half =
  (shift: number) =>
  (_: Weights, masks: Masks): Masks =>
    new Map([...masks].map(([name, mask]) => [name, mask.map((_, i) => (i + shift) % 2)]))

const cases: readonly (readonly [string, () => Partial<TrainerOptions>])[] = [
  ['SGD with momentum', () => ({})],
  ['SGD without momentum', () => ({ optimizer: sgd({ lr: 0.05, momentum: 0 }).spec })],
  ['Nesterov and decay', () => ({ optimizer: sgd({ lr: 0.05, nesterov: true, weightDecay: 1e-3 }).spec })],
  ['AdamW', () => ({ optimizer: adamw({ lr: 1e-3 }).spec })],
  ['fixed masks', () => ({ masking: 'fixed' })],
  ['masks of Adam', () => ({ masking: 'gradual', optimizer: adam({ lr: 1e-3 }).spec })],
  ['feedback', () => ({ masking: 'feedback' })],
  ['recovery', () => ({ masking: 'recover' })],
  ['soft masks', () => ({ masking: 'soft' })],
  ['regrowth with movement', () => ({ masking: 'regrow', movement: true })],
  ['a mean of the weights', () => ({ averaging: true })],
  ['a limit of the norm and smoothed labels', () => ({ clipNorm: 0.1, labelSmoothing: 0.1, gammaL1: 1e-3 })],
  ['augmentation', () => ({ augmentations: new Augmentations([padCrop(3).spec, cutout(6).spec], [28, 28, 1], normalisation) })],
  ['an objective with a state', () => ({ objective: growing })],
  ['batches from a disk', () => ({ examples: streamed() })],
]

describe.each(cases)('eight steps in one call, with %s,', (_, more) => {
  test('come to the losses and the state of eight calls', async () => {
    const batches = epochBatches(0, 0, count, batch)
    const optimizer = sgd({ lr: 0.05, momentum: 0.9 }).spec
    const results = []
    for (const together of [true, false]) {
      const network = boundNetwork(engine, bnConv([4, 4]).spec)
      const trainer = new Trainer(engine, {
        ...{ name: 'test', network, examples: resident, optimizer, batch, masking: 'none', objective: supervised },
        ...more(),
      })
      expect(trainer.together).toBe(8)
      trainer.start({ weights: initialise(network.topology, 0), masks: new Map() })
      const given = (position: number): StepInputs => ({
        ...{ indices: batches[position % batches.length]!, learningRate: 0.05 / (position + 1), step: position, position },
        ...{ seed: 5, scalars: [], epoch: Math.floor(position / batches.length), decay: 0.9 },
      })
      const outcomes = []
      for (let from = 0; from < 24; from += 8) {
        await trainer.remask(half(from / 8))
        const inputs = Array.from({ length: 8 }, (_, i) => given(from + i))
        if (together) outcomes.push(...(await trainer.steps(inputs)))
        else for (const each of inputs) outcomes.push(await trainer.step(each))
      }
      results.push({ outcomes, state: await trainer.state(), masks: await trainer.masks() })
      trainer.dispose()
    }
    const [first, second] = results
    expect(new Set(first!.outcomes.map(({ loss }) => loss)).size).toBe(24)
    expect(first).toEqual(second)
  })
})

describe('the number of steps in a call', () => {
  const here = { ...numerics, engine: 'tensorflow', device: 'cpu', xla: false } as const
  /** LeNet-300-100, as it is in the tables of the benchmarks. */
  const lenet = { nodes: 150, macs: 266_200, batch: 64 }

  test('is eight for small networks with TensorFlow on a processor', () => {
    expect(stepsTogether(here, lenet)).toBe(8)
  })

  test.each([
    ['a large batch', here, { ...lenet, batch: 256 }],
    ['a larger network', here, { ...lenet, macs: 1e6 }],
    ['a deep one', here, { ...lenet, nodes: 600 }],
    ['XLA', { ...here, xla: true }, lenet],
    ['a GPU', { ...here, device: 'gpu' }, lenet],
    ['the portable engine', { ...here, engine: 'portable' }, lenet],
  ] as const)('is one with %s', (_, numerics, step) => {
    expect(stepsTogether(numerics, step)).toBe(1)
  })

  test('of a trainer is that of its network, and one where its training asks for XLA', () => {
    const together = (model: Spec, more: Partial<TrainerOptions> = {}) => {
      const network = boundNetwork(engine, model)
      const optimizer = sgd({ lr: 0.05 }).spec
      const usual = { name: 'test', network, examples: resident, optimizer, batch, masking: 'none', objective: supervised } as const
      return new Trainer(engine, { ...usual, ...more }).together
    }
    expect(together(lenet300().spec)).toBe(8)
    expect(together(lenet300().spec, { xla: true })).toBe(1)
    expect(together(conv2().spec, { batch: 128 })).toBe(1)
  })

  test('of a trainer on the portable engine is one', async () => {
    const portable = await openPortable()
    const network = boundNetwork(portable, bnConv([4, 4]).spec)
    const examples = upload(
      portable,
      { input: [28, 28, 1], classes: 10, normalisation, splits: { train: split, validation: split, test: split } },
      'train',
    )
    const optimizer = sgd({ lr: 0.05 }).spec
    const trainer = new Trainer(portable, { name: 'test', network, examples, optimizer, batch, masking: 'none', objective: supervised })
    expect(trainer.together).toBe(1)
  })
})
