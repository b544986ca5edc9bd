import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openDataset } from '../../../runtime/data/datasets.ts'
import { openEngine } from '../../../runtime/engine/open.ts'
import { dataFolder } from '../../../runtime/store/location.ts'
import { bnConv, cubic, cutout, flip, idx, kd, lenet300, padCrop, sgd, task } from '../../../stdlib/index.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import { boundNetwork } from '../../../stdlib/network-registry.ts'
import { batchesFrom } from '../../../stdlib/training/examples.ts'
import { supervised } from '../../../stdlib/training/objective.ts'
import { Trainer } from '../../../stdlib/training/trainer.ts'
import { temporaryFolder } from '../store/temporary-store.ts'
import { batch, root, run, taskOf } from './in-process.ts'

describe('the early-stopping point', () => {
  test('is the lowest validation loss on the grid, with test read there, and leaves the training as it is', async () => {
    const [plain, stopped] = [await run(taskOf().train()), await run(taskOf().train({ earlyStop: 5 }))]
    expect(stopped.artifact).toBe(plain.artifact)
    const grid = stopped.points.filter(({ series }) => series === 'earlyStop/validation/loss')
    expect(grid.map(({ step }) => step)).toEqual([5, 10, 15, 20, 24])
    const lowest = grid.reduce((best, point) => (point.value < best.value ? point : best))
    expect(stopped.metrics['earlyStop/step']).toBe(lowest.step)
    expect(stopped.metrics['earlyStop/validation/loss']).toBe(lowest.value)
    // The grid's last point is the end, which is measured by the next stage too.
    expect(grid.at(-1)!.value).toBeCloseTo(stopped.evaluated['validation/loss']!, 5)
    if (lowest.step === 24) expect(stopped.metrics['earlyStop/test/accuracy']).toBe(stopped.evaluated['test/accuracy'])
    expect(Object.keys(plain.metrics).some((name) => name.startsWith('earlyStop'))).toBe(false)
    const others = Object.fromEntries(Object.entries(stopped.metrics).filter(([name]) => !name.startsWith('earlyStop')))
    expect(others).toEqual(plain.metrics)
  })

  test('is test accuracy of the network as it was at that step', async () => {
    // A rate that ruins the network after one step: the first point of the grid stays the lowest.
    const ruined = taskOf().train({ earlyStop: 1, lr: 3, epochs: 1 })
    const { metrics, points } = await run(ruined)
    const grid = points.filter(({ series }) => series === 'earlyStop/validation/loss')
    const at = metrics['earlyStop/step']!
    expect(metrics['earlyStop/validation/loss']).toBe(Math.min(...grid.map(({ value }) => value)))
    expect(at).toBeLessThan(8)
    expect(metrics['earlyStop/test/loss']).not.toBe(metrics['validation/loss'])
  })

  test('is the same when the training was interrupted', async () => {
    const [whole, resumed] = [await run(taskOf().train({ earlyStop: 5 })), await run(taskOf().train({ earlyStop: 5 }), [3, 9])]
    expect(resumed.metrics).toEqual(whole.metrics)
    expect(resumed.points).toEqual(whole.points)
  })
})

describe('ema', () => {
  test('gives the mean of the weights after each step, running statistics included', async () => {
    const decay = 0.7
    const { train } = taskOf()
    const { weights } = await run(train({ ema: decay, epochs: 1, lr: 0.05 }))
    // Weights after t steps are those of a training that is looked at there.
    const after = await weightsAfterEachStep()
    for (const [name, mean] of Object.entries(weights)) {
      const total = after.reduce((sum, _, i) => sum + decay ** (after.length - 1 - i), 0)
      for (let k = 0; k < Math.min(mean.length, 20); k++) {
        const expected = after.reduce((sum, each, i) => sum + decay ** (after.length - 1 - i) * each[name]![k]!, 0) / total
        expect(mean[k]).toBeCloseTo(expected, 5)
      }
    }
  })

  test('of decay zero is not asked for, and of a very small one gives the last weights', async () => {
    const [plain, tiny] = [await run(taskOf().train()), await run(taskOf().train({ ema: 1e-12 }))]
    for (const [name, values] of Object.entries(tiny.weights)) {
      values.forEach((value, i) => {
        expect(value).toBeCloseTo(plain.weights[name]![i]!, 6)
      })
    }
  })

  test('is what is measured, and is measured without changing the training', async () => {
    const { metrics, evaluated, artifact, weights } = await run(taskOf().train({ ema: 0.9, earlyStop: 3 }))
    expect(metrics['validation/loss']).toBeCloseTo(evaluated['validation/loss']!, 5)
    const without = await run(taskOf().train({ ema: 0.9 }))
    expect(without.artifact).toBe(artifact)
    const plain = await run(taskOf().train())
    expect(plain.weights['out/kernel']).not.toEqual(weights['out/kernel'])
    expect(plain.points.filter(({ series }) => series === 'train/loss')).toEqual(
      without.points.filter(({ series }) => series === 'train/loss'),
    )
  })

  test('goes on from a checkpoint to the same bits', async () => {
    const [whole, resumed] = [await run(taskOf().train({ ema: 0.9 })), await run(taskOf().train({ ema: 0.9 }), [3, 9])]
    expect(resumed.artifact).toBe(whole.artifact)
  })

  test('keeps what is removed at exactly zero, under masks that change too', async () => {
    const { weights, masks } = await run(taskOf().init().prune(0.5, { schedule: cubic(), every: 2, ema: 0.9 }))
    expect(masks.size).toBeGreaterThan(0)
    for (const [name, mask] of masks) expect(mask.every((bit, i) => bit === 1 || weights[name]![i] === 0)).toBe(true)
  })
})

