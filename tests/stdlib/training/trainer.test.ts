import { beforeAll, describe, expect, test } from 'vitest'
import type { OptimizerSpec } from '../../../dsl/parts/optimizer.ts'
import { openEngine } from '../../../runtime/engine/open.ts'
import { kdObjective } from '../../../stdlib/distill/kd.ts'
import { computedOnce, logitsOf } from '../../../stdlib/distill/teacher-logits.ts'
import type { Engine } from '../../../stdlib/engine.ts'
import { adam, bnConv, lenet300, sgd } from '../../../stdlib/index.ts'
import { leak } from '../../../stdlib/masks.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import type { Masks, Weights } from '../../../stdlib/network.ts'
import { boundNetwork } from '../../../stdlib/network-registry.ts'
import { Stream } from '../../../stdlib/random/stream.ts'
import type { BoundNetwork } from '../../../stdlib/training/bound-network.ts'
import { type ClassMeasures, Evaluator } from '../../../stdlib/training/evaluator.ts'
import { epochBatches, type ResidentExamples, upload } from '../../../stdlib/training/examples.ts'
import { supervised } from '../../../stdlib/training/objective.ts'
import { Trainer } from '../../../stdlib/training/trainer.ts'
import type { Masking } from '../../../stdlib/training/trainer-options.ts'

const count = 300
const batch = 32

let engine: Engine
let examples: ResidentExamples
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
  const stream = new Stream(1, 'init', 0)
  const images = Float32Array.from({ length: count * 28 * 28 }, () => stream.uniform())
  const labels = Int32Array.from({ length: count }, () => stream.below(10))
  const split = { images, labels }
  examples = upload(
    engine,
    { input: [28, 28, 1], classes: 10, normalisation: { mean: [0], std: [1] }, splits: { train: split, validation: split, test: split } },
    'train',
  )
})

const model = bnConv([4, 4]).spec

const started = (optimizer: OptimizerSpec, masks: Masks = new Map(), { distilling = false, of = model } = {}) => {
  const network = boundNetwork(engine, of)
  const trainer = new Trainer(engine, {
    name: 'test',
    network,
    examples,
    optimizer,
    batch,
    masking: masks.size > 0 ? 'fixed' : 'none',
    objective: distilling ? kdObjective(computedOnce(1, count, 10)) : supervised,
  })
  const weights = initialise(network.topology, 0)
  return { network, trainer, weights, masks }
}

const steps = async (trainer: Trainer, from: number, to: number, learningRate = 0.05, scalars: readonly number[] = []) => {
  const losses: number[] = []
  const batches = epochBatches(0, 0, count, batch)
  for (let step = from; step < to; step++) {
    const told = {
      indices: batches[step % batches.length]!,
      learningRate,
      step,
      position: step,
      seed: 0,
      scalars,
    }
    losses.push((await trainer.step(told)).loss)
  }
  return losses
}

const plain = (weights: Weights) => Object.fromEntries([...weights].map(([name, values]) => [name, [...values]]))

/** Every third weight of every kernel removed. */
const third = (network: BoundNetwork): Masks =>
  new Map(
    network.topology.parameters
      .filter(({ prunable }) => prunable)
      .map(({ name, shape }) => [name, Uint8Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (i % 3 === 0 ? 0 : 1))]),
  )

