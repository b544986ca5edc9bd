import { beforeAll, describe, expect, test } from 'vitest'
import { openEngine } from '../../../runtime/engine/open.ts'
import { fitnetObjective, fitnetSpec } from '../../../stdlib/distill/fitnet.ts'
import { withHeads, withoutHeads } from '../../../stdlib/distill/heads.ts'
import { composed, simkdObjective, simkdSpec } from '../../../stdlib/distill/simkd.ts'
import type { Engine, Tensor } from '../../../stdlib/engine.ts'
import { bnConv, lenet300 } from '../../../stdlib/index.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import { topologyOf } from '../../../stdlib/models/structure/topology.ts'
import type { Network } from '../../../stdlib/network.ts'
import { boundNetwork, buildModel } from '../../../stdlib/network-registry.ts'
import { Stream } from '../../../stdlib/random/stream.ts'
import type { BoundNetwork } from '../../../stdlib/training/bound-network.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

const images = () => {
  const stream = new Stream(3, 'init', 0)
  return engine.tf.tensor(
    Float32Array.from({ length: 8 * 784 }, () => stream.uniform()),
    [8, 28, 28, 1],
  )
}
const drawn = (bound: BoundNetwork, seed: number): Network => ({
  topology: bound.topology,
  weights: initialise(bound.topology, seed),
  masks: new Map(),
})
const batch = (x: Tensor) => ({
  images: x,
  labels: engine.tf.oneHot(engine.tf.range(0, 8, 1, 'int32') as never, 10).toFloat() as Tensor,
  indices: x,
})

/** A student of 6 channels, a teacher of 8. */
const pair = () => {
  const [student, teacher] = [boundNetwork(engine, bnConv([4, 6]).spec), boundNetwork(engine, bnConv([4, 8]).spec)]
  const [own, taught] = [drawn(student, 1), drawn(teacher, 2)]
  teacher.load(taught.weights)
  const spec = simkdSpec({ student: student.topology.model, teacher: teacher.topology.model, factor: 2 })
  const whole = boundNetwork(engine, spec)
  return { student: own, teacher: taught, bound: teacher, whole, network: composed(whole.topology, own, [taught], 3) }
}

