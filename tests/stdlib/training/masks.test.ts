/** What is known to go wrong when masks, or members, take part in a training. */

import { beforeAll, describe, expect, test } from 'vitest'
import type { PruneOptions } from '../../../dsl/graph/stage-options.ts'
import type { OptimizerSpec } from '../../../dsl/parts/optimizer.ts'
import { openEngine } from '../../../runtime/engine/open.ts'
import { latentBeObjective } from '../../../stdlib/distill/latent-be.ts'
import { computedOnce, logitsOf } from '../../../stdlib/distill/teacher-logits.ts'
import type { Engine } from '../../../stdlib/engine.ts'
import { batchEnsemble, bnConv, filterL2, lenet300, sgd } from '../../../stdlib/index.ts'
import { leak } from '../../../stdlib/masks.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import type { Masks, Weights } from '../../../stdlib/network.ts'
import { boundNetwork } from '../../../stdlib/network-registry.ts'
import { filterL2Criterion } from '../../../stdlib/prune/filter-norm.ts'
import { channelMasks } from '../../../stdlib/prune/structured.ts'
import { Stream } from '../../../stdlib/random/stream.ts'
import { Evaluator } from '../../../stdlib/training/evaluator.ts'
import { type Examples, epochBatches, upload } from '../../../stdlib/training/examples.ts'
import { type Objective, supervised } from '../../../stdlib/training/objective.ts'
import { Trainer } from '../../../stdlib/training/trainer.ts'
import type { TrainerOptions } from '../../../stdlib/training/trainer-options.ts'

const [count, batch] = [96, 32]
let engine: Engine
let examples: Examples
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
  const stream = new Stream(1, 'init', 0)
  const images = Float32Array.from({ length: count * 784 }, () => stream.uniform())
  const labels = Int32Array.from({ length: count }, () => stream.below(10))
  const split = { images, labels }
  const splits = { train: split, validation: split, test: split }
  examples = upload(engine, { input: [28, 28, 1], classes: 10, normalisation: { mean: [0], std: [1] }, splits }, 'train')
})

const plainSgd = (more: object = {}): OptimizerSpec => sgd({ lr: 0.1, momentum: 0, ...more }).spec

const training = (options: Partial<TrainerOptions> = {}, model = bnConv([4, 4]).spec) => {
  const network = boundNetwork(engine, model)
  const trainer = new Trainer(engine, {
    name: 'test',
    network,
    examples,
    optimizer: plainSgd(),
    batch,
    masking: 'none',
    objective: supervised,
    ...options,
  })
  return { network, trainer, weights: initialise(network.topology, 0) }
}

const steps = async (trainer: Trainer, from: number, to: number, { learningRate = 0.1, scalars = [] as number[] } = {}) => {
  const losses: number[] = []
  const batches = epochBatches(0, 0, count, batch)
  for (let step = from; step < to; step++) {
    const indices = batches[step % batches.length]!
    losses.push((await trainer.step({ indices, learningRate, step, position: step, seed: 0, scalars })).loss)
  }
  return losses
}

const kernel = 'conv2/kernel'
const every =
  (n: number, offset = 0) =>
  (_: Weights, masks: Masks): Masks =>
    new Map([...masks].map(([name, mask]) => [name, mask.map((_, i) => (i % n === offset ? 0 : 1))]))

