/** Masks that let weights grow elsewhere, in the trainer: what a step sees of what is away, and what grows. */
import { beforeAll, expect, test } from 'vitest'
import { openEngine } from '../../../runtime/engine/open.ts'
import type { Engine } from '../../../stdlib/engine.ts'
import { adam, bnConv, sgd } from '../../../stdlib/index.ts'
import { leak } from '../../../stdlib/masks.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import type { Masks } from '../../../stdlib/network.ts'
import { boundNetwork } from '../../../stdlib/network-registry.ts'
import { Stream } from '../../../stdlib/random/stream.ts'
import { type Examples, epochBatches, upload } from '../../../stdlib/training/examples.ts'
import { supervised } from '../../../stdlib/training/objective.ts'
import { Trainer } from '../../../stdlib/training/trainer.ts'
import type { TrainerOptions } from '../../../stdlib/training/trainer-options.ts'

const [count, batch] = [96, 32]
let engine: Engine
let examples: Examples
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
  const stream = new Stream(1, 'init', 0)
  const images = Float32Array.from({ length: count * 784 }, () => stream.uniform())
  const split = { images, labels: Int32Array.from({ length: count }, () => stream.below(10)) }
  const splits = { train: split, validation: split, test: split }
  examples = upload(engine, { input: [28, 28, 1], classes: 10, normalisation: { mean: [0], std: [1] }, splits }, 'train')
})

const training = (options: Partial<TrainerOptions> = {}) => {
  const network = boundNetwork(engine, bnConv([4, 4]).spec)
  const optimizer = sgd({ lr: 0.1, momentum: 0.9, weightDecay: 1e-3 }).spec
  const trainer = new Trainer(engine, {
    name: 'test',
    network,
    examples,
    optimizer,
    batch,
    masking: 'regrow',
    objective: supervised,
    ...options,
  })
  trainer.start({ weights: initialise(network.topology, 0), masks: new Map() })
  return trainer
}

const given = (step: number, learningRate = 0.1) => {
  const batches = epochBatches(0, 0, count, batch)
  return { indices: batches[step % batches.length]!, learningRate, step, position: step, seed: 0, scalars: [] }
}
const kernel = 'conv2/kernel'
/** Away is every third, from `offset` on. */
const thirds =
  (offset: number) =>
  (_: unknown, masks: Masks): Masks =>
    new Map([...masks].map(([name, mask]) => [name, mask.map((_, i) => (i % 3 === offset ? 0 : 1))]))
const all = (_: unknown, masks: Masks): Masks => masks

test('between two changes what is away is exactly zero, and no gradient has reached its momentum', async () => {
  const trainer = training()
  await trainer.remask(thirds(0))
  for (let step = 0; step < 4; step++) {
    await trainer.step(given(step))
    expect(leak({ weights: await trainer.weights(), masks: await trainer.masks() })).toBeUndefined()
  }
  const momentum = (await trainer.state()).get(`momentum:${kernel}`)!
  expect([...momentum].filter((value, i) => i % 3 === 0 && value !== 0)).toEqual([])
  expect([...momentum].filter((value, i) => i % 3 !== 0 && value !== 0).length).toBeGreaterThan(48)
  trainer.dispose()
})

test('the gradient that is asked for is whole: of what is there a step takes the same, and what is away has one too', async () => {
  const trainer = training({ optimizer: sgd({ lr: 0.1, momentum: 0 }).spec })
  await trainer.remask(thirds(0))
  const before = (await trainer.weights()).get(kernel)!
  const { gradients, outcome } = await trainer.gradients(given(0))
  expect((await trainer.weights()).get(kernel)).toEqual(before)
  const stepped = await trainer.step(given(0))
  expect(outcome).toEqual(stepped)
  const after = (await trainer.weights()).get(kernel)!
  const gradient = gradients.get(kernel)!
  for (const [i, value] of gradient.entries()) {
    if (i % 3 === 0) expect(after[i]).toBe(0)
    else expect((before[i]! - after[i]!) / 0.1).toBeCloseTo(value, 3)
  }
  expect([...gradient].filter((value, i) => i % 3 === 0 && value !== 0).length).toBeGreaterThan(24)
  trainer.dispose()
})

test.each([
  ['momentum', sgd({ lr: 0.1, momentum: 0.9 }).spec],
  ['first moment', adam({ lr: 0.01 }).spec],
  ['second moment', adam({ lr: 0.01 }).spec],
] as const)('what grows starts at zero, its %s too; what goes and comes back in one change keeps both', async (slot, optimizer) => {
  const trainer = training({ optimizer })
  for (let step = 0; step < 3; step++) await trainer.step(given(step, 0.01))
  await trainer.remask(thirds(0))
  // Still what it was when the weight went.
  const old = (await trainer.state()).get(`${slot}:${kernel}`)!
  expect([...old].filter((value, i) => i % 3 === 0 && value !== 0).length).toBeGreaterThan(24)
  const before = (await trainer.weights()).get(kernel)!
  await trainer.remask(thirds(1))
  const [weights, state] = [(await trainer.weights()).get(kernel)!, (await trainer.state()).get(`${slot}:${kernel}`)!]
  for (const [i, value] of weights.entries()) {
    if (i % 3 === 0) expect([value, state[i]]).toEqual([0, 0])
    if (i % 3 === 2) expect([value, state[i]]).toEqual([before[i], old[i]])
  }
  // The same masks again are no change at all.
  await trainer.remask(all)
  expect((await trainer.state()).get(`${slot}:${kernel}`)).toEqual(state)
  expect((await trainer.weights()).get(kernel)).toEqual(weights)
  trainer.dispose()
})

test('the norm that gradients are clipped to is of what is there', async () => {
  const moved = async (clipNorm: number | undefined) => {
    const trainer = training({ optimizer: sgd({ lr: 0.1, momentum: 0 }).spec, ...(clipNorm === undefined ? {} : { clipNorm }) })
    await trainer.remask(thirds(0))
    const before = await trainer.weights()
    await trainer.step(given(0))
    const after = await trainer.weights()
    trainer.dispose()
    let sum = 0
    for (const [name, values] of after)
      if (!name.includes('moving')) for (const [i, value] of values.entries()) sum += (value - before.get(name)![i]!) ** 2
    return Math.sqrt(sum)
  }
  const clip = 0.01
  expect(await moved(undefined)).toBeGreaterThan(0.1 * clip)
  expect(await moved(clip)).toBeCloseTo(0.1 * clip, 6)
})