describe('SimKD', () => {
  test('the projector: 1 × 1, 3 × 3, 1 × 1 without bias, each followed by batch norm and ReLU, channels / r inside', () => {
    const { whole } = pair()
    const [width, student, inner] = [8, 6, 4]
    const of = (layer: string) => whole.topology.parameters.filter((parameter) => parameter.layer === layer)
    expect(of('projector1').map(({ shape }) => shape)).toEqual([[1, 1, student, inner]])
    expect(of('projector2').map(({ shape }) => shape)).toEqual([[3, 3, inner, inner]])
    expect(of('projector3').map(({ shape }) => shape)).toEqual([[1, 1, inner, width]])
    // Ct(Cs + Ct + 9 Ct/r)/r for the kernels, 4 Ct/r + 2 Ct for batch norm.
    const trained = whole.topology.parameters.filter(({ layer, trainable }) => layer.startsWith('projector') && trainable)
    const counted = trained.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
    expect(counted).toBe((width * (student + width + (9 * width) / 2)) / 2 + (4 * width) / 2 + 2 * width)
  })

  test('its output is never negative, as features after ReLU are not', () => {
    const { whole, network } = pair()
    whole.load(network.weights)
    const features = whole.tapped(['projector_relu3'], images(), true).taps[0]!.dataSync()
    expect(Math.min(...features)).toBe(0)
    expect(Math.max(...features)).toBeGreaterThan(0)
  })

  test("the classifier is the teacher's and frozen, the student's own is gone, its encoder's weights are kept", () => {
    const { whole, student, teacher, network } = pair()
    const classifier = whole.topology.parameters.filter(({ layer }) => layer === 'teacher_out')
    expect(classifier.map(({ role, trainable, prunable }) => ({ role, trainable, prunable }))).toEqual([
      { role: 'kernel', trainable: false, prunable: false },
      { role: 'bias', trainable: false, prunable: false },
    ])
    expect(network.weights.get('teacher_out/kernel')).toEqual(teacher.weights.get('out/kernel'))
    expect(network.weights.get('conv2/kernel')).toEqual(student.weights.get('conv2/kernel'))
    expect(network.weights.has('out/kernel')).toBe(false)
    expect(whole.topology.outputLayer).toBe('teacher_out')
  })

  test('with the features of the teacher the composed network predicts what the teacher does', () => {
    // The classifier pools and reads as the teacher's does: checked on its own features.
    const { bound, teacher } = pair()
    const { tf } = engine
    const x = images()
    const { logits, taps } = bound.tapped([bound.features().layer], x, false)
    const kernel = tf.tensor2d(teacher.weights.get('out/kernel')!, [8, 10])
    const again = tf.add(tf.matMul(tf.mean(taps[0]!, [1, 2]) as never, kernel), tf.tensor1d(teacher.weights.get('out/bias')!))
    for (const [i, value] of again.dataSync().entries()) expect(value).toBeCloseTo(logits.dataSync()[i]!, 4)
  })

  test('the loss is the mean squared error over batch and features, of the teacher in evaluation mode; labels have no part in it', () => {
    const { whole, bound, network } = pair()
    whole.load(network.weights)
    const { tf } = engine
    const x = images()
    const objective = simkdObjective([bound])
    const loss = (labels: Tensor) => {
      whole.load(network.weights)
      return objective
        .loss({ engine, network: whole, batch: { ...batch(x), labels }, scalars: [], constants: new Map() })
        .loss.dataSync()[0]!
    }
    whole.load(network.weights)
    const own = [...whole.tapped(['projector_relu3'], x, true).taps[0]!.dataSync()]
    const target = bound.tapped([bound.features().layer], x, false).taps[0]!.dataSync()
    const mean = own.reduce((sum, value, i) => sum + (value - target[i]!) ** 2, 0) / own.length
    expect(loss(batch(x).labels)).toBeCloseTo(mean, 5)
    expect(loss(tf.zeros([8, 10]))).toBeCloseTo(mean, 5)
  })

  test('a larger teacher map is averaged to the size of the projected one, and a larger student map before the projector', () => {
    // Maps of 7 × 7 (two strides of 2) and 14 × 14 (one).
    const [small, large] = [bnConv([4, 6]).spec, bnConv([4]).spec]
    for (const [student, teacher] of [
      [small, large],
      [large, small],
    ] as const) {
      const whole = boundNetwork(engine, simkdSpec({ student, teacher, factor: 2 }))
      whole.load(initialise(whole.topology, 1))
      const bound = boundNetwork(engine, teacher)
      bound.load(initialise(bound.topology, 2))
      const { loss } = simkdObjective([bound]).loss({ engine, network: whole, batch: batch(images()), scalars: [], constants: new Map() })
      expect(Number.isFinite(loss.dataSync()[0]!)).toBe(true)
      expect(whole.tapped(['projector_relu3'], images(), false).taps[0]!.shape.slice(1, 3)).toEqual([7, 7])
    }
  })

  test('vectors are projected by dense layers; a map beside a vector is refused', () => {
    const mlp = lenet300().spec
    const model = buildModel(engine.tf, simkdSpec({ student: mlp, teacher: mlp, factor: 2 }))
    const { parameters } = topologyOf(mlp, model)
    expect(parameters.find(({ name }) => name === 'projector1/kernel')?.shape).toEqual([100, 50])
    expect(() => buildModel(engine.tf, simkdSpec({ student: mlp, teacher: bnConv([4]).spec, factor: 2 }))).toThrow(
      "The student's features cannot be projected to the teacher's.",
    )
  })
})

