import { beforeAll, describe, expect, test } from 'vitest'
import type { Perturbation } from '../../../dsl/parts/distill.ts'
import { openEngine } from '../../../runtime/engine/open.ts'
import { perturb } from '../../../stdlib/distill/perturbation.ts'
import type { Engine, Tensor } from '../../../stdlib/engine.ts'
import { batchEnsemble, bnConv } from '../../../stdlib/index.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import { boundNetwork } from '../../../stdlib/network-registry.ts'
import { Stream } from '../../../stdlib/random/stream.ts'
import type { BoundNetwork } from '../../../stdlib/training/bound-network.ts'

const normalisation = { mean: [0.1], std: [0.3] }
const pixels = 784

let engine: Engine
let teachers: readonly BoundNetwork[]
let student: BoundNetwork
let images: Tensor
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
  teachers = [1, 2, 3].map((seed) => {
    const teacher = boundNetwork(engine, bnConv([4, 4]).spec)
    teacher.load(initialise(teacher.topology, seed))
    return teacher
  })
  student = boundNetwork(engine, batchEnsemble(bnConv([4, 4]), 3).spec)
  const weights = new Map(initialise(student.topology, 9))
  for (const [i, { name, role }] of student.topology.parameters.entries()) {
    const stream = new Stream(2, 'init', i)
    if (role === 'r' || role === 's')
      weights.set(
        name,
        weights.get(name)!.map(() => 0.5 + stream.uniform()),
      )
  }
  student.load(weights)
  const stream = new Stream(3, 'init', 0)
  const normalised = Float32Array.from({ length: 4 * pixels }, () => (0.2 + 0.6 * stream.uniform() - 0.1) / 0.3)
  images = engine.tf.tensor(normalised, [4, 28, 28, 1])
})

const perturbed = (kind: Perturbation['kind'], step: number, seed = 1, [a, b] = [0, 1]) => {
  const { tf } = engine
  return tf.tidy(() =>
    engine.withRandom(tf.scalar(seed, 'int32'), () =>
      perturb(
        { kind, step },
        {
          engine,
          images,
          teachers,
          student,
          pair: [tf.scalar(a!, 'int32'), tf.scalar(b!, 'int32')],
          temperature: tf.scalar(4),
          normalisation,
        },
      ).dataSync(),
    ),
  )
}

/** By image, in pixels. */
const steps = (values: ArrayLike<number>) => {
  const before = images.dataSync()
  return Array.from({ length: 4 }, (_, i) =>
    Array.from({ length: pixels }, (_, p) => (values[i * pixels + p]! - before[i * pixels + p]!) * 0.3),
  )
}
const norm = (values: readonly number[]) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0))

describe('a perturbation', () => {
  test.each(['tdivSdiv', 'ods', 'gaussian'] as const)('%s is step · √D long in pixels for every image', (kind) => {
    for (const step of steps(perturbed(kind, 1 / 255))) expect(norm(step) / (Math.sqrt(pixels) / 255)).toBeCloseTo(1, 2)
  })

  test('confOds is as much shorter as the teacher is unsure', () => {
    const { tf } = engine
    const confidence = tf.tidy(() => [...tf.max(tf.softmax(tf.div(teachers[0]!.logits(images, false), 4)), -1).dataSync()])
    for (const [i, step] of steps(perturbed('confOds', 1 / 255)).entries())
      expect(norm(step) / (Math.sqrt(pixels) / 255) / confidence[i]!).toBeCloseTo(1, 2)
  })

  test('stays within what pixels may be', () => {
    const values = [...perturbed('tdivSdiv', 1)].map((value) => value * 0.3 + 0.1)
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-1e-6)
    expect(Math.max(...values)).toBeLessThanOrEqual(1 + 1e-6)
  })

  test('none leaves the images as they are', () => {
    expect(perturbed('none', 1)).toEqual(images.dataSync())
  })

  test('tdivSdiv makes the two teachers differ more and the two members less', () => {
    const { tf } = engine
    const cross = (a: Tensor, b: Tensor) => tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(a), tf.softmax(b)), -1))).dataSync()[0]!
    const gap = (x: Tensor) => {
      const members = tf.split(student.logits(x, false, true), 3)
      return cross(teachers[0]!.logits(x, false), teachers[1]!.logits(x, false)) - cross(members[0]!, members[1]!)
    }
    const moved = tf.tensor(perturbed('tdivSdiv', 1 / 255), images.shape)
    expect(gap(moved)).toBeGreaterThan(gap(images))
  })

  test('depends on the pair, and where there is randomness on the seed', () => {
    expect(perturbed('tdivSdiv', 1 / 255, 1, [0, 1])).not.toEqual(perturbed('tdivSdiv', 1 / 255, 1, [2, 1]))
    expect(perturbed('tdivSdiv', 1 / 255, 1)).toEqual(perturbed('tdivSdiv', 1 / 255, 2))
    expect(perturbed('ods', 1 / 255, 1)).not.toEqual(perturbed('ods', 1 / 255, 2))
    expect(perturbed('gaussian', 1 / 255, 1)).not.toEqual(perturbed('gaussian', 1 / 255, 2))
  })

  test.each(['tdivSdiv', 'ods', 'confOds'] as const)(
    '%s asks networks in evaluation mode, and leaves all of them as they are',
    async (kind) => {
      const all = async () => Promise.all([student, ...teachers].map((network) => network.read()))
      const before = await all()
      perturbed(kind, 1 / 255)
      expect(await all()).toEqual(before)
    },
  )

  test('leaves an image without gradient where it is, not at NaN', () => {
    const flat = boundNetwork(engine, bnConv([4, 4]).spec)
    flat.load(new Map([...initialise(flat.topology, 1)].map(([name, values]) => [name, name.startsWith('out') ? values.fill(0) : values])))
    const same = [flat, flat]
    const { tf } = engine
    const values = tf.tidy(() =>
      engine.withRandom(tf.scalar(1, 'int32'), () =>
        perturb(
          { kind: 'ods', step: 1 / 255 },
          {
            engine,
            images,
            teachers: same,
            student,
            pair: [tf.scalar(0, 'int32'), tf.scalar(1, 'int32')],
            temperature: tf.scalar(4),
            normalisation,
          },
        ).dataSync(),
      ),
    )
    for (const [i, value] of values.entries()) expect(value).toBeCloseTo(images.dataSync()[i]!, 4)
  })
})
