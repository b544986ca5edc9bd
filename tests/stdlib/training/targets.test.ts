/** Losses of what is not one class of an image, against numbers worked out by hand. */
import type * as tfjs from '@tensorflow/tfjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { openEngine } from '../../../runtime/engine/open.ts'
import type { Dataset } from '../../../stdlib/data/dataset.ts'
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
  const scalars = objective.scalars.length === 0 ? [] : [1, 0, 1]
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
    const { loss } = await oneStep(network(), dataset, kdObjective(computedOnce(1, 3, 2, 2)), weights(), constants)
    // KL(½, ½ ‖ softmax(1, 0)) at one place of four.
    const kl = Math.log(0.5) - (Math.log(Math.exp(1) / (Math.exp(1) + 1)) + Math.log(1 / (Math.exp(1) + 1))) / 2
    expect(loss).toBeCloseTo(kl / 4, 6)
  })
})
