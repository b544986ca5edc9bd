import { beforeAll, describe, expect, test } from 'vitest'
import { openEngine } from '../../../runtime/engine/open.ts'

import { customObjective, featureObjective, type Loss } from '../../../stdlib/distill/custom.ts'
import { computedOnce, logitsOf } from '../../../stdlib/distill/teacher-logits.ts'
import type { Engine } from '../../../stdlib/engine.ts'
import { bnConv, sgd } from '../../../stdlib/index.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import { boundNetwork } from '../../../stdlib/network-registry.ts'
import { ResidentExamples } from '../../../stdlib/training/examples.ts'
import { Trainer } from '../../../stdlib/training/trainer.ts'
import { FunctionProblem } from '../../../stdlib/user-functions.ts'

let engine: Engine
let examples: ResidentExamples
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
  const { tf } = engine
  examples = new ResidentExamples(engine, tf.ones([4, 28, 28, 1]), tf.tensor1d([0, 1, 2, 3], 'int32'))
})

const trainer = (loss: Loss) => {
  const network = boundNetwork(engine, bnConv([2]).spec)
  const objective = customObjective(loss, computedOnce(2, 4, 10))
  const made = new Trainer(engine, { name: 'own', network, examples, optimizer: sgd({ lr: 1 }).spec, batch: 2, masking: 'none', objective })
  return { made, network }
}

test('it is traced once and sees the batch: the student, each teacher at the examples of the step, one-hot labels', async () => {
  let traced = 0
  const { made, network } = trainer(({ tf, student, teachers: [first, second], labels }) => {
    traced++
    expect(student.shape).toEqual([2, 10])
    // Σ over the batch of first · 100 + second + label's class: numbers that say which examples these are.
    const classes = tf.sum(tf.mul(labels, tf.range(0, 10)))
    const given = tf.add(tf.mul(tf.sum(first!), 100), tf.sum(second!))
    return tf.add(tf.add(given, classes), tf.mul(tf.sum(student), 0))
  })
  const constants = new Map([
    [logitsOf(0), Float32Array.from({ length: 40 }, (_, i) => (i % 10 === 0 ? Math.floor(i / 10) : 0))],
    [logitsOf(1), Float32Array.from({ length: 40 }, (_, i) => (i % 10 === 0 ? 10 * Math.floor(i / 10) : 0))],
  ])
  made.start({ weights: initialise(network.topology, 0), masks: new Map() }, constants)
  const step = async (indices: number[]) =>
    (await made.step({ indices: Int32Array.from(indices), learningRate: 0, step: 0, position: 0, seed: 0, scalars: [] })).loss
  expect(await step([1, 3])).toBe((1 + 3) * 100 + (10 + 30) + (1 + 3))
  expect(await step([0, 2])).toBe(2 * 100 + 20 + 2)
  expect(traced).toBe(1)
})

test('with layers named it sees their features of both sides: of the student in training, of each teacher in evaluation mode', async () => {
  const { tf } = engine
  const [network, teacher] = [boundNetwork(engine, bnConv([2]).spec), boundNetwork(engine, bnConv([2, 3]).spec)]
  teacher.load(initialise(teacher.topology, 1))
  const seen: { readonly [side: string]: readonly (readonly [string, number[]])[] }[] = []
  const own: Loss<'conv1', 'conv1' | 'conv2'> = ({ student, features: { student: mine, teachers } }) => {
    const shapes = (side: object) => Object.entries(side).map(([layer, { shape }]) => [layer, shape] as const)
    seen.push({ student: shapes(mine), teacher: shapes(teachers[0]!) })
    // After ReLU nothing is negative.
    const negative = tf.add(tf.min(mine.conv1), tf.add(tf.min(teachers[0]!.conv1), tf.min(teachers[0]!.conv2)))
    return tf.add(tf.add(tf.mul(negative, 1e6), tf.mean(teachers[0]!.conv2)), tf.mul(tf.sum(student), 0))
  }
  const objective = featureObjective(own as Loss, [teacher], ['conv1'], ['conv1', 'conv2'])
  const made = new Trainer(engine, { name: 'own', network, examples, optimizer: sgd({ lr: 1 }).spec, batch: 2, masking: 'none', objective })
  made.start({ weights: initialise(network.topology, 0), masks: new Map() })
  const { loss } = await made.step({ indices: Int32Array.from([1, 3]), learningRate: 0.1, step: 0, position: 0, seed: 0, scalars: [] })
  const maps = teacher.tapped(['relu2'], tf.ones([2, 28, 28, 1]), false).taps[0]!
  expect(loss).toBeCloseTo(tf.mean(maps).dataSync()[0]!, 5)
  const map = (side: number, channels: number) => [2, side, side, channels]
  expect(seen).toEqual([
    {
      student: [['conv1', map(14, 2)]],
      teacher: [
        ['conv1', map(14, 2)],
        ['conv2', map(7, 3)],
      ],
    },
  ])
})

describe('refused in one sentence, when it is traced', () => {
  test.each<[what: string, loss: Loss, says: RegExp]>([
    ['a loss for each example', ({ tf, student }) => tf.mean(student, 1), /did not give one number.*float32 tensor \[2\]/s],
    ['a number of JavaScript', () => 3 as never, /did not give one number.*given: 3/s],
    ['a truth', ({ tf, student }) => tf.any(tf.greater(student, 0)), /did not give one number.*bool/s],
    ['shapes that do not fit', ({ tf, student }) => tf.mean(tf.matMul(student, student)), /Your loss (threw an error|failed)/],
    ['unseeded random numbers', ({ tf, student }) => tf.mean(tf.mul(student, Math.random())), /drew unseeded random numbers/],
  ])('%s', (_, loss, says) => {
    expect(() => trainer(loss)).toThrow(FunctionProblem)
    expect(() => trainer(loss)).toThrow(says)
  })
})