describe('masked weights', () => {
  test.each([
    ['momentum and weight decay', sgd({ lr: 0.05, momentum: 0.9, nesterov: true, weightDecay: 1e-2 }).spec],
    ['Adam', adam({ lr: 0.01 }).spec],
  ])('stay exactly zero under %s, and the others of either sign move', async (_, optimizer) => {
    const masks = third(boundNetwork(engine, model))
    const { trainer, weights } = started(optimizer, masks)
    trainer.start({ weights, masks })
    await steps(trainer, 0, 5)
    const after = await trainer.weights()
    expect(leak({ weights: after, masks })).toBeUndefined()
    for (const [name, mask] of masks) {
      const [before, now] = [weights.get(name)!, after.get(name)!]
      const kept = [...mask].flatMap((bit, i) => (bit === 1 ? [i] : []))
      for (const sign of [1, -1]) expect(kept.some((i) => Math.sign(before[i]!) === sign && before[i] !== now[i])).toBe(true)
    }
  })

  test('masks of ones give the bits of no masks', async () => {
    const ones = new Map([...third(boundNetwork(engine, model))].map(([name, mask]) => [name, mask.fill(1)]))
    const [masked, dense] = [started(sgd({ lr: 0.05 }).spec, ones), started(sgd({ lr: 0.05 }).spec)]
    masked.trainer.start(masked)
    dense.trainer.start(dense)
    expect(await steps(masked.trainer, 0, 4)).toEqual(await steps(dense.trainer, 0, 4))
    expect(plain(await masked.trainer.weights())).toEqual(plain(await dense.trainer.weights()))
  })
})

describe('a stage', () => {
  test('starts with fresh momentum, so a trainer used before gives the bits of a new one', async () => {
    const [used, fresh] = [started(sgd({ lr: 0.05 }).spec), started(sgd({ lr: 0.05 }).spec)]
    used.trainer.start(used)
    await steps(used.trainer, 0, 5)
    used.trainer.start(used)
    fresh.trainer.start(fresh)
    expect(await steps(used.trainer, 0, 3)).toEqual(await steps(fresh.trainer, 0, 3))
    expect(plain(await used.trainer.weights())).toEqual(plain(await fresh.trainer.weights()))
  })

  test.each([
    ['SGD', sgd({ lr: 0.05 }).spec],
    ['Adam', adam({ lr: 0.01 }).spec],
  ])('of six steps is three, its state put into a new trainer, and three more: %s', async (_, optimizer) => {
    const whole = started(optimizer)
    whole.trainer.start(whole)
    await steps(whole.trainer, 0, 6)
    const [first, second] = [started(optimizer), started(optimizer)]
    first.trainer.start(first)
    await steps(first.trainer, 0, 3)
    second.trainer.resume(await first.trainer.state())
    await steps(second.trainer, 3, 6)
    expect(plain(await second.trainer.weights())).toEqual(plain(await whole.trainer.weights()))
  })

  test('does not take the state of another optimizer', async () => {
    const { trainer } = started(sgd({ lr: 0.05 }).spec)
    const other = started(adam({ lr: 0.01 }).spec)
    const state = await other.trainer.state()
    expect(() => trainer.resume(state)).toThrow('The checkpoint is not of this training.')
  })
})

describe('a network with batch norm', () => {
  test('predicts an example in evaluation mode the same whatever stands beside it', async () => {
    const { network, weights } = started(sgd({ lr: 0.05 }).spec)
    network.load(weights)
    const predicted = await new Evaluator(engine, 'test', network, examples).predict()
    const { tf } = engine
    const alone = tf.tidy(() => network.logits(tf.slice(examples.images, [5, 0, 0, 0], [1, -1, -1, -1]), false).dataSync())
    for (const [i, logit] of alone.entries()) expect(predicted[50 + i]).toBeCloseTo(logit, 5)
  })

  test('at learning rate 0 moves its running statistics and nothing else', async () => {
    const { network, trainer, weights } = started(sgd({ lr: 0.05 }).spec)
    trainer.start({ weights, masks: new Map() })
    await steps(trainer, 0, 1, 0)
    const after = await trainer.weights()
    const changed = network.topology.parameters.filter(({ name }) =>
      plain(after)[name]!.some((value, i) => value !== weights.get(name)![i]),
    )
    expect(new Set(changed.map(({ role }) => role))).toEqual(new Set(['moving_mean', 'moving_variance']))
  })
})