describe('masks', () => {
  test('are in force from the first step: a checkpoint with weights where the mask has none is not taken at its word', async () => {
    const { network, trainer, weights } = training({ masking: 'fixed' })
    const ones = new Map(network.topology.parameters.filter(({ prunable }) => prunable).map(({ name }) => [name, weights.get(name)!]))
    const masks: Masks = new Map([...ones].map(([name, values]) => [name, Uint8Array.from(values, (_, i) => (i % 3 === 0 ? 0 : 1))]))
    expect(leak({ weights, masks })).toBeDefined()
    trainer.start({ weights, masks })
    expect(leak({ weights: await trainer.weights(), masks })).toBeUndefined()
  })

  test('are not parameters: nothing of theirs is decayed, and what is trained is what the network has', async () => {
    const { network, trainer, weights } = training({ masking: 'gradual', optimizer: plainSgd({ weightDecay: 0.1 }) })
    trainer.start({ weights, masks: new Map() })
    await trainer.remask(every(3))
    await steps(trainer, 0, 2)
    for (const mask of (await trainer.masks()).values()) expect(new Set(mask)).toEqual(new Set([0, 1]))
    expect(network.topology.parameters.some(({ name }) => name.includes('mask'))).toBe(false)
  })

  test('a weight that happens to be zero and is alive goes on learning', async () => {
    const { trainer, weights } = training({ masking: 'fixed' })
    const first = new Map(weights).set(
      kernel,
      weights.get(kernel)!.map((value, i) => (i % 3 === 0 ? 0 : value)),
    )
    trainer.start({ weights: first, masks: new Map([[kernel, new Uint8Array(first.get(kernel)!.length).fill(1)]]) })
    await steps(trainer, 0, 2)
    expect([...(await trainer.weights()).get(kernel)!].filter((value, i) => i % 3 === 0 && value !== 0).length).toBeGreaterThan(0)
  })

  test('lifted, reborn weights start from zero with fresh momentum and move like the others', async () => {
    const { trainer, weights } = training({ optimizer: plainSgd({ momentum: 0.9 }) })
    const zeroed = new Map(weights).set(
      kernel,
      weights.get(kernel)!.map((value, i) => (i % 3 === 0 ? 0 : value)),
    )
    trainer.start({ weights: zeroed, masks: new Map() })
    const slot = (await trainer.state()).get(`momentum:${kernel}`)!
    expect(new Set(slot)).toEqual(new Set([0]))
    await steps(trainer, 0, 2)
    const now = (await trainer.weights()).get(kernel)!
    expect([...now].filter((value, i) => i % 3 === 0 && value !== 0).length).toBeGreaterThan(0)
  })
})

describe('with feedback', () => {
  test('what is measured and stored is the masked network, and measuring it changes nothing beside it', async () => {
    const { network, trainer, weights } = training({ masking: 'feedback' })
    trainer.start({ weights, masks: new Map() })
    await trainer.remask(every(3))
    await steps(trainer, 0, 2)
    const before = await trainer.state()
    expect(leak({ weights: await trainer.weights(), masks: await trainer.masks() })).toBeUndefined()
    await new Evaluator(engine, 'test', network, examples).measure()
    expect(await trainer.state()).toEqual(before)
    const dense = before.get(`dense:${kernel}`)!
    expect([...dense].some((value, i) => i % 3 === 0 && value !== 0)).toBe(true)
  })

  test.each(['feedback', 'recover'] as const)(
    '%s: masks are chosen from the weights beside the network, not from masked ones',
    async (masking) => {
      const { trainer, weights } = training({ masking })
      trainer.start({ weights, masks: new Map() })
      await trainer.remask(every(3))
      await steps(trainer, 0, 1)
      const dense = (await trainer.state()).get(`dense:${kernel}`)!
      let seen: Float32Array | undefined
      await trainer.remask((given, masks) => {
        seen = given.get(kernel)
        return masks
      })
      expect(seen).toEqual(dense)
    },
  )

  test('the removed weights move by the whole gradient; recovering, by none of it', async () => {
    const moved = async (masking: 'feedback' | 'recover') => {
      const { trainer, weights } = training({ masking })
      trainer.start({ weights, masks: new Map() })
      await trainer.remask(every(3))
      const before = (await trainer.state()).get(`dense:${kernel}`)!
      await steps(trainer, 0, 1)
      const after = (await trainer.state()).get(`dense:${kernel}`)!
      return [...after.keys()].filter((i) => after[i] !== before[i])
    }
    const size = 3 * 3 * 4 * 4
    const [fed, waiting] = [await moved('feedback'), await moved('recover')]
    expect(fed.filter((i) => i % 3 === 0).length).toBeGreaterThan(size / 6)
    expect(waiting.filter((i) => i % 3 === 0)).toEqual([])
    expect(waiting.filter((i) => i % 3 !== 0).length).toBeGreaterThan(size / 3)
  })

  test('recovering, a weight returns with the value with which it left', async () => {
    const { trainer, weights } = training({ masking: 'recover' })
    trainer.start({ weights, masks: new Map() })
    await trainer.remask(every(3))
    await steps(trainer, 0, 3)
    await trainer.remask(every(3, 1))
    const returned = (await trainer.weights()).get(kernel)!
    for (const [i, value] of weights.get(kernel)!.entries()) if (i % 3 === 0) expect(returned[i]).toBe(value)
  })
})