describe('recalibrate()', () => {
  test('changes running statistics and nothing else, to the same bits every time, with masks as they are', async () => {
    const pruned = taskOf().train().prune(0.5)
    const [before, once, again] = [
      await run(pruned),
      await run(pruned.recalibrate({ batches: 4 })),
      await run(pruned.recalibrate({ batches: 4 })),
    ]
    expect(once.artifact).toBe(again.artifact)
    expect(once.artifact).not.toBe(before.artifact)
    for (const [name, values] of Object.entries(once.weights)) {
      if (!name.includes('moving')) expect(values).toEqual(before.weights[name])
    }
    expect(once.masks).toEqual(before.masks)
    expect((await run(pruned.recalibrate({ batches: 4, seed: 5 }))).artifact).not.toBe(once.artifact)
  })

  test('of a network without batch norm is refused where it is written', () => {
    const { train } = task({ model: lenet300(), data: idx({ from: root, classes: 10 }), optimizer: sgd({ lr: 0.05 }), epochs: 1 })
    expect(() => (train() as unknown as { recalibrate(): unknown }).recalibrate()).toThrow('this network has none')
  })
})

describe('augmentation', () => {
  const augment = [flip(), padCrop(2), cutout(6)]

  test('changes what is learned, and goes on from a checkpoint to the same bits', async () => {
    const [plain, whole, resumed] = [
      await run(taskOf().train()),
      await run(taskOf().train({ augment })),
      await run(taskOf().train({ augment }), [3, 9]),
    ]
    expect(whole.artifact).not.toBe(plain.artifact)
    expect(resumed.artifact).toBe(whole.artifact)
  })

  test('of a task is turned off by an empty list', async () => {
    const { train } = task({
      model: bnConv([4, 4]),
      data: idx({ from: root, classes: 10, validation: 40 }),
      optimizer: sgd({ lr: 0.05 }),
      epochs: 3,
      batch,
      augment,
    })
    expect((await run(train({ augment: [] }))).artifact).toBe((await run(taskOf().train())).artifact)
  })

  test('asks the teacher about the images that the student sees', async () => {
    const teacher = taskOf().train({ seed: 9 })
    const student = (options: object) =>
      taskOf()
        .init()
        .distill(teacher, kd({ alpha: 1 }), options)
    const [once, each] = [await run(student({})), await run(student({ augment: [] }))]
    expect(each.artifact).toBe(once.artifact)
    const augmented = await run(student({ augment, epochs: 1 }))
    // The student is the teacher: on the same images, in evaluation mode, there is next to nothing to learn.
    const same = await run(teacher.distill(teacher, kd({ alpha: 1 }), { augment, epochs: 1, lr: 1e-9 }))
    const cached = await run(teacher.distill(teacher, kd({ alpha: 1 }), { epochs: 1, lr: 1e-9 }))
    const loss = ({ metrics }: Awaited<ReturnType<typeof run>>) => metrics['train/loss']!
    expect(loss(same)).toBeLessThan(loss(augmented) / 2)
    expect(Math.abs(loss(same) - loss(cached))).toBeLessThan(1)
  })
})

/** By name, for each step of one epoch: trainings that stop there, of the same schedule. */
async function weightsAfterEachStep() {
  const engine = await openEngine({ threads: 1 })
  const spec = idx({ from: root, classes: 10, validation: 40 }).spec
  const examples = (await openDataset(dataFolder(join(await temporaryFolder(), '.espalier')), spec)).examples(engine, 'train')
  const network = boundNetwork(engine, bnConv([4, 4]).spec)
  const trainer = new Trainer(engine, {
    name: 't',
    network,
    examples,
    optimizer: sgd({ lr: 0.05 }).spec,
    batch,
    masking: 'none',
    objective: supervised,
  })
  trainer.start({ weights: initialise(network.topology, 0), masks: new Map() })
  const after: { [name: string]: Float32Array }[] = []
  for (const [step, indices] of [...batchesFrom(0, 0, 8, examples.count, batch)].entries()) {
    await trainer.step({ indices, learningRate: 0.05, step, position: step, seed: 0, scalars: [] })
    after.push(Object.fromEntries(await trainer.weights()))
  }
  return after
}