describe('an evaluator', () => {
  test('measures all examples, also those of the last partial batch, each once', async () => {
    const { network, weights } = started(sgd({ lr: 0.05 }).spec)
    network.load(weights)
    const evaluator = new Evaluator(engine, 'test', network, examples)
    const { accuracy, crossEntropy } = (await evaluator.measure()) as ClassMeasures
    const logits = await evaluator.predict()
    const labels = await engine.read(examples.labels)
    let [right, loss] = [0, 0]
    for (let i = 0; i < count; i++) {
      const row = [...logits.subarray(i * 10, i * 10 + 10)]
      const top = Math.max(...row)
      right += row.indexOf(top) === labels[i] ? 1 : 0
      loss += top + Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - top), 0)) - row[labels[i]!]!
    }
    expect(accuracy).toBe(right / count)
    expect(crossEntropy).toBeCloseTo(loss / count, 5)
  })
})

test('distilling a network into itself by its teacher alone has no loss, and into another one has', async () => {
  // Without batch norm, which a teacher and its student do not evaluate alike.
  const options = { distilling: true, of: lenet300().spec }
  const student = started(sgd({ lr: 0.05 }).spec, new Map(), options)
  student.network.load(student.weights)
  const logits = await new Evaluator(engine, 'test', student.network, examples).predict()
  student.trainer.start(student, new Map([[logitsOf(0), logits]]))
  const [own] = await steps(student.trainer, 0, 1, 0.05, [4, 0, 1])
  expect(Math.abs(own!)).toBeLessThan(1e-5)
  const shifted = logits.map((_, i) => logits[(i + 13) % logits.length]!)
  student.trainer.start(student, new Map([[logitsOf(0), shifted]]))
  const [strange] = await steps(student.trainer, 0, 1, 0.05, [4, 0, 1])
  expect(strange!).toBeGreaterThan(1e-3)
})

describe('changing masks', () => {
  const third = (_: Weights, masks: Masks): Masks =>
    new Map([...masks].map(([name, mask]) => [name, mask.map((_, i) => (i % 3 === 0 ? 0 : 1))]))
  const other = (_: Weights, masks: Masks): Masks =>
    new Map([...masks].map(([name, mask]) => [name, mask.map((_, i) => (i % 3 === 1 ? 0 : 1))]))
  const pruning = (masking: Masking, optimizer = sgd({ lr: 0.05, momentum: 0 }).spec) => {
    const network = boundNetwork(engine, model)
    const trainer = new Trainer(engine, { name: 'test', network, examples, optimizer, batch, masking, objective: supervised })
    trainer.start({ weights: initialise(network.topology, 0), masks: new Map() })
    return { network, trainer }
  }

  test('with feedback the gradient at the masked weights, itself unmasked, moves the dense ones', async () => {
    const { trainer } = pruning('feedback')
    expect(await trainer.remask(third)).toBeGreaterThan(0)
    const before = await trainer.state()
    await steps(trainer, 0, 1)
    const after = await trainer.state()
    const kernel = 'conv2/kernel'
    const [dense, masked] = [after.get(`dense:${kernel}`)!, after.get(kernel)!]
    const removed = [...dense.keys()].filter((i) => i % 3 === 0)
    // Removed weights are zero in the network and go on learning beside it.
    expect(removed.every((i) => masked[i] === 0)).toBe(true)
    expect(removed.some((i) => dense[i] !== before.get(`dense:${kernel}`)![i])).toBe(true)
    expect([...masked.keys()].filter((i) => i % 3 !== 0).every((i) => masked[i] === dense[i])).toBe(true)

    // The same step from the masked weights without masks: the same gradient, so the same change.
    const plainNetwork = started(sgd({ lr: 0.05, momentum: 0 }).spec)
    plainNetwork.trainer.start({ weights: new Map([...before].filter(([name]) => plainNetwork.weights.has(name))), masks: new Map() })
    await steps(plainNetwork.trainer, 0, 1)
    const plainAfter = (await plainNetwork.trainer.weights()).get(kernel)!
    for (const i of dense.keys()) {
      const [change, expected] = [dense[i]! - before.get(`dense:${kernel}`)![i]!, plainAfter[i]! - before.get(kernel)![i]!]
      expect(change).toBeCloseTo(expected, 6)
    }
  })

  test('with feedback a weight that returns has what it learned meanwhile, frozen it would be zero', async () => {
    const values = new Map<Masking, number[]>()
    for (const masking of ['feedback', 'gradual'] as const) {
      const { trainer } = pruning(masking)
      await trainer.remask(third)
      await steps(trainer, 0, 3)
      await trainer.remask(other)
      const kernel = (await trainer.weights()).get('conv2/kernel')!
      values.set(
        masking,
        [...kernel].filter((_, i) => i % 3 === 0),
      )
    }
    expect(values.get('feedback')!.every((value) => value !== 0)).toBe(true)
    expect(values.get('gradual')!.every((value) => value === 0)).toBe(true)
  })

  test('soft: removed weights are set to zero and move from there at once', async () => {
    const { trainer } = pruning('soft')
    await trainer.remask(third)
    const removed = async () => [...(await trainer.weights()).get('conv2/kernel')!].filter((_, i) => i % 3 === 0)
    expect((await removed()).every((value) => value === 0)).toBe(true)
    await steps(trainer, 0, 1)
    expect((await removed()).some((value) => value !== 0)).toBe(true)
  })

  test.each(['gradual', 'feedback', 'soft'] as const)(
    '%s: masks and dense weights are in a checkpoint, so what follows is the same',
    async (masking) => {
      const adamSpec = adam({ lr: 0.01 }).spec
      const whole = pruning(masking, adamSpec)
      await whole.trainer.remask(third)
      await steps(whole.trainer, 0, 3)
      const second = pruning(masking, adamSpec)
      second.trainer.resume(await whole.trainer.state())
      for (const { trainer } of [whole, second]) {
        await steps(trainer, 3, 5)
        await trainer.remask(other)
        await steps(trainer, 5, 7)
      }
      expect(await second.trainer.state()).toEqual(await whole.trainer.state())
    },
  )
})

