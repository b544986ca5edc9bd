import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Executor } from '../../../runtime/execution/executor.ts'
import { Interruption } from '../../../runtime/execution/interruption.ts'
import { makePlan } from '../../../runtime/plan/plan.ts'
import type { RunEvent } from '../../../runtime/run-event.ts'
import { openStore } from '../../../runtime/store/open.ts'
import type { Store } from '../../../runtime/store/store.ts'
import { adam, bnConv, compare, digits, ensemble, kd, sgd, task } from '../../../stdlib/index.ts'
import { temporaryStore } from '../store/temporary-store.ts'
import { artifactsOf, dataIn, fileFolder, graphOf, pathsOf, type Ran, runIn, small } from './running.ts'

const hybrid = () => {
  const { train } = small(2)
  const teacher = task({
    model: bnConv([4, 4]),
    data: digits(),
    optimizer: sgd({ lr: 0.05, nesterov: true, weightDecay: 1e-4 }),
    epochs: 1,
  }).train()
  const pruned = train({ keep: { early: 1 } }).prune(0.9)
  return compare({
    finetuned: pruned.finetune({ epochs: 1 }),
    ticket: pruned.rewind('early').train(),
    control: pruned.reinit().train(),
    hybrid: pruned.rewind().distill(teacher, kd(), { epochs: 1 }),
  })
}

/** The workers' process ids. */
const workers = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const parent = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
        return Number(parent) === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('local/main.ts')
      } catch {
        return false // it ended meanwhile
      }
    })

test('what a process that died after keeping a result has left of its stage is cleared by the next run', async () => {
  const store = await temporaryStore()
  const graph = graphOf(small(1).train())
  await runIn(store, graph)
  const { hits } = await makePlan(graph, store, await dataIn(store, graph))
  const { key, result } = [...hits.values()].find(({ result: { kind } }) => kind === 'train')!
  const file = join(store.layout.checkpoints, key, '124-0123456789abcdef.ckpt')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, 'half a checkpoint')
  utimesSync(file, result.finished / 1000 - 1, result.finished / 1000 - 1)
  expect((await runIn(store, graph, { hits })).end.stages).toMatchObject({ hit: 3, run: 0 })
  expect(existsSync(dirname(file))).toBe(false)
})

/** As the first test ran it; the second compares. */
let hybridAlone: Ran | undefined

test('a study runs, its sparsity is exact, and run again everything is a hit and no worker is started', async () => {
  const store = await temporaryStore()
  const graph = graphOf(hybrid())
  const first = await runIn(store, graph)
  hybridAlone = first
  expect(first.end).toMatchObject({
    ok: true,
    interrupted: false,
    stages: { total: graph.stages.length, run: graph.stages.length, hit: 0, failed: 0 },
  })
  expect(first.end.results.map(({ path }) => path)).toEqual(['finetuned', 'ticket', 'control', 'hybrid'])
  for (const { metrics } of first.end.results) {
    expect(metrics.sparsity).toBeCloseTo(0.9, 5)
    expect(metrics['test/accuracy']).toBeGreaterThan(0.5)
    expect(metrics['test/top5']).toBeGreaterThanOrEqual(metrics['test/accuracy']!)
    expect(metrics['validation/loss']).toBeGreaterThan(0)
    expect(metrics['test/calibrated-loss']).toBeLessThan(metrics['test/loss']! + 0.05)
    expect(metrics.compressionRatio).toBeCloseTo(266_610 / (266_610 - 239_580), 9)
    expect(Object.keys(metrics).filter((name) => name.startsWith('density/'))).toEqual(['density/fc1', 'density/fc2', 'density/out'])
    // 124 steps of 64 images, an epoch more than the first two, or two.
    expect(metrics['training/macs']! / (266_200 * 124 * 64)).toBeOneOf([3, 4])
  }
  const again = await runIn(store, graph, { executor: notAllowed })
  expect(again.end.stages).toMatchObject({ total: graph.stages.length, hit: graph.stages.length, run: 0 })
  expect(again.end.results).toEqual(first.end.results)
  expect(artifactsOf(again)).toEqual(artifactsOf(first))
})

describe('the bits of a study', () => {
  test('are the same with two slots of one thread, run again elsewhere', async () => {
    const graph = graphOf(hybrid())
    const one = hybridAlone ?? (await runIn(await temporaryStore(), graph))
    const two = await runIn(await temporaryStore(), graph, { resources: { slots: 2, threads: 1 } })
    expect(artifactsOf(two)).toEqual(artifactsOf(one))
    expect(two.end.results).toEqual(one.end.results)
  })

  const epochs = 4
  const graph = graphOf(small(epochs).train())
  let undisturbed: Ran
  let undisturbedStore: Store
  beforeAll(async () => {
    undisturbedStore = await openStore(join(fileFolder, 'undisturbed'))
    undisturbed = await runIn(undisturbedStore, graph)
  })
  afterAll(() => undisturbedStore.close())

  test('are the same when the worker is killed in the middle of a training, again and again', async () => {
    let kills = 0
    const killed = await runIn(await temporaryStore(), graph, {
      checkpointEvery: 0.05,
      onEvent: (event) => {
        if (event.event !== 'progress' || kills >= 3 || event.step < 80 * (kills + 1)) return
        kills++
        for (const pid of workers()) process.kill(pid, 'SIGKILL')
      },
    })
    expect(kills).toBe(3)
    expect(pathsOf(killed, 'retry').length).toBe(3)
    expect(killed.events.some((event) => event.event === 'stage-start' && event.kind === 'train' && (event.resumedAt ?? 0) > 0)).toBe(true)
    expect(artifactsOf(killed)).toEqual(artifactsOf(undisturbed))
    expect(curve(killed.events)).toEqual(curve(undisturbed.events))
  })

  test('are the same when the run is interrupted and continued, and so are the curves', async () => {
    const store = await temporaryStore()
    const interruption = new Interruption()
    const stopped = await runIn(store, graph, {
      interruption,
      onEvent: (event) => event.event === 'progress' && event.step > 50 && interruption.request(),
    })
    expect(stopped.end).toMatchObject({ ok: false, interrupted: true })
    const [stop] = stopped.events.filter((event) => event.event === 'stage-stopped')
    expect(stop).toMatchObject({ path: 'train', steps: epochs * 124 })
    const continued = await runIn(store, graph)
    expect(continued.end).toMatchObject({ ok: true, stages: { hit: 1, resumed: 1, run: 1 } })
    const resumed = continued.events.find((event) => event.event === 'stage-start' && event.kind === 'train')
    expect(resumed).toMatchObject({ resumedAt: (stop as Extract<RunEvent, { event: 'stage-stopped' }>).step })
    expect(artifactsOf(continued).train).toBe(artifactsOf(undisturbed).train)
    const { key } = resumed as Extract<RunEvent, { event: 'stage-start' }>
    for (const series of ['train/loss', 'train/batch-loss', 'validation/accuracy']) {
      expect(await store.results.metricsOf(key, series)).toEqual(await undisturbedStore.results.metricsOf(key, series))
    }
    expect((await store.results.metricsOf(key, 'train/loss')).length).toBe(epochs)
  })
})

