import { beforeAll, expect, test } from 'vitest'
import { openEngine } from '../../../runtime/engine/open.ts'
import { fitnetObjective, fitnetSpec } from '../../../stdlib/distill/fitnet.ts'
import type { Engine, Tensor } from '../../../stdlib/engine.ts'
import { bnConv } from '../../../stdlib/index.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import { boundNetwork } from '../../../stdlib/network-registry.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

const rows = (tensor: Tensor): number[][] => tensor.arraySync() as number[][] // logits
const softmax = (logits: readonly number[], temperature = 1) => {
  const powers = logits.map((z) => Math.exp(z / temperature))
  return powers.map((power) => power / powers.reduce((a, b) => a + b))
}
const mean = (all: readonly number[]) => all.reduce((a, b) => a + b) / all.length

test('the loss is CE + β · MSE of regressed and given maps, and with kl as well kl · τ² · KL, worked out from logits and maps', () => {
  const { tf } = engine
  const spec = fitnetSpec({ student: bnConv([2, 3]).spec, layer: 'conv1', width: 4, activation: 'relu' })
  const [student, teacher] = [boundNetwork(engine, spec), boundNetwork(engine, bnConv([4, 3]).spec)]
  student.load(initialise(student.topology, 1))
  teacher.load(initialise(teacher.topology, 2))
  const images = tf.tensor(
    Float32Array.from({ length: 2 * 784 }, (_, i) => Math.sin(i)),
    [2, 28, 28, 1],
  )
  const labels = tf.oneHot(tf.tensor1d([3, 7], 'int32'), 10).toFloat() as Tensor
  const batch = { images, labels, indices: tf.tensor1d([0, 1], 'int32') as Tensor }
  const loss = (soft: boolean, scalars: readonly number[]) => {
    const objective = fitnetObjective(teacher, 'relu1', soft)
    const inputs = { engine, network: student, batch, scalars: scalars.map((value) => tf.scalar(value) as Tensor), constants: new Map() }
    return objective.loss(inputs).loss.dataSync()[0]!
  }
  const [own, given] = [student.tapped(['regressor_end'], images, true), teacher.tapped(['relu1'], images, false)]
  const [z, t] = [rows(own.logits), rows(given.logits)]
  const ce = mean(z.map((row, i) => -Math.log(softmax(row)[[3, 7][i]!]!)))
  const difference = own.taps[0]!.sub(given.taps[0]!).dataSync()
  const mse = mean([...difference].map((value) => value ** 2))
  const kl = mean(
    z.map((row, i) => {
      const [q, p] = [softmax(row, 2), softmax(t[i]!, 2)]
      return p.reduce((sum, share, c) => sum + share * Math.log(share / q[c]!), 0)
    }),
  )
  expect(kl).toBeGreaterThan(1e-3)
  expect(loss(false, [100])).toBeCloseTo(ce + 100 * mse, 3)
  expect(loss(true, [100, 1, 2])).toBeCloseTo(ce + 100 * mse + 4 * kl, 3)
})

test('the regressor reads the student after its ReLU: a 1 × 1 convolution, batch norm with statistics of the batch, ReLU', () => {
  const { tf } = engine
  const student = boundNetwork(engine, fitnetSpec({ student: bnConv([2, 3]).spec, layer: 'conv1', width: 4, activation: 'relu' }))
  const weights = initialise(student.topology, 1)
  student.load(weights)
  const images = tf.tensor(
    Float32Array.from({ length: 2 * 784 }, (_, i) => Math.sin(i)),
    [2, 28, 28, 1],
  )
  const { taps } = student.tapped(['relu1', 'regressor_end'], images, true)
  const [x, r] = [taps[0]!.dataSync(), taps[1]!.dataSync()]
  const kernel = weights.get('regressor/kernel')! // [1, 1, 2, 4]
  const z = Float64Array.from(r, (_, i) => x[2 * (i >> 2)]! * kernel[i % 4]! + x[2 * (i >> 2) + 1]! * kernel[4 + (i % 4)]!)
  const statistics = [0, 1, 2, 3].map((channel) => {
    const values = [...z].filter((_, i) => i % 4 === channel)
    return { centre: mean(values), variance: mean(values.map((value) => value ** 2)) - mean(values) ** 2 }
  })
  for (let i = 0; i < 400; i++) {
    const { centre, variance } = statistics[i % 4]!
    expect(r[i]).toBeCloseTo(Math.max(0, (z[i]! - centre) / Math.sqrt(variance + 1e-5)), 4)
  }
})

test('it ends with a ReLU only where the teacher does', () => {
  const { layers } = boundNetwork(
    engine,
    fitnetSpec({ student: bnConv([2, 3]).spec, layer: 'conv1', width: 4, activation: 'linear' }),
  ).model
  expect(layers.at(-1)!.getConfig()).toMatchObject({ name: 'regressor_end', activation: 'linear' })
})
