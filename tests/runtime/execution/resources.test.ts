/** What stages ask of the machine, as the scheduler heeds it; the executor is one in memory. */
import { expect, test } from 'vitest'
import { placeOf, type Shares } from '../../../runtime/engine/devices.ts'
import { adam, compare, digits, lenet300, seeds, task } from '../../../stdlib/index.ts'
import { temporaryStore } from '../store/temporary-store.ts'
import { MemoryExecutor, until } from './memory-executor.ts'
import { graphOf, runIn } from './running.ts'

const asking = (resources: { readonly device?: 'cpu' | 'gpu'; readonly memory?: `${number} GB` }, seed = 0) =>
  task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 1, seed, resources }).train()

test('stages that ask for the processor go to its place, with its engine and threads; the others do not', async () => {
  const store = await temporaryStore()
  const executor = new MemoryExecutor(store, { automatic: () => true })
  const shares: Shares = { gpu: 1, processor: 1, threads: 3 }
  const engine = { engine: 'tensorflow', xla: true, gpu: 'Tesla T4' } as const
  const processor = { engine: 'tensorflow', xla: false } as const
  const study = compare({ nothing: asking({}, 1), gpu: asking({ device: 'gpu' }, 2), cpu: asking({ device: 'cpu' }, 3) })
  const { end } = await runIn(store, graphOf(study), { resources: { slots: 2, threads: 8, shares }, engine, processor, executor })
  expect(end.ok).toBe(true)
  for (const { job, demand } of executor.jobs) {
    const there = job.path.startsWith('cpu/')
    expect([demand.place, job.engine, job.threads]).toEqual(there ? ['processor', processor, 3] : ['usual', engine, 8])
  }
})

test('in a run that is on the processor anyway, asking for it changes nothing', async () => {
  const store = await temporaryStore()
  const executor = new MemoryExecutor(store, { automatic: () => true })
  const { end } = await runIn(store, graphOf(asking({ device: 'cpu' })), { executor })
  expect(end.ok).toBe(true)
  expect(executor.jobs.map(({ job, demand }) => [job.path, job.threads, demand.place])).toEqual([
    ['init', 1, 'usual'],
    ['train', 1, 'usual'],
    ['evaluate', 1, 'usual'],
  ])
})

test('trainings run at once only as long as the memory that they ask for is there', async () => {
  const store = await temporaryStore()
  const hand = new MemoryExecutor(store, { bytes: 10e9 })
  const study = seeds(3, (seed) => asking({ memory: '4 GB' }, seed))
  const trainings = () => hand.began.filter((path) => path.endsWith('/train'))
  const ran = runIn(store, graphOf(study), { resources: { slots: 3, threads: 1 }, executor: hand })
  await until(() => trainings().length === 2)
  // Two have 8 of 10 GB; a third slot is free, and stays so.
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(trainings()).toHaveLength(2)
  hand.finish(trainings()[0]!)
  await until(() => trainings().length === 3)
  for (const path of trainings().slice(1)) hand.finish(path)
  expect((await ran).end.ok).toBe(true)
})

test('a place apart is there for those that ask for the processor alone', () => {
  expect(placeOf({ resources: { device: 'cpu' } }, true)).toBe('processor')
  expect(placeOf({ resources: { device: 'cpu' } }, false)).toBe('usual')
  for (const resources of [{}, { device: 'gpu' }, { memory: 1e9 }] as const) expect(placeOf({ resources }, true)).toBe('usual')
  expect(placeOf({}, true)).toBe('usual')
})
