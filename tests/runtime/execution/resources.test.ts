/** What stages ask of the machine, as the scheduler heeds it; workers are worked by hand. */
import * as Effect from 'effect/Effect'
import { expect, test } from 'vitest'
import type { Shares } from '../../../runtime/engine/devices.ts'
import { type Place, placeOf } from '../../../runtime/engine/devices.ts'
import { makeComputations } from '../../../runtime/execution/computations.ts'
import type { StageRunner } from '../../../runtime/execution/local/stage-runner.ts'
import type { Job } from '../../../runtime/execution/protocol.ts'
import { Slots } from '../../../runtime/execution/slots.ts'
import { adam, compare, digits, lenet300, seeds, task } from '../../../stdlib/index.ts'
import { temporaryStore } from '../store/temporary-store.ts'
import { ByHand, until } from './by-hand.ts'
import { graphOf, runIn } from './running.ts'

const asking = (resources: { readonly device?: 'cpu' | 'gpu'; readonly memory?: `${number} GB` }, seed = 0) =>
  task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 1, seed, resources }).train()

/** Notes the jobs it is given before it passes them on. */
const noting = (runner: Effect.Effect<StageRunner>, jobs: Job[]): Effect.Effect<StageRunner> =>
  Effect.map(runner, (inner) => ({
    ...inner,
    run: (job, report) => {
      jobs.push(job)
      return inner.run(job, report)
    },
  }))

test('stages that ask for the processor go to its workers, with its engine and threads; the others do not', async () => {
  const store = await temporaryStore()
  const hand = new ByHand(store, () => true)
  const [there, here]: [Job[], Job[]] = [[], []]
  const shares: Shares = { gpu: 1, processor: 1, threads: 3 }
  const engine = { engine: 'tensorflow', xla: true, gpu: 'Tesla T4' } as const
  const study = compare({ nothing: asking({}, 1), gpu: asking({ device: 'gpu' }, 2), cpu: asking({ device: 'cpu' }, 3) })
  const { end } = await runIn(store, graphOf(study), {
    resources: { slots: 2, threads: 8, shares },
    engine,
    processor: { engine: 'tensorflow', xla: false },
    runner: noting(hand.runner, there),
    processorRunner: noting(hand.runner, here),
  })
  expect(end.ok).toBe(true)
  const told = (jobs: readonly Job[]) => new Set(jobs.map((job) => JSON.stringify([job.path.split('/')[0], job.engine, job.threads])))
  expect(told(here)).toEqual(new Set([JSON.stringify(['cpu', { engine: 'tensorflow', xla: false }, 3])]))
  expect(told(there)).toEqual(new Set(['nothing', 'gpu'].map((arm) => JSON.stringify([arm, engine, 8]))))
})

test('in a run that is on the processor anyway, asking for it changes nothing', async () => {
  const store = await temporaryStore()
  const jobs: Job[] = []
  const { end } = await runIn(store, graphOf(asking({ device: 'cpu' })), { runner: noting(new ByHand(store, () => true).runner, jobs) })
  expect(end.ok).toBe(true)
  expect(jobs.map(({ path, threads }) => [path, threads])).toEqual([
    ['init', 1],
    ['train', 1],
    ['evaluate', 1],
  ])
})

test('trainings run at once only as long as the memory that they ask for is there', async () => {
  const store = await temporaryStore()
  const hand = new ByHand(store)
  const study = seeds(3, (seed) => asking({ memory: '4 GB' }, seed))
  const trainings = () => hand.began.filter((path) => path.endsWith('/train'))
  await Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const computations = yield* makeComputations({ store, slots: 3, runner: hand.runner, memory: 10e9 })
        const ran = runIn(store, graphOf(study), { resources: { slots: 3, threads: 1 }, computations })
        yield* Effect.promise(async () => {
          await until(() => trainings().length === 2)
          // Two have 8 of 10 GB; a third slot is free, and stays so.
          await new Promise((resolve) => setTimeout(resolve, 100))
          expect(trainings()).toHaveLength(2)
          hand.finish(trainings()[0]!)
          await until(() => trainings().length === 3)
          for (const path of trainings().slice(1)) hand.finish(path)
          expect((await ran).end.ok).toBe(true)
        })
      }),
    ),
  )
})

test('slots of GPUs and of the processor are filled by rank, up to each one’s number and to that of both', async () => {
  const runner = Effect.succeed({ run: () => Effect.never, stop: () => {}, kill: () => {} })
  const slots = new Slots({ slots: 3, shares: { gpu: 2, processor: 2, threads: 1 } }, { usual: runner, processor: runner })
  const began: string[] = []
  const ends = new Map<string, () => void>()
  const stage = (name: string, arm: number, place: Place) =>
    Effect.runPromise(
      slots.use({ rank: { arm, depth: 0 }, place, bytes: 1 }, () =>
        Effect.promise(() => {
          began.push(name)
          return new Promise<void>((resolve) => ends.set(name, resolve))
        }),
      ),
    )
  slots.paused = true
  const all = [
    stage('gpu 0', 0, 'usual'),
    stage('gpu 1', 1, 'usual'),
    stage('gpu 2', 2, 'usual'),
    stage('processor 3', 3, 'processor'),
    stage('processor 4', 4, 'processor'),
  ]
  await until(() => all.length === 5)
  slots.paused = false
  await until(() => began.length === 3)
  expect(began).toEqual(['gpu 0', 'gpu 1', 'processor 3'])
  ends.get('processor 3')!()
  // Of rank it would be a GPU's turn, and there is none free.
  await until(() => began.length === 4)
  expect(began.at(-1)).toBe('processor 4')
  ends.get('gpu 0')!()
  await until(() => began.length === 5)
  for (const end of ends.values()) end()
  await Promise.all(all)
})

test('a place apart is there for those that ask for the processor alone', () => {
  expect(placeOf({ resources: { device: 'cpu' } }, true)).toBe('processor')
  expect(placeOf({ resources: { device: 'cpu' } }, false)).toBe('usual')
  for (const resources of [{}, { device: 'gpu' }, { memory: 1e9 }] as const) expect(placeOf({ resources }, true)).toBe('usual')
  expect(placeOf({}, true)).toBe('usual')
})
