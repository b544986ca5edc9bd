import { beforeAll, describe, expect, test } from 'vitest'
import { decoupled, dkdDistiller, dkdObjective, warmupShare } from '../../../stdlib/distill/dkd.ts'
import { askedEachStep } from '../../../stdlib/distill/teacher-logits.ts'
import type { Engine } from '../../../stdlib/engine.ts'
import { crossEntropy, divergence, lossOf, mean, number, opened, pairOn, softmax, sum } from './numbers.ts'

let engine: Engine
beforeAll(async () => {
  engine = await opened()
})

const student = [
  [1, 0, -1],
  [0.5, 2, 0],
]
const teacher = [
  [2, -1, 0],
  [0, 1, 3],
]
const classes = [0, 2]

const terms = (own: number[][], given: number[][][], temperature: number, smoothing = 0) => {
  const { tf } = engine
  const labels = own.map((row, i) => row.map((_, c) => (c === classes[i] ? 1 - smoothing : 0) + smoothing / row.length))
  const { targetClass, otherClasses } = decoupled(engine, {
    labels: tf.tensor2d(labels),
    logits: tf.tensor2d(own),
    teachers: given.map((rows) => tf.tensor2d(rows)),
    temperature: tf.scalar(temperature),
  })
  return { targetClass: number(targetClass), otherClasses: number(otherClasses) }
}
const without = <T>(values: readonly T[], i: number) => values.filter((_, c) => c !== i)
const byHand = (predictions: { readonly own: number[]; readonly given: number[] }[]) => ({
  targetClass: mean(
    predictions.map(({ own, given }, i) =>
      divergence([given[classes[i]!]!, 1 - given[classes[i]!]!], [own[classes[i]!]!, 1 - own[classes[i]!]!]),
    ),
  ),
  otherClasses: mean(
    predictions.map(({ own, given }, i) => {
      const [q, p] = [without(own, classes[i]!), without(given, classes[i]!)]
      return divergence(
        p.map((share) => share / sum(p)),
        q.map((share) => share / sum(q)),
      )
    }),
  ),
})

describe('decoupled distillation', () => {
  test.each([1, 4])('the target against the rest, and the rest among themselves, at τ = %d, worked out by hand', (temperature) => {
    const wanted = byHand(student.map((row, i) => ({ own: softmax(row, temperature), given: softmax(teacher[i]!, temperature) })))
    const found = terms(student, [teacher], temperature)
    expect(found.targetClass).toBeCloseTo(wanted.targetClass, 6)
    expect(found.otherClasses).toBeCloseTo(wanted.otherClasses, 6)
  })

  test("both together are plain KL when the second is weighed by the teacher's doubt (equation 6)", () => {
    const [own, given] = [softmax(student[0]!), softmax(teacher[0]!)]
    const { targetClass, otherClasses } = terms([student[0]!], [[teacher[0]!]], 1)
    expect(targetClass + (1 - given[0]!) * otherClasses).toBeCloseTo(divergence(given, own), 6)
  })

  test('the target is the class also where labels are smoothed', () => {
    expect(terms(student, [teacher], 4, 0.1)).toEqual(terms(student, [teacher], 4))
  })

  test("an ensemble's tempered predictions are averaged before they are taken apart", () => {
    const other = [
      [0, 3, 1],
      [1, 1, 0],
    ]
    const predictions = student.map((row, i) => {
      const [a, b] = [softmax(teacher[i]!, 2), softmax(other[i]!, 2)]
      return { own: softmax(row, 2), given: a.map((share, c) => (share + b[c]!) / 2) }
    })
    const found = terms(student, [teacher, other], 2)
    expect(found.targetClass).toBeCloseTo(byHand(predictions).targetClass, 5)
    expect(found.otherClasses).toBeCloseTo(byHand(predictions).otherClasses, 5)
  })

  test('stays finite where a probability underflows', () => {
    const { targetClass, otherClasses } = terms(
      [
        [-200, 200, 0],
        [0, 0, 0],
      ],
      [
        [
          [200, -200, 0],
          [0, 0, 0],
        ],
      ],
      1,
    )
    expect(targetClass).toBeCloseTo(400 / 2, 3)
    expect(Number.isFinite(otherClasses)).toBe(true)
  })

  test('its weights grow over the first epochs, counted from 1', async () => {
    const share = warmupShare(20, 10)
    expect([0, 9, 10, 189, 190, 5000].map(share)).toEqual([1 / 20, 1 / 20, 2 / 20, 19 / 20, 1, 1])
    expect(warmupShare(0, 10)(0)).toBe(1)
    const services = {
      examples: async () => ({ count: 65 }),
      evaluator: async () => ({ predict: async () => new Float32Array(0) }),
      network: async () => ({ load() {} }),
    }
    const pairing = { teachers: [{ topology: { model: { name: 'm', options: {} }, classes: 3 } }], options: { data: {}, batch: 32 } }
    const method = { kind: 'dkd', temperature: 4, alpha: 1, beta: 8, ce: 1, warmup: 4 } as const
    const { scalarsAt } = await dkdDistiller.prepare(method, pairing as never, services as never)
    // Two batches of 32 an epoch.
    expect(scalarsAt!(0, 3)).toEqual([1, 1, 8, 4, 0.5])
  })

  test('beside the labels, times τ² and the share of the warm-up, of a teacher in evaluation mode', () => {
    const { student, teacher, x, own, given } = pairOn(engine)
    const objective = dkdObjective(askedEachStep([teacher]))
    const { loss } = lossOf(engine, { network: student, objective, scalars: [0.5, 2, 8, 3, 0.25] }, x)
    const parts = own.map((row, i) => {
      const [q, p] = [softmax(row, 3), softmax(given[i]!, 3)]
      const rest = [without(p, i), without(q, i)].map((shares) => shares.map((share) => share / sum(shares))) as [number[], number[]]
      return 2 * divergence([p[i]!, 1 - p[i]!], [q[i]!, 1 - q[i]!]) + 8 * divergence(...rest)
    })
    expect(loss).toBeCloseTo(0.5 * crossEntropy(own) + 0.25 * 9 * mean(parts), 4)
  })
})
