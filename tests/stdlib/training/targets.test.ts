/** Losses of what is not one class of an image, against numbers worked out by hand. */
import type * as tfjs from '@tensorflow/tfjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { openEngine } from '../../../runtime/engine/open.ts'
import type { Dataset } from '../../../stdlib/data/dataset.ts'
import { customObjective as customDistillation, type Loss } from '../../../stdlib/distill/custom.ts'
import { distObjective } from '../../../stdlib/distill/dist.ts'
import { dkdObjective } from '../../../stdlib/distill/dkd.ts'
import { kdObjective } from '../../../stdlib/distill/kd.ts'
import { computedOnce, logitsOf } from '../../../stdlib/distill/teacher-logits.ts'
import type { Engine } from '../../../stdlib/engine.ts'
import { sgd } from '../../../stdlib/index.ts'
import { BoundNetwork } from '../../../stdlib/training/bound-network.ts'
import { customObjective, type ObjectiveFunction } from '../../../stdlib/training/custom-objective.ts'
import { Evaluator } from '../../../stdlib/training/evaluator.ts'
import { upload } from '../../../stdlib/training/examples.ts'
import { type Objective, usualObjective } from '../../../stdlib/training/objective.ts'
import { Trainer } from '../../../stdlib/training/trainer.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

const bound = (layers: readonly tfjs.layers.Layer[]) =>
  new BoundNetwork(engine, { name: 'test', options: {} }, engine.tf.sequential({ layers: [...layers] }))

const oneStep = async (
  network: BoundNetwork,
  dataset: Dataset,
  objective: Objective,
  weights: Map<string, Float32Array>,
  constants = new Map(),
  scalars: readonly number[] = [],
) => {
  const examples = upload(engine, dataset, 'train')
  const trainer = new Trainer(engine, {
    name: 'test',
    network,
    examples,
    optimizer: sgd({ lr: 1 }).spec,
    batch: 2,
    masking: 'none',
    objective,
  })
  trainer.start({ weights, masks: new Map() }, constants)
  expect(scalars.length).toBe(objective.scalars.length)
  const taken = await trainer.step({ indices: Int32Array.of(0, 1), learningRate: 1, step: 0, position: 0, seed: 0, scalars })
  const after = await trainer.weights()
  return { ...taken, after }
}

describe('numbers', () => {
  const split = { images: Float32Array.of(1, 2, 3), labels: Float32Array.of(2, 1, 0) }
  const dataset: Dataset = {
    input: [1, 1, 1],
    classes: 1,
    normalisation: { mean: [0], std: [1] },
    target: { kind: 'numbers', mean: [10], std: [4] },
    splits: { train: split, validation: split, test: split },
  }
  const network = () => bound([engine.tf.layers.flatten({ inputShape: [1, 1, 1] }), engine.tf.layers.dense({ name: 'out', units: 1 })])
  const weights = () =>
    new Map([
      ['out/kernel', Float32Array.of(1)],
      ['out/bias', Float32Array.of(0)],
    ])

  test('a step follows the gradient of the mean squared error, and counts nothing as right', async () => {
    // Predictions 1 and 2 of 2 and 1: (1 + 1)/2; ∂/∂w = mean 2·(ŷ − y)·x = (−2·1 + 2·2)/2 = 1, ∂/∂b = (−2 + 2)/2 = 0.
    const { loss, correct, after } = await oneStep(network(), dataset, usualObjective(dataset.target).objective, weights())
    expect([loss, correct]).toEqual([1, 0])
    expect([...after.get('out/kernel')!, ...after.get('out/bias')!]).toEqual([0, 0])
  })

  test('are measured by their squared error, over all examples and none of the padding', async () => {
    const own = network()
    own.load(weights())
    const evaluator = new Evaluator(engine, 'test', own, upload(engine, dataset, 'test'))
    // 1, 2 and 3 of 2, 1 and 0.
    expect(await evaluator.measure()).toEqual({ squaredError: (1 + 1 + 9) / 3 })
    const { logits, labels } = await evaluator.predictions()
    expect([[...logits], [...labels]]).toEqual([
      [1, 2, 3],
      [2, 1, 0],
    ])
  })

  test('an objective of the user’s sees predictions and numbers', async () => {
    // Absolute error: mean(|1 − 2|, |2 − 1|); ∂/∂w = (−1·1 + 1·2)/2.
    const absolute: ObjectiveFunction = ({ tf, outputs, labels }) => tf.mean(tf.abs(tf.sub(outputs, labels)))
    const { loss, after } = await oneStep(network(), dataset, customObjective(absolute), weights())
    expect(loss).toBe(1)
    expect(after.get('out/kernel')![0]).toBe(0.5)
    const two: ObjectiveFunction = ({ outputs }) => outputs
    await expect(oneStep(network(), dataset, customObjective(two), weights())).rejects.toThrow('Your objective did not give one number.')
  })
})