test('recovering with momentum and decay, a weight goes on by what momentum is left and decays, by hand: w ← w − η(0.9 v + λw)', async () => {
  const { trainer, weights } = training({ masking: 'recover', optimizer: sgd({ lr: 0.1, momentum: 0.9, weightDecay: 0.01 }).spec })
  trainer.start({ weights, masks: new Map() })
  await steps(trainer, 0, 2)
  await trainer.remask(every(3))
  const before = await trainer.state()
  const removed = [...before.get(kernel)!.keys()].filter((i) => i % 3 === 0)
  const waiting = removed.map((i) => ({ w: before.get(`dense:${kernel}`)![i]!, v: before.get(`momentum:${kernel}`)![i]! }))
  expect(waiting.filter(({ v }) => v !== 0).length).toBeGreaterThan(removed.length / 2)
  await steps(trainer, 2, 4)
  for (let step = 0; step < 2; step++)
    for (const one of waiting) {
      one.v = 0.9 * one.v + 0.01 * one.w
      one.w -= 0.1 * one.v
    }
  await trainer.remask(every(3, 1))
  const returned = (await trainer.weights()).get(kernel)!
  for (const [at, i] of removed.entries()) expect(returned[i]).toBeCloseTo(waiting[at]!.w, 6)
  expect(removed.some((i) => returned[i] !== weights.get(kernel)![i])).toBe(true)
})

test.each(['soft', 'feedback'] as const)(
  '%s: a gradient reaches channels whose kernels alone are removed, and what is measured has them at zero',
  async (masking) => {
    const { trainer, network, weights } = training({ masking })
    // A constant below zero would end in the ReLU, here as in the code of He et al. (2018).
    const shifted = ['bn1/beta', 'bn2/beta'].map((name) => [name, new Float32Array(4).fill(0.5)] as const)
    trainer.start({ weights: new Map([...weights, ...shifted]), masks: new Map() })
    await steps(trainer, 0, 3)
    const masks = channelMasks(
      { topology: network.topology, weights: await trainer.weights(), masks: new Map() },
      network.channels(),
      filterL2Criterion,
      filterL2(0.5).spec as PruneOptions,
      'kernels',
    )
    await trainer.remask(() => masks)
    const removed = async (name: string) => {
      const state = await trainer.state()
      return [...masks.get(kernel)!.keys()].filter((i) => masks.get(kernel)![i] === 0).map((i) => state.get(name)![i]!)
    }
    const beside = masking === 'soft' ? kernel : `dense:${kernel}`
    const before = await removed(beside)
    expect((await removed(kernel)).every((value) => value === 0)).toBe(true)
    await steps(trainer, 3, 4)
    const after = await removed(beside)
    expect(after.filter((value, i) => value !== before[i]).length).toBeGreaterThan(after.length / 2)
    // Between two changes, soft ones are on their way back; with feedback only the weights beside the network are.
    expect((await removed(kernel)).every((value) => value === 0)).toBe(masking === 'feedback')
  },
)

