import { beforeAll, describe, expect, test } from 'vitest'
import { openEngine } from '../../../runtime/engine/open.ts'
import { latentBeLoss } from '../../../stdlib/distill/latent-be.ts'
import { mergeMembers } from '../../../stdlib/distill/merge.ts'
import type { Engine } from '../../../stdlib/engine.ts'
import { type Arch, batchEnsemble, bnConv, conv2, lenet300, type Model, sgd } from '../../../stdlib/index.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import type { Network } from '../../../stdlib/network.ts'
import { boundNetwork } from '../../../stdlib/network-registry.ts'
import { anchorOf, optimizerOf } from '../../../stdlib/optim/registry.ts'
import { memberPair, Stream } from '../../../stdlib/random/stream.ts'
import type { BoundNetwork } from '../../../stdlib/training/bound-network.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

const images = (count: number) => {
  const stream = new Stream(3, 'init', 0)
  return engine.tf.tensor(
    Float32Array.from({ length: count * 784 }, () => stream.uniform()),
    [count, 28, 28, 1],
  )
}

/** Factors and statistics anywhere but at their first values. */
const scattered = (bound: BoundNetwork): Network => {
  const weights = new Map(initialise(bound.topology, 0))
  for (const [i, { name, role }] of bound.topology.parameters.entries()) {
    const stream = new Stream(7, 'init', i)
    if (role !== 'kernel')
      weights.set(
        name,
        weights.get(name)!.map(() => 0.5 + stream.uniform()),
      )
  }
  return { topology: bound.topology, weights, masks: new Map() }
}

describe('a batch ensemble', () => {
  test.each([
    ['lenet300', lenet300()],
    ['conv2', conv2()],
    ['bnConv', bnConv([4, 4])],
  ])('%s starts with factors of exactly one, so that every member is the network alone', (_, model) => {
    const ensemble = boundNetwork(engine, batchEnsemble(model as Model<Arch>, 3).spec)
    const weights = initialise(ensemble.topology, 5)
    const factors = ensemble.topology.parameters.filter(({ role }) => role === 'r' || role === 's')
    expect(factors.length).toBeGreaterThan(0)
    for (const { name } of factors) expect(new Set(weights.get(name))).toEqual(new Set([1]))
    expect(factors.every(({ prunable, trainable }) => !prunable && trainable)).toBe(true)

    const alone = boundNetwork(engine, model.spec)
    ensemble.load(weights)
    alone.load(new Map(alone.topology.parameters.map(({ name }) => [name, weights.get(name)!])))
    const x = images(2)
    const expected = [...alone.logits(x, false).dataSync()]
    const members = [...ensemble.logits(x, false, true).dataSync()]
    expect(members).toHaveLength(3 * expected.length)
    for (const [i, value] of members.entries()) expect(value).toBeCloseTo(expected[i % expected.length]!, 5)
  })

  test('scales what a layer reads, and what it gives with the bias inside: y = ((x ∘ r)·W + b) ∘ s', () => {
    const bound = boundNetwork(engine, batchEnsemble(lenet300(), 2).spec)
    const { topology, weights } = scattered(bound)
    bound.load(weights)
    const x = images(1)
    const tapped = bound.tapped(['fc2'], x, true)
    const [hidden, logits] = [tapped.taps[0]!, tapped.logits].map((tensor) => [...tensor.dataSync()])
    const [w, b, r, s] = ['kernel', 'bias', 'r', 's'].map((role) => weights.get(`out/${role}`)!)
    for (const m of [0, 1]) {
      for (let c = 0; c < topology.classes; c++) {
        let sum = b![c]!
        for (let i = 0; i < 100; i++) sum += hidden![m * 100 + i]! * r![m * 100 + i]! * w![i * 10 + c]!
        expect(logits![m * 10 + c]! / (sum * s![m * 10 + c]!)).toBeCloseTo(1, 4)
      }
    }
  })

  test.each([
    ['lenet300', lenet300()],
    ['bnConv', bnConv([4, 4])],
  ])('%s, merged, is the network that evaluation measures: means of each factor on its own, the bias scaled', (_, model) => {
    const bound = boundNetwork(engine, batchEnsemble(model as Model<Arch>, 3).spec)
    const network = scattered(bound)
    bound.load(network.weights)
    const alone = boundNetwork(engine, model.spec)
    const merged = mergeMembers(network, alone.topology)
    expect(merged.topology).toEqual(alone.topology)
    alone.load(merged.weights)
    const x = images(3)
    const [expected, given] = [bound, alone].map((one) => [...one.logits(x, false).dataSync()])
    const size = Math.max(...expected!.map(Math.abs))
    for (const [i, value] of expected!.entries()) expect((given![i]! - value) / size).toBeCloseTo(0, 5)
  })

  test('merging by hand: 2 members, the mean of r and the mean of s, not of their products', () => {
    const bound = boundNetwork(engine, batchEnsemble(lenet300(), 2).spec)
    const network = scattered(bound)
    const alone = boundNetwork(engine, lenet300().spec)
    const { weights } = mergeMembers(network, alone.topology)
    const [w, b, r, s] = ['kernel', 'bias', 'r', 's'].map((role) => network.weights.get(`out/${role}`)!)
    const [rBar, sBar] = [(r![4]! + r![104]!) / 2, (s![7]! + s![17]!) / 2]
    expect(weights.get('out/kernel')![4 * 10 + 7]).toBeCloseTo(w![47]! * rBar * sBar, 6)
    expect(weights.get('out/bias')![7]).toBeCloseTo(b![7]! * sBar, 6)
  })

  test.each([
    ['lenet300', lenet300()],
    ['bnConv', bnConv([4, 4])],
  ])('%s: one member alone is what that member computes among the others', (_, model) => {
    const bound = boundNetwork(engine, batchEnsemble(model as Model<Arch>, 3).spec)
    const network = scattered(bound)
    bound.load(network.weights)
    const x = images(2)
    const together = [...bound.logits(x, false, true).dataSync()]
    const alone = boundNetwork(engine, model.spec)
    for (const member of [0, 1, 2]) {
      alone.load(mergeMembers(network, alone.topology, member).weights)
      const own = [...alone.logits(x, false).dataSync()]
      const size = Math.max(...own.map(Math.abs))
      for (const [i, value] of own.entries()) expect((together[member * 20 + i]! - value) / size).toBeCloseTo(0, 5)
    }
  })

  test('factors spread around one, if asked: kernels, biases and batch norm are drawn as without', () => {
    const drawn = (spread: number) => {
      const { topology } = boundNetwork(engine, batchEnsemble(lenet300(), 4, { spread }).spec)
      return { topology, weights: initialise(topology, 3) }
    }
    const [spread, plain] = [drawn(0.5), drawn(0)]
    const factors = spread.weights.get('fc1/r')!
    const mean = factors.reduce((sum, r) => sum + r, 0) / factors.length
    // 4 · 784 of them: within four standard errors.
    expect(Math.abs(mean - 1)).toBeLessThan((4 * 0.5) / Math.sqrt(3136))
    expect(Math.sqrt(factors.reduce((sum, r) => sum + (r - mean) ** 2, 0) / factors.length)).toBeCloseTo(0.5, 1)
    expect(new Set(plain.weights.get('fc1/r'))).toEqual(new Set([1]))
    for (const name of ['fc1/kernel', 'out/kernel', 'out/bias']) expect(spread.weights.get(name)).toEqual(plain.weights.get(name))
    expect(batchEnsemble(lenet300(), 4, { spread: 0 }).spec).toEqual(batchEnsemble(lenet300(), 4).spec)
  })

  test('without members there is nothing to merge', () => {
    const bound = boundNetwork(engine, lenet300().spec)
    expect(() => mergeMembers(scattered(bound), bound.topology)).toThrow('The network lenet300 has no members to merge.')
  })
})