describe('numbers of a teacher', () => {
  const split = { images: Float32Array.of(1, 2, 3), labels: Float32Array.of(2, 1, 0) }
  const dataset: Dataset = {
    input: [1, 1, 1],
    classes: 1,
    normalisation: { mean: [0], std: [1] },
    target: { kind: 'numbers', mean: [10], std: [4] },
    splits: { train: split, validation: split, test: split },
  }

  test('a loss of the user’s sees them beside what is so', async () => {
    const network = bound([
      engine.tf.layers.flatten({ inputShape: [1, 1, 1] }),
      engine.tf.layers.dense({ name: 'out', units: 1, useBias: false }),
    ])
    const both: Loss = ({ tf, student, teachers: [teacher], labels }) =>
      tf.mean(tf.add(tf.squaredDifference(student, teacher!), tf.squaredDifference(student, labels)))
    // The student says 1 and 2, the teacher 3 and 2, and 2 and 1 are so: ((4 + 0) + (1 + 1)) / 2.
    const constants = new Map([[logitsOf(0), Float32Array.of(3, 2, 9)]])
    const weights = new Map([['out/kernel', Float32Array.of(1)]])
    const { loss, correct, after } = await oneStep(network, dataset, customDistillation(both, computedOnce(1, 3, 1)), weights, constants)
    expect([loss, correct]).toEqual([3, 0])
    // ∂/∂w = mean 2·x·((ŷ − t) + (ŷ − y)) = (2·1·(−2 − 1) + 2·2·(0 + 1)) / 2 = −1
    expect(after.get('out/kernel')![0]).toBeCloseTo(2, 6)
  })
})

