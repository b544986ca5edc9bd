import { beforeAll, expect, test } from 'vitest'
import { srrlDistiller, srrlObjective, srrlSpec } from '../../../stdlib/distill/srrl.ts'
import type { Engine, Tensor } from '../../../stdlib/engine.ts'
import { bnConv } from '../../../stdlib/index.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import { boundNetwork, buildModel } from '../../../stdlib/network-registry.ts'
import { crossEntropy, divergence, dot, images, lossOf, mean, opened, softmax } from './numbers.ts'

let engine: Engine
beforeAll(async () => {
  engine = await opened()
})
const rows = (tensor: Tensor) => tensor.arraySync() as number[][] // of rank 2

/** A student of 3 channels with its connector, and a teacher of 4. */
const pair = () => {
  const network = boundNetwork(engine, srrlSpec({ student: bnConv([2, 3]).spec, width: 4 }))
  const teacher = boundNetwork(engine, bnConv([3, 4]).spec)
  const weights = initialise(network.topology, 1)
  const taught = initialise(teacher.topology, 2)
  network.load(weights)
  teacher.load(taught)
  return { network, teacher, weights, taught }
}

test("the loss is CE + β · (distance of vectors + distance of the teacher's classifier's answers), worked out from vectors", () => {
  const { network, teacher, weights, taught } = pair()
  const x = images(engine, 3)
  const { loss } = lossOf(engine, { network, objective: srrlObjective(teacher, true), scalars: [10, 1, 4] }, x)
  network.load(weights) // batch norm has moved
  const [own, given] = [network.tapped(['connector_end'], x, true), teacher.tapped(['pool'], x, false)]
  const [s, t, z, answers] = [own.taps[0]!, given.taps[0]!, own.logits, given.logits].map(rows) as [
    number[][],
    number[][],
    number[][],
    number[][],
  ]
  const kernel = taught.get('out/kernel')! // [4, 10]
  const bias = taught.get('out/bias')!
  const classified = s.map((vector) =>
    Array.from(
      bias,
      (b, c) =>
        b +
        dot(
          vector,
          vector.map((_, i) => kernel[i * 10 + c]!),
        ),
    ),
  )
  const apart = (a: number[][], b: number[][]) => mean(a.flatMap((row, i) => row.map((value, j) => (value - b[i]![j]!) ** 2)))
  const kl = mean(z.map((row, i) => divergence(softmax(answers[i]!, 4), softmax(row, 4))))
  expect(apart(classified, answers)).toBeGreaterThan(1e-3)
  expect(loss).toBeCloseTo(crossEntropy(z) + 10 * (apart(s, t) + apart(classified, answers)) + 16 * kl, 3)
})

test("the connector has no bias and ends in batch norm and ReLU; the teacher's classifier is no part of the network", () => {
  const { network } = pair()
  const beside = network.topology.parameters.filter(({ layer }) => layer.startsWith('connector'))
  expect(beside.map(({ name, shape }) => [name, shape])).toEqual([
    ['connector/kernel', [3, 4]],
    ['connector_bn/gamma', [4]],
    ['connector_bn/beta', [4]],
    ['connector_bn/moving_mean', [4]],
    ['connector_bn/moving_variance', [4]],
  ])
  // Uniform within 1/√3, as PyTorch's convolutions begin.
  expect(beside[0]!.initializer).toEqual({ kind: 'uniform', limit: Math.sqrt(1 / 3) })
  expect(Math.min(...network.tapped(['connector_end'], images(engine, 3), true).taps[0]!.dataSync())).toBe(0)
  expect(network.topology.parameters.filter(({ layer }) => layer === 'out')).toHaveLength(2)
})

test('a last layer that reads a map is refused', () => {
  const { layers, sequential } = engine.tf
  const map = sequential({
    layers: [layers.conv2d({ inputShape: [4, 4, 1], filters: 2, kernelSize: 1 }), layers.conv2d({ filters: 3, kernelSize: 1 })],
  })
  const vector = buildModel(engine.tf, bnConv([2]).spec)
  expect(() => srrlDistiller.refuseUnlike!({ kind: 'srrl', beta: 1 }, engine.tf, map, vector)).toThrow('one reads a map')
  srrlDistiller.refuseUnlike!({ kind: 'srrl', beta: 1 }, engine.tf, vector, vector)
})
