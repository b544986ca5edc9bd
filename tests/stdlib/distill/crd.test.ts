import { beforeAll, describe, expect, test } from 'vitest'
import { crdObjective, crdSpec } from '../../../stdlib/distill/crd.ts'
import { bankShapes, contrast, firstBank } from '../../../stdlib/distill/memory-bank.ts'
import { drawing, drawnNegatives } from '../../../stdlib/distill/negatives.ts'
import type { Engine, Tensor } from '../../../stdlib/engine.ts'
import { bnConv, sgd } from '../../../stdlib/index.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import { boundNetwork } from '../../../stdlib/network-registry.ts'
import { Stream } from '../../../stdlib/random/stream.ts'
import { ResidentExamples } from '../../../stdlib/training/examples.ts'
import { Trainer } from '../../../stdlib/training/trainer.ts'
import { dot, mean, number, opened, sum, unit } from './numbers.ts'

let engine: Engine
beforeAll(async () => {
  engine = await opened()
})

/** Four examples, embeddings of two numbers; the second and the fourth are in the batch, with three negatives each. */
const setting = {
  student: [
    [1, 0],
    [0.6, 0.8],
    [0, 1],
    [-0.8, 0.6],
  ],
  teacher: [
    [0, 1],
    [1, 0],
    [-1, 0],
    [0.8, -0.6],
  ],
  own: [
    [0.8, 0.6],
    [0, -1],
  ],
  given: [
    [1, 0],
    [-0.6, 0.8],
  ],
  rows: [1, 3],
  drawn: [
    [2, 0, 1, 0],
    [0, 1, 2, 0],
  ],
}

const contrasted = ({ z = [-1, -1] }: { readonly z?: readonly number[] } = {}) => {
  const { tf } = engine
  const { loss, updates } = contrast(engine, {
    own: tf.tensor2d(setting.own),
    given: tf.tensor2d(setting.given),
    indices: tf.tensor1d(setting.rows, 'int32'),
    drawn: tf.tensor2d(setting.drawn),
    negatives: 3,
    temperature: tf.scalar(0.5),
    momentum: tf.scalar(0.5),
    state: new Map<string, Tensor>([
      ['student bank', tf.tensor2d(setting.student)],
      ['teacher bank', tf.tensor2d(setting.teacher)],
      ['normaliser', tf.tensor1d([...z])],
    ]),
  })
  return { loss: number(loss), updates }
}

/** One side, as the authors' code has it, sample by sample: the positive first, then the negatives. */
const side = (vectors: number[][], bank: number[][], kept: number) => {
  const [n, m, eps] = [4, 3, 1e-7]
  const samples = vectors.map((v, b) => {
    const drawn = setting.drawn[b]!.flatMap((times, example) => Array.from({ length: times }, () => example))
    return [setting.rows[b]!, ...drawn].map((example) => Math.exp(dot(v, bank[example]!) / 0.5))
  })
  const z = kept < 0 ? mean(samples.flat()) * n : kept
  const noise = m / n
  const losses = samples.map(([positive, ...negatives]) => {
    const right = Math.log(positive! / z / (positive! / z + noise + eps))
    return -right - sum(negatives.map((negative) => Math.log(noise / (negative / z + noise + eps))))
  })
  return { loss: mean(losses), z }
}