test.each(['soft', 'feedback'] as const)(
  '%s: no gradient reaches a channel that is silent and unread, so it returns by what others lose alone',
  async (masking) => {
    const { trainer, network, weights } = training({ masking, structured: true })
    trainer.start({ weights, masks: new Map() })
    await steps(trainer, 0, 3)
    const masks = channelMasks(
      { topology: network.topology, weights: await trainer.weights(), masks: new Map() },
      network.channels(),
      filterL2Criterion,
      filterL2(0.5).spec as PruneOptions,
    )
    await trainer.remask(() => masks)
    const values = async () => {
      const state = await trainer.state()
      return new Map([...masks.keys()].map((name) => [name, state.get(`dense:${name}`) ?? state.get(name)!]))
    }
    const before = await values()
    await steps(trainer, 0, 3)
    const after = await values()
    const [gone, left] = [0, 1].map((bit) =>
      [...masks].flatMap(([name, mask]) =>
        [...mask.keys()].filter((i) => mask[i] === bit).map((i) => after.get(name)![i] !== before.get(name)![i]),
      ),
    )
    expect(gone!.length).toBeGreaterThan(100)
    expect(gone).not.toContain(true)
    expect(left!.filter(Boolean).length).toBeGreaterThan(left!.length / 2)
  },
)

test('the L1 penalty on batch norm is its subgradient, η·s·sign(γ), and no part of the loss', async () => {
  const scale = 0.5
  const [with_, without] = [training({ gammaL1: scale }), training()]
  const result: { loss: number; gamma: Float32Array; conv: Float32Array }[] = []
  for (const { trainer, weights } of [with_, without]) {
    const first = new Map(weights).set('bn1/gamma', Float32Array.from([1, -1, 0.5, -0.5]))
    trainer.start({ weights: first, masks: new Map() })
    const [loss] = await steps(trainer, 0, 1)
    const after = await trainer.weights()
    result.push({ loss: loss!, gamma: after.get('bn1/gamma')!, conv: after.get('conv1/kernel')! })
  }
  const [penalised, plain] = result as [(typeof result)[0], (typeof result)[0]]
  expect(penalised.loss).toBe(plain.loss)
  expect(penalised.conv).toEqual(plain.conv)
  for (const [i, sign] of [1, -1, 1, -1].entries()) expect(penalised.gamma[i]! - plain.gamma[i]!).toBeCloseTo(-0.1 * scale * sign, 6)
})

describe('members of a batch ensemble', () => {
  const taught = (members: number): Objective => latentBeObjective(computedOnce(members, count, 10))
  const logits = (shift: number) => Float32Array.from({ length: count * 10 }, (_, i) => Math.sin(i * (1 + shift)))
  const learn = async (members: number, teachers: (member: number) => Float32Array, many = 4) => {
    const model = batchEnsemble(lenet300(), members).spec
    const { trainer, weights } = training({ objective: taught(members) }, model)
    const constants = new Map(Array.from({ length: members }, (_, m) => [logitsOf(m), teachers(m)]))
    trainer.start({ weights, masks: new Map() }, constants)
    await steps(trainer, 0, many, { learningRate: 0.01, scalars: [4, 1, 0, 1] })
    return trainer.weights()
  }
  const rows = (factors: Float32Array, members: number) =>
    Array.from({ length: members }, (_, m) => [...factors.subarray((m * factors.length) / members, ((m + 1) * factors.length) / members)])

  test('with a teacher for each they part; with one for all they stay alike forever', async () => {
    const [a, b] = rows((await learn(2, logits)).get('fc1/s')!, 2)
    expect(a).not.toEqual(b)
    const [c, d] = rows((await learn(2, () => logits(0))).get('fc1/s')!, 2)
    for (const [i, value] of c!.entries()) expect(value).toBeCloseTo(d![i]!, 6)
    expect(c!.some((value) => Math.abs(value - 1) > 1e-6)).toBe(true)
  })

  test('their factors take steps as long as those of one network, however many there are', async () => {
    const [two] = rows((await learn(2, () => logits(0), 1)).get('out/s')!, 2)
    const [four] = rows((await learn(4, () => logits(0), 1)).get('out/s')!, 4)
    const moved = two!.map((value) => value - 1)
    expect(Math.max(...moved.map(Math.abs))).toBeGreaterThan(1e-4)
    for (const [i, value] of four!.entries())
      expect((value - 1) / Math.max(...moved.map(Math.abs))).toBeCloseTo(moved[i]! / Math.max(...moved.map(Math.abs)), 3)
  })
})