describe('SimKD of two teachers', () => {
  /** A student of 6 channels, teachers of 8 and of 5. */
  const both = () => {
    const [student, first, second] = [bnConv([4, 6]), bnConv([4, 8]), bnConv([3, 5])].map(({ spec }) => boundNetwork(engine, spec)) as [
      BoundNetwork,
      BoundNetwork,
      BoundNetwork,
    ]
    const [own, one, other] = [drawn(student, 1), drawn(first, 2), drawn(second, 3)]
    first.load(one.weights)
    second.load(other.weights)
    const [teacher, ...others] = [first, second].map(({ topology }) => topology.model)
    const whole = boundNetwork(engine, simkdSpec({ student: student.topology.model, teacher: teacher!, others, factor: 2 }))
    return { whole, network: composed(whole.topology, own, [one, other], 4), bound: [first, second], taught: [one, other], own }
  }
  const relus = ['projector_relu3', 'teacher2_projector_relu3']

  test('has a projector and the frozen classifier of each on one encoder', () => {
    const { whole, network, taught, own } = both()
    const shapes = whole.topology.parameters
      .filter(({ role }) => role === 'kernel')
      .map(({ name, shape, trainable }) => [name, shape, trainable])
    expect(shapes).toEqual([
      ['conv1/kernel', [3, 3, 1, 4], true],
      ['conv2/kernel', [3, 3, 4, 6], true],
      ...[
        ['projector1/kernel', [1, 1, 6, 4], true],
        ['teacher2_projector1/kernel', [1, 1, 6, 3], true],
        ['projector2/kernel', [3, 3, 4, 4], true],
        ['teacher2_projector2/kernel', [3, 3, 3, 3], true],
        ['projector3/kernel', [1, 1, 4, 8], true],
        ['teacher2_projector3/kernel', [1, 1, 3, 5], true],
        ['teacher_out/kernel', [8, 10], false],
        ['teacher2_out/kernel', [5, 10], false],
      ],
    ])
    expect(network.weights.get('teacher_out/kernel')).toEqual(taught[0]!.weights.get('out/kernel'))
    expect(network.weights.get('teacher2_out/bias')).toEqual(taught[1]!.weights.get('out/bias'))
    expect(network.weights.get('conv2/kernel')).toEqual(own.weights.get('conv2/kernel'))
  })

  test("predicts by the mean of both classifiers' logits, and the loss is the mean of both errors", () => {
    const { tf } = engine
    const { whole, network, bound, taught } = both()
    whole.load(network.weights)
    const x = images()
    const { logits, taps } = whole.tapped(relus, x, false)
    const each = taps.map((tap, t) => {
      const width = tap.shape.at(-1)!
      const kernel = tf.tensor2d(taught[t]!.weights.get('out/kernel')!, [width, 10])
      return tf.add(tf.matMul(tf.mean(tap, [1, 2]) as never, kernel), tf.tensor1d(taught[t]!.weights.get('out/bias')!))
    })
    const mean = tf.div(tf.add(each[0]!, each[1]!), 2).dataSync()
    for (const [i, value] of logits.dataSync().entries()) expect(value).toBeCloseTo(mean[i]!, 5)

    const errors = whole.tapped(relus, x, true).taps.map((own, t) => {
      const target = bound[t]!.tapped([bound[t]!.features().layer], x, false).taps[0]!
      return tf.mean(tf.squaredDifference(own, target)).dataSync()[0]!
    })
    whole.load(network.weights)
    const inputs = { engine, network: whole, batch: batch(x), scalars: [], constants: new Map() }
    expect(simkdObjective(bound).loss(inputs).loss.dataSync()[0]!).toBeCloseTo((errors[0]! + errors[1]!) / 2, 5)
  })
})

describe('FitNet', () => {
  test('CE + β · MSE through a learned regressor, which is thrown away', () => {
    const { student, bound } = pair()
    const { tf } = engine
    const layer = bound.features().layer
    const whole = boundNetwork(
      engine,
      fitnetSpec({ student: student.topology.model, layer: 'relu2', width: bound.widthAt(layer), activation: 'relu' }),
    )
    const network = withHeads(whole.topology, student, 1)
    const x = images()
    const loss = (beta: number) => {
      whole.load(network.weights)
      const scalars = [tf.scalar(beta)]
      return fitnetObjective(bound, layer)
        .loss({ engine, network: whole, batch: batch(x), scalars, constants: new Map() })
        .loss.dataSync()[0]!
    }
    whole.load(network.weights)
    const own = [...whole.tapped(['regressor_end'], x, true).taps[0]!.dataSync()]
    const target = bound.tapped([layer], x, false).taps[0]!.dataSync()
    const mean = own.reduce((sum, value, i) => sum + (value - target[i]!) ** 2, 0) / own.length
    expect(loss(100) - loss(0)).toBeCloseTo(100 * mean, 2)
    const after = withoutHeads(student)({ ...network, weights: network.weights })
    expect(after).toEqual(student)
  })
})