describe('the contrast', () => {
  test('is NCE of each side against what is remembered of the other, worked out sample by sample', () => {
    const [s, t] = [side(setting.own, setting.teacher, -1), side(setting.given, setting.student, -1)]
    const { loss, updates } = contrasted()
    expect(loss).toBeCloseTo(s.loss + t.loss, 5)
    const z = [...updates.get('normaliser')!.dataSync()]
    expect(z[0]).toBeCloseTo(s.z, 5)
    expect(z[1]).toBeCloseTo(t.z, 5)
  })

  test('scores are divided by what the first batch gave, and nothing is learned through it', () => {
    const { loss, updates } = contrasted({ z: [7, 5] })
    expect(loss).toBeCloseTo(side(setting.own, setting.teacher, 7).loss + side(setting.given, setting.student, 5).loss, 5)
    expect([...updates.get('normaliser')!.dataSync()]).toEqual([7, 5])
    const { tf } = engine
    const gradient = (z: readonly number[]) =>
      tf.grad((own: Tensor) => {
        const state = new Map<string, Tensor>([
          ['student bank', tf.tensor2d(setting.student)],
          ['teacher bank', tf.tensor2d(setting.teacher)],
          ['normaliser', tf.tensor1d([...z])],
        ])
        const [temperature, momentum] = [tf.scalar(0.5), tf.scalar(0.5)]
        const [given, indices, drawn] = [
          tf.tensor2d(setting.given),
          tf.tensor1d(setting.rows, 'int32') as Tensor,
          tf.tensor2d(setting.drawn),
        ]
        return contrast(engine, { own, given, indices, drawn, negatives: 3, temperature, momentum, state }).loss.asScalar()
      })(tf.tensor2d(setting.own))
    const { z } = side(setting.own, setting.teacher, -1)
    const [first, later] = [gradient([-1, 5]).dataSync(), gradient([z, 5]).dataSync()]
    for (const [i, value] of first.entries()) expect(value).toBeCloseTo(later[i]!, 4)
  })

  test('remembers half of what was, at length 1, of the examples of the batch alone', () => {
    const { updates } = contrasted()
    const mixed = (kept: number[], now: number[]) => unit(kept.map((value, i) => 0.5 * value + 0.5 * now[i]!))
    for (const [name, bank, now] of [
      ['student bank', setting.student, setting.own],
      ['teacher bank', setting.teacher, setting.given],
    ] as const) {
      const after = updates.get(name)!.arraySync() as number[][] // of rank 2
      const wanted = bank.with(1, mixed(bank[1]!, now[0]!)).with(3, mixed(bank[3]!, now[1]!))
      for (const [row, values] of wanted.entries()) for (const [i, value] of values.entries()) expect(after[row]![i]).toBeCloseTo(value, 6)
      expect(after[0]).toEqual(bank[0])
    }
  })

  test('begins within ±1/√(width / 3), each side drawn for itself, the same for a seed', () => {
    const bank = firstBank(3, 50, 12)
    const [a, b] = [bank.get('student bank')!, bank.get('teacher bank')!]
    expect(bankShapes(50, 12).map(({ name, shape }) => [name, shape.reduce((x, y) => x * y)])).toEqual(
      [...bank].map(([name, { length }]) => [name, length]),
    )
    expect(Math.max(...a.map(Math.abs))).toBeLessThanOrEqual(0.5)
    expect(Math.max(...a.map(Math.abs))).toBeGreaterThan(0.49)
    expect(a).not.toEqual(b)
    expect(firstBank(3, 50, 12)).toEqual(bank)
    expect([...bank.get('normaliser')!]).toEqual([-1, -1])
  })
})

describe('negatives', () => {
  const labels = Int32Array.from([2, 0, 1, 2, 0, 2, 1, 0])

  test('are of other classes, as many as asked for, evenly', () => {
    const { tf } = engine
    const constants = new Map([...drawing(labels, 3)].map(([name, values]) => [name, tf.tensor1d(values) as Tensor]))
    const batch = tf.cast(tf.oneHot(tf.tensor1d([0, 1, 2], 'int32'), 3), 'float32') as Tensor
    const drawn = engine.withRandom(tf.scalar(5, 'int32'), () => drawnNegatives(engine, constants, batch, 6000))
    for (const [own, counts] of (drawn.arraySync() as number[][]).entries()) {
      expect(sum(counts)).toBe(6000)
      const others = labels.filter((label) => label !== own).length
      for (const [example, count] of counts.entries()) {
        // Five standard deviations of a binomial.
        const [p, wanted] = [1 / others, labels[example] === own ? 0 : 6000 / others]
        expect(Math.abs(count - wanted)).toBeLessThanOrEqual(wanted === 0 ? 0 : 5 * Math.sqrt(6000 * p * (1 - p)))
      }
    }
    const again = engine.withRandom(tf.scalar(5, 'int32'), () => drawnNegatives(engine, constants, batch, 6000))
    expect([...again.dataSync()]).toEqual([...drawn.dataSync()])
  })

  test('of one class there are none', () => {
    expect(() => drawing(new Int32Array(4), 2)).toThrow('All examples are of one class')
  })
})