test('a training that diverges fails with its step; what needs it is skipped; other arms finish', async () => {
  const { train } = small()
  const wild = task({ model: bnConv([4, 4]), data: digits(), optimizer: adam({ lr: 1e9 }), epochs: 1 }).train()
  const { end, events } = await runIn(await temporaryStore(), graphOf(compare({ wild: wild.prune(0.5).finetune(), calm: train() })))
  expect(end).toMatchObject({ ok: false, interrupted: false, stages: { failed: 1, skipped: 3 } })
  const failed = events.find((event) => event.event === 'stage-failed')
  expect(failed).toMatchObject({
    path: 'wild/train',
    problem: { title: expect.stringMatching(/^Training diverged: the loss is \S+ at step \d+\.$/) },
  })
  expect(pathsOf({ end, events }, 'retry')).toEqual([])
  expect(end.results.map(({ path }) => path)).toEqual(['calm'])
})

test('a snapshot that was not kept is made by replaying the training up to it, and nothing else runs', async () => {
  const store = await temporaryStore()
  const { train } = small(3)
  const plain = await runIn(store, graphOf(train()))
  const withRewind = graphOf(
    train({ keep: { early: 1 } })
      .prune(0.9)
      .rewind('early'),
  )
  const { end, events } = await runIn(store, withRewind)
  expect(end.ok).toBe(true)
  const steps = events.filter((event) => event.event === 'progress').map((event) => event.step)
  expect(Math.max(...steps)).toBeLessThanOrEqual(124)
  const fresh = await runIn(await temporaryStore(), withRewind)
  expect(artifactsOf(fresh).rewind).toBe(artifactsOf({ end, events }).rewind)
  expect(artifactsOf(fresh).train).toBe(artifactsOf(plain).train)
})

test('a damaged object is computed again, to the same digest, and its neighbours are not', async () => {
  const store = await temporaryStore()
  const graph = graphOf(small().train().prune(0.9).finetune())
  const first = await runIn(store, graph)
  const digest = artifactsOf(first).prune!.slice('sha256:'.length)
  const file = join(store.layout.objects, digest.slice(0, 2), digest.slice(2))
  writeFileSync(file, readFileSync(file, 'utf8').replace('model', 'modem'))
  const reopened = await openStore(store.layout.root)
  const again = await runIn(reopened, graph)
  reopened.close()
  expect(again.end).toMatchObject({ ok: true, stages: { hit: 4, run: 1 } })
  expect(pathsOf(again, 'stage-done')).toEqual(['prune'])
  expect(artifactsOf(again)).toEqual(artifactsOf(first))
})

/** Fails the test if a stage asks for a worker. */
const notAllowed: Executor = {
  capacity: ({ slots }) => ({ slots, places: { usual: slots, processor: slots }, bytes: 0 }),
  run: () => {
    throw new Error('a cached study asked for a worker')
  },
  stop: () => {},
  kill: () => {},
}

const curve = (events: readonly RunEvent[]) => events.flatMap((event) => (event.event === 'stage-done' ? [event.metrics] : []))

test("an ensemble is measured as one: the mean of its members' probabilities, better than their mean", async () => {
  const store = await temporaryStore()
  const member = (seed: number) => small().train({ seed })
  const together = await runIn(store, graphOf(compare({ both: ensemble(2, member), first: member(0), second: member(1).prune(0.5) })))
  expect(together.end.ok).toBe(true)
  const [both, first, second] = together.end.results.map(({ metrics }) => metrics)
  for (const split of ['test', 'validation'])
    expect(both![`${split}/loss`]).toBeLessThan(Math.max(first![`${split}/loss`]!, second![`${split}/loss`]!))
  expect(both!.sparsity).toBe(0)
  const alone = await runIn(store, graphOf(compare({ one: member(0), other: member(1) })))
  const losses = alone.end.results.map(({ metrics }) => metrics['test/loss']!)
  // −log of a mean is at most the mean of −log.
  expect(both!['test/loss']).toBeLessThan((losses[0]! + losses[1]!) / 2)
  const half = await runIn(store, graphOf(ensemble(2, (seed) => (seed === 0 ? member(0) : member(1).prune(0.5)))))
  expect(half.end.results[0]!.metrics.sparsity).toBeCloseTo(0.25, 6)
})
