import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Stage } from '../../../dsl/graph/stage.ts'
import { compile } from '../../../dsl/language/compile.ts'
import { dataFacts, openDataset } from '../../../runtime/data/datasets.ts'
import { openEngine } from '../../../runtime/engine/open.ts'
import type { FromWorker } from '../../../runtime/execution/protocol.ts'
import { runStage } from '../../../runtime/kinds/run-stage.ts'
import { workOf } from '../../../runtime/kinds/work.ts'
import { readArtifact } from '../../../runtime/store/artifact.ts'
import { storeFiles } from '../../../runtime/store/files.ts'
import { type DataFolder, dataFolder } from '../../../runtime/store/location.ts'
import type { MetricPoint } from '../../../runtime/store/results.ts'
import { WorkerCache } from '../../../runtime/worker/cache.ts'
import type { Outcome } from '../../../runtime/worker/stage-context.ts'
import { bnConv, cubic, cutout, flip, idx, kd, lenet300, padCrop, type Runnable, sgd, task } from '../../../stdlib/index.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import { boundNetwork } from '../../../stdlib/network-registry.ts'
import { Stream } from '../../../stdlib/random/stream.ts'
import { batchesFrom } from '../../../stdlib/training/examples.ts'
import { supervised } from '../../../stdlib/training/objective.ts'
import { Trainer } from '../../../stdlib/training/trainer.ts'
import { idx as file } from '../../stdlib/data/idx-files.ts'
import { temporaryFolder } from '../store/temporary-store.ts'

const batch = 20
/** 200 images whose brightness grows with their class, of which 160 are for training: 8 steps an epoch. */
let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'espalier-test-'))
  for (const [set, count] of [
    ['train', 200],
    ['t10k', 50],
  ] as const) {
    const random = new Stream(3, 'data', count)
    const pixels = Uint8Array.from({ length: count * 784 }, (_, i) => (Math.floor(i / 784) % 10) * 20 + random.below(60))
    await writeFile(join(root, `${set}-images-idx3-ubyte`), file([count, 28, 28], pixels))
    await writeFile(
      join(root, `${set}-labels-idx1-ubyte`),
      file(
        [count],
        Uint8Array.from({ length: count }, (_, i) => i % 10),
      ),
    )
  }
})

afterAll(() => rm(root, { recursive: true }))

const taskOf = () =>
  task({ model: bnConv([4, 4]), data: idx({ from: root, classes: 10, validation: 40 }), optimizer: sgd({ lr: 0.05 }), epochs: 3, batch })

interface Ran {
  readonly outcome: Outcome
  readonly points: readonly MetricPoint[]
}

/** Runs every stage of a pipeline in this process; those that train stop and go on at each of `stops`, in another worker. */
async function run(pipeline: Runnable, stops: readonly number[] = []) {
  const { stages } = compile({ default: pipeline })
  const files = storeFiles(join(await temporaryFolder(), '.espalier'))
  const ran = new Map<string, Ran>()
  let cache = new WorkerCache(files, { threads: 1 })
  for (const stage of stages) {
    const inputs = Object.fromEntries(
      Object.entries(stage.inputs).map(([role, ref]) => {
        const { outcome } = ran.get((ref as { stage: string }).stage)!
        return [role, outcome.artifact!]
      }),
    )
    let points: MetricPoint[] = []
    const once = async (resume: boolean, stopAt: number | undefined) => {
      let steps = 0
      cache.begin({ source: null, data: await dataOf(stage, files.data) })
      const job = {
        work: workOf(stage, inputs),
        key: stage.id.replace('s', '').padStart(64, '0'),
        source: null,
        data: null,
        path: stage.path,
        resume,
        keep: [],
        folder: null,
        continueFrom: null,
        given: {},
        expected: {},
        keepState: false,
        stopAfter: null,
        store: files.places.home,
        engine: { engine: 'tensorflow', xla: false } as const,
        threads: 1,
        checkpointEvery: 1000,
      }
      const report = (message: Extract<FromWorker, { type: 'started' | 'progress' | 'metrics' }>) => {
        if (message.type === 'started') points = []
        if (message.type === 'metrics') points.push(...message.points)
      }
      // Asked after every step.
      const stopping = () => ++steps === stopAt
      return runStage(job.work, { job, ...files, report, stopping }, cache)
    }
    let end: Awaited<ReturnType<typeof runStage>> | undefined
    if (stage.kind === 'train' || stage.kind === 'distill') {
      for (const [i, stop] of stops.entries()) {
        end = await once(i > 0, stop)
        expect(end).toHaveProperty('stoppedAt')
        cache = new WorkerCache(files, { threads: 1 })
      }
    }
    end = await once(stops.length > 0, undefined)
    if ('stoppedAt' in end) throw new Error('it stopped')
    ran.set(stage.id, { outcome: end, points })
  }
  const last = stages.filter(({ kind }) => kind !== 'evaluate').at(-1)!
  const { outcome, points } = ran.get(last.id)!
  const network = await readArtifact(files.objects, outcome.artifact!)
  const plain = Object.fromEntries([...network.weights].map(([name, values]) => [name, values]))
  const measured = stages.findLast(({ kind }) => kind === 'evaluate')!
  return { ...outcome, points, weights: plain, masks: network.masks, evaluated: ran.get(measured.id)!.outcome.metrics }
}

const dataOf = async (stage: Stage, folder: DataFolder) =>
  'data' in stage.options ? (await dataFacts(folder, stage.options.data as Parameters<typeof dataFacts>[1])).digest : null

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