describe('a training', () => {
  const [count, sizes] = [24, { examples: 24, classes: 10, negatives: 8, width: 6 }] as const
  const made = () => {
    const { tf } = engine
    const stream = new Stream(1, 'data', 0)
    const images = Float32Array.from({ length: count * 784 }, () => stream.uniform())
    const labels = Int32Array.from({ length: count }, (_, i) => i % 10)
    const examples = new ResidentExamples(engine, tf.tensor(images, [count, 28, 28, 1]), tf.tensor1d(labels, 'int32'))
    const teacher = boundNetwork(engine, bnConv([3, 5]).spec)
    teacher.load(initialise(teacher.topology, 2))
    const network = boundNetwork(engine, crdSpec({ student: bnConv([2, 4]).spec, teacher: 5, width: 6 }))
    const objective = crdObjective(teacher, sizes, false)
    const trainer = new Trainer(engine, {
      name: 'crd',
      network,
      examples,
      optimizer: sgd({ lr: 1 }).spec,
      batch: 8,
      masking: 'none',
      objective,
    })
    return { trainer, network, labels }
  }
  const steps = async (trainer: Trainer, from: number, to: number) => {
    for (let step = from; step < to; step++) {
      const indices = Int32Array.from({ length: 8 }, (_, i) => (8 * step + i) % count)
      await trainer.step({ indices, learningRate: 0.05, step, position: step, seed: 4, scalars: [0.8, 0.07, 0.5] })
    }
  }
  const begun = () => {
    const { trainer, network, labels } = made()
    trainer.start({ weights: initialise(network.topology, 0), masks: new Map() }, drawing(labels, 10), firstBank(7, count, 6))
    return trainer
  }

  test('both embeddings learn, and the bank moves only where examples were seen', async () => {
    const trainer = begun()
    const before = await trainer.state()
    await steps(trainer, 0, 1)
    const after = await trainer.state()
    for (const name of ['embedding_student/kernel', 'embedding_teacher/kernel', 'embedding_teacher/bias', 'conv1/kernel'])
      expect([name, after.get(name)]).not.toEqual([name, before.get(name)])
    for (const bank of ['objective:student bank', 'objective:teacher bank']) {
      expect(after.get(bank)!.subarray(8 * 6)).toEqual(before.get(bank)!.subarray(8 * 6))
      for (let row = 0; row < 8; row++) expect(dotOf(after.get(bank)!.subarray(row * 6, row * 6 + 6))).toBeCloseTo(1, 5)
    }
    expect(Math.min(...after.get('objective:normaliser')!)).toBeGreaterThan(0)
  })
  const dotOf = (x: Float32Array) => x.reduce((all, value) => all + value * value, 0)

  test('goes on from a checkpoint to the bit, its bank with it', async () => {
    const whole = begun()
    await steps(whole, 0, 5)
    const [first, second] = [begun(), made().trainer]
    await steps(first, 0, 2)
    const kept = await first.state()
    second.start({ weights: initialise(made().network.topology, 9), masks: new Map() }, drawing(made().labels, 10), firstBank(1, count, 6))
    second.resume(kept)
    await steps(second, 2, 5)
    expect(await second.state()).toEqual(await whole.state())
    const lost = new Map([...kept].filter(([name]) => name !== 'objective:student bank'))
    expect(() => second.resume(lost)).toThrow('The checkpoint is not of this training.')
  })
})
