/** What distillers of features make of two networks: which features, in which mode, beside which other terms. */
import { beforeAll, describe, expect, test } from 'vitest'
import { at, rkd, sp } from '../../../dsl/index.ts'
import { prepareDistillation } from '../../../stdlib/distill/registry.ts'
import type { Engine, Tensor } from '../../../stdlib/engine.ts'
import { bnConv } from '../../../stdlib/index.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import { boundNetwork } from '../../../stdlib/network-registry.ts'
import { divergence, dot, images, lossOf, mean, opened, softmax, unit } from './numbers.ts'

let engine: Engine
beforeAll(async () => {
  engine = await opened()
})

const rows = (tensor: Tensor): number[][] => engine.tf.reshape(tensor, [tensor.shape[0]!, -1]).arraySync() as number[][] // of rank 2

/** A student of 3 channels whose maps are 7 × 7, and a teacher of 4 whose maps are 14 × 14. */
const prepared = async (method: object) => {
  const [student, teacher] = [boundNetwork(engine, bnConv([2, 3]).spec), boundNetwork(engine, bnConv([4]).spec)]
  const drawn = [student, teacher].map((bound, i) => ({
    topology: bound.topology,
    weights: initialise(bound.topology, i + 1),
    masks: new Map(),
  }))
  student.load(drawn[0]!.weights)
  const services = { network: async (_: object, role = 'student') => (role === 'student' ? student : teacher) }
  const options = { method, seed: 1, data: {}, batch: 3 }
  const { objective, network } = await prepareDistillation(options as never, drawn[0]!, [drawn[1]!], services as never)
  expect(network).toBe(drawn[0])
  return { student, teacher, drawn, objective: objective.objective, scalars: objective.scalarsAt(0, 0), identity: objective.identity }
}

/** Loss, and logits and features as both networks gave them. */
const computed = async (method: object, [own, given]: readonly [string, string]) => {
  const { student, teacher, drawn, objective, scalars } = await prepared(method)
  const x = images(engine, 3)
  const { loss } = lossOf(engine, { network: student, objective, scalars }, x)
  student.load(drawn[0]!.weights) // batch norm has moved
  const [s, t] = [student.tapped([own], x, true), teacher.tapped([given], x, false)]
  const [z, taught] = [rows(s.logits), rows(t.logits)]
  const ce = mean(z.map((row, i) => -Math.log(softmax(row)[i]!)))
  const kl = mean(z.map((row, i) => divergence(softmax(taught[i]!, 4), softmax(row, 4))))
  return { loss, ce, kl, own: s.taps[0]!, given: t.taps[0]! }
}

describe('the loss is that of labels, of features and of predictions', () => {
  test('sp(): β times the distance of the maps before pooling, after ReLU, the teacher in evaluation mode', async () => {
    const { loss, ce, kl, own, given } = await computed(sp({ beta: 30, kl: 2 }).spec, ['relu2', 'relu1'])
    const similar = (map: number[][]) => map.flatMap((one) => unit(map.map((other) => dot(one, other))))
    const [s, t] = [similar(rows(own)), similar(rows(given))]
    expect(loss).toBeCloseTo(ce + 30 * mean(s.map((value, i) => (value - t[i]!) ** 2)) + 2 * 16 * kl, 3)
  })

  test('at(): of the activated maps of the named layers, the larger averaged', async () => {
    const { loss, ce, own, given } = await computed(at({ student: ['conv2'], teacher: ['conv1'], beta: 50 }).spec, ['relu2', 'relu1'])
    const q = (map: number[][][]) => unit(map.flat().map((channels) => mean(channels.map((value) => value ** 2))))
    const small = engine.tf.avgPool(given as never, 2, 2, 'valid')
    const [s, t] = [own, small].map((map) => (map.arraySync() as number[][][][]).flatMap(q)) as [number[], number[]]
    expect(loss).toBeCloseTo(ce + 50 * mean(s.map((value, i) => (value - t[i]!) ** 2)), 3)
  })

  test('rkd(): of the vectors that the last layers read, of different widths; without weights only labels are left', async () => {
    const weights = { distance: 0, angle: 0 }
    const none = await computed(rkd(weights).spec, ['pool', 'pool'])
    expect(none.loss).toBeCloseTo(none.ce, 5)
    const far = await computed(rkd({ ...weights, distance: 25 }).spec, ['pool', 'pool'])
    const over = (x: number[][]) => {
      const all = x.map((one) =>
        x.map((other) =>
          Math.sqrt(
            dot(
              one.map((v, i) => v - other[i]!),
              one.map((v, i) => v - other[i]!),
            ),
          ),
        ),
      )
      return all.flat().map((d) => d / (all.flat().reduce((a, b) => a + b) / 6))
    }
    const [s, t] = [over(rows(far.own)), over(rows(far.given))]
    expect(far.loss).toBeCloseTo(far.ce + 25 * mean(s.map((d, i) => 0.5 * (d - t[i]!) ** 2)), 3)
  })
})

test('weights are inputs of the step, what features are read is not', async () => {
  const identity = async (method: { readonly spec: object }) => JSON.stringify((await prepared(method.spec)).identity)
  expect(await identity(sp({ beta: 1 }))).toBe(await identity(sp()))
  expect(await identity(sp({ kl: 1 }))).not.toBe(await identity(sp()))
  expect(await identity(rkd({ angle: 1 }))).toBe(await identity(rkd()))
  const one = at({ student: ['conv1'], teacher: ['conv1'] })
  expect(await identity(one)).toBe(await identity(at({ student: ['conv1'], teacher: ['conv1'], beta: 3 })))
  expect(await identity(one)).not.toBe(await identity(at({ student: ['conv2'], teacher: ['conv1'] })))
})