test('weight decay pulls factors towards one, not zero', () => {
  const spec = sgd({ lr: 1, momentum: 0, weightDecay: 0.1 }).spec
  const { tf } = engine
  const step = (role: 'r' | 'kernel') =>
    optimizerOf(spec)
      .update(tf.tensor1d([3]), tf.tensor1d([0]), [], [tf.scalar(1)], anchorOf(spec, role))
      .weight.dataSync()[0]
  expect(step('r')).toBeCloseTo(3 - 0.1 * (3 - 1), 6)
  expect(step('kernel')).toBeCloseTo(3 - 0.1 * 3, 6)
})

test('LatentBE: τ² times the cross-entropy of each member with its own teacher, over members and batch, by hand', () => {
  const { tf } = engine
  // Two members, one image, two classes, τ = 2: the first agrees with its teacher (3/4, 1/4), the second is even.
  const teacher = [2 * Math.log(3), 0]
  const loss = (alpha: number, teachers: number[][]) =>
    tf.tidy(
      () =>
        latentBeLoss(engine, {
          labels: tf.tensor2d([
            [1, 0],
            [1, 0],
          ]),
          logits: tf.tensor2d([teacher, [0, 0]]),
          teachers: tf.tensor2d(teachers),
          temperature: tf.scalar(2),
          alpha: tf.scalar(alpha),
        }).dataSync()[0]!,
    )
  const entropy = -(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25))
  expect(loss(1, [teacher, teacher])).toBeCloseTo((4 * (entropy + Math.LN2)) / 2, 5)
  // One-to-one: another teacher for the second member alone changes nothing for the first.
  expect(loss(1, [teacher, [0, 0]])).toBeCloseTo((4 * (entropy + Math.LN2)) / 2, 5)
  expect(loss(1, [[0, 0], teacher])).toBeCloseTo((4 * (-(Math.log(0.75) + Math.log(0.25)) / 2 + Math.LN2)) / 2, 5)
  // α = 0 is cross-entropy with the labels: the first gives 9/10.
  expect(loss(0, [teacher, teacher])).toBeCloseTo((-Math.log(0.9) + Math.LN2) / 2, 5)
})

test('two different members, every ordered pair equally often', () => {
  const counts = new Map<string, number>()
  for (let step = 0; step < 6000; step++) {
    const [a, b] = memberPair(1, step, 3)
    expect(a).not.toBe(b)
    counts.set(`${a}${b}`, (counts.get(`${a}${b}`) ?? 0) + 1)
  }
  expect(counts.size).toBe(6)
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(6 * Math.sqrt(6000 * (1 / 6) * (5 / 6)))
})