describe('the next token', () => {
  /** Two sequences of two places; the logits at each place are [x, 0] of the token x. */
  const split = { images: Float32Array.of(0, 1, 2, 0, 1, 1), labels: Int32Array.of(1, 0, 0, 1, 0, 1) }
  const dataset: Dataset = {
    input: [2],
    classes: 2,
    normalisation: { mean: [], std: [] },
    target: { kind: 'tokens' },
    splits: { train: split, validation: split, test: split },
  }
  const network = () =>
    bound([
      engine.tf.layers.reshape({ inputShape: [2], targetShape: [2, 1] }),
      engine.tf.layers.dense({ name: 'out', units: 2, useBias: false }),
    ])
  const weights = () => new Map([['out/kernel', Float32Array.of(1, 0)]])
  /** −log p of the label with logits x and 0. */
  const nll = (x: number, label: 0 | 1) => Math.log(Math.exp(x) + 1) - (label === 0 ? x : 0)

  test('counts at every place: loss, and the share of places that were right', async () => {
    const { loss, correct, after } = await oneStep(network(), dataset, usualObjective(dataset.target).objective, weights())
    expect(loss).toBeCloseTo((nll(0, 1) + nll(1, 0) + nll(2, 0) + nll(0, 1)) / 4, 6)
    // At 0 both are equal and the first counts: wrong, right, right, wrong; half of each example.
    expect(correct).toBe(1)
    // ∂/∂w₀ = mean over places of x·(p₀ − 1[label 0])
    const p = (x: number) => Math.exp(x) / (Math.exp(x) + 1)
    expect(after.get('out/kernel')![0]).toBeCloseTo(1 - ((p(1) - 1) * 1 + (p(2) - 1) * 2) / 4, 6)
  })

  test('is measured over all places of all sequences', async () => {
    const own = network()
    own.load(weights())
    const evaluator = new Evaluator(engine, 'test', own, upload(engine, dataset, 'test'))
    const { accuracy, crossEntropy } = (await evaluator.measure()) as { accuracy: number; crossEntropy: number }
    expect(crossEntropy).toBeCloseTo((nll(0, 1) + nll(1, 0) + nll(2, 0) + nll(0, 1) + nll(1, 0) + nll(1, 1)) / 6, 6)
    expect(accuracy).toBeCloseTo(3 / 6, 6)
    const { logits, labels, classes } = await evaluator.predictions()
    expect([[...logits], [...labels], classes]).toEqual([[0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 1, 0], [1, 0, 0, 1, 0, 1], 2])
  })

  test('is learned from a teacher at every place too', async () => {
    // The teacher of example 0 says [0, 0] twice, of example 1 what the student says: with CE at 0 and τ = 1 the loss is KL alone.
    const constants = new Map([[logitsOf(0), Float32Array.of(0, 0, 0, 0, 2, 0, 0, 0, 9, 9, 9, 9)]])
    const { loss } = await oneStep(network(), dataset, kdObjective(computedOnce(1, 3, 2, 2)), weights(), constants, [1, 0, 1])
    // KL(½, ½ ‖ softmax(1, 0)) at one place of four.
    const kl = Math.log(0.5) - (Math.log(Math.exp(1) / (Math.exp(1) + 1)) + Math.log(1 / (Math.exp(1) + 1))) / 2
    expect(loss).toBeCloseTo(kl / 4, 6)
    // The weights of both terms, and τ² with the teacher's: CE is its mean over places too.
    const both = await oneStep(network(), dataset, kdObjective(computedOnce(1, 3, 2, 2)), weights(), constants, [2, 0.5, 3])
    const half = Math.log(0.5) - (Math.log(Math.exp(0.5) / (Math.exp(0.5) + 1)) + Math.log(1 / (Math.exp(0.5) + 1))) / 2
    expect(both.loss).toBeCloseTo((0.5 * (nll(0, 1) + nll(1, 0) + nll(2, 0) + nll(0, 1))) / 4 + (3 * 4 * half) / 4, 5)
    // Of two classes the target against all others is all there is.
    const decoupled = await oneStep(network(), dataset, dkdObjective(computedOnce(1, 3, 2, 2)), weights(), constants, [0, 1, 8, 1, 1])
    expect(decoupled.loss).toBeCloseTo(kl / 4, 6)
  })

  test('is learned from the mean of several teachers’ predictions', async () => {
    // Of two teachers that are sure of one token each the mean is ½, ½ at every place.
    const sure = [
      Float32Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? 50 : 0)),
      Float32Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? 0 : 50)),
    ]
    const constants = new Map(sure.map((logits, t) => [logitsOf(t), logits]))
    const { loss } = await oneStep(network(), dataset, kdObjective(computedOnce(2, 3, 2, 2)), weights(), constants, [1, 0, 1])
    const kl = (x: number) => Math.log(0.5) - (x - 2 * Math.log(Math.exp(x) + 1)) / 2
    expect(loss).toBeCloseTo((2 * kl(0) + kl(1) + kl(2)) / 4, 5)
  })

  test('is related to a teacher’s by places: DIST takes each as an example', async () => {
    const constants = new Map([[logitsOf(0), Float32Array.of(0, 0, 0, 0, 2, 0, 0, 0, 9, 9, 9, 9)]])
    const distilled = (beta: number, gamma: number) =>
      oneStep(network(), dataset, distObjective(computedOnce(1, 3, 2, 2)), weights(), constants, [0, beta, gamma, 1])
    // Over tokens only the third place has a correlation, of 1: at the others one side says the same of both.
    expect((await distilled(1, 0)).loss).toBeCloseTo(1 - 1 / 4, 4)
    // Over places, of p(0): the student's ½, σ(1), σ(2), ½ beside the teacher's ½, ½, σ(2), ½; of p(1) the same.
    const p = (x: number) => Math.exp(x) / (Math.exp(x) + 1)
    const centred = (values: readonly number[]) => values.map((value) => value - values.reduce((a, b) => a + b) / values.length)
    const [own, taught] = [centred([0.5, p(1), p(2), 0.5]), centred([0.5, 0.5, p(2), 0.5])]
    const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)
    expect((await distilled(0, 1)).loss).toBeCloseTo(1 - dot(own, taught) / Math.sqrt(dot(own, own) * dot(taught, taught)), 4)
  })

  test('a loss of the user’s sees logits of student and teacher and labels, a row for each place', async () => {
    const constants = new Map([[logitsOf(0), Float32Array.of(0, 0, 0, 0, 2, 0, 0, 0, 9, 9, 9, 9)]])
    const shapes: number[][] = []
    const squared: Loss = ({ tf, student, teachers: [teacher], labels }) => {
      shapes.push([...student.shape], [...teacher!.shape], [...labels.shape])
      return tf.mean(tf.squaredDifference(student, teacher!))
    }
    const { loss } = await oneStep(network(), dataset, customDistillation(squared, computedOnce(1, 3, 2, 2)), weights(), constants)
    expect(new Set(shapes.map(String))).toEqual(new Set(['4,2']))
    // Logits differ at the second place alone, by 1 of one token.
    expect(loss).toBeCloseTo(1 / 8, 6)
  })
})