test('a norm beyond the limit is scaled down to it: the step is as long as learning rate times limit', async () => {
  const { network } = started(sgd({ lr: 0.05 }).spec)
  const clipped = new Trainer(engine, {
    name: 'test',
    network,
    examples,
    optimizer: sgd({ lr: 1, momentum: 0 }).spec,
    batch,
    masking: 'none',
    objective: supervised,
    clipNorm: 0.01,
  })
  const weights = initialise(network.topology, 0)
  clipped.start({ weights, masks: new Map() })
  await steps(clipped, 0, 1, 1)
  const after = await clipped.weights()
  const squares = network.topology.parameters
    .filter(({ trainable }) => trainable)
    .flatMap(({ name }) => [...after.get(name)!].map((value, i) => (value - weights.get(name)![i]!) ** 2))
  expect(Math.sqrt(squares.reduce((sum, square) => sum + square, 0))).toBeCloseTo(0.01, 4)
})

test('smoothed labels share ε over all classes', async () => {
  const network = boundNetwork(engine, lenet300().spec)
  const trainer = new Trainer(engine, {
    name: 'smooth',
    network,
    examples,
    optimizer: sgd({ lr: 0.1, momentum: 0 }).spec,
    batch,
    masking: 'none',
    objective: supervised,
    labelSmoothing: 0.2,
  })
  // Nothing but biases of the output: every example has the logits 0, 0.1, …, 0.9.
  const weights = new Map([...initialise(network.topology, 0)].map(([name, values]) => [name, new Float32Array(values.length)]))
  weights.set(
    'out/bias',
    Float32Array.from({ length: 10 }, (_, i) => i / 10),
  )
  trainer.start({ weights, masks: new Map() })
  const indices = epochBatches(0, 0, count, batch)[0]!
  const labels = await engine.read(examples.labels)
  const total = Math.log(Array.from({ length: 10 }, (_, i) => Math.exp(i / 10)).reduce((sum, value) => sum + value, 0))
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  // −Σ over classes of (0.8 · [class is the label] + 0.02) · log p, log p = logit − total.
  const expected = mean([...indices].map((i) => -0.8 * (labels[i]! / 10 - total) - 0.02 * (4.5 - 10 * total)))
  const { loss } = await trainer.step({ indices, learningRate: 0, step: 0, position: 0, seed: 0, scalars: [] })
  expect(loss).toBeCloseTo(expected, 5)
})
