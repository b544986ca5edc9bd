import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Scope from 'effect/Scope'
import { expect, onTestFinished, test } from 'vitest'
import { type Computations, makeComputations } from '../../../runtime/execution/computations.ts'
import type { Executor } from '../../../runtime/execution/executor.ts'
import { Interruption } from '../../../runtime/execution/interruption.ts'
import { localExecutor } from '../../../runtime/execution/local/executor.ts'
import type { RunEvent } from '../../../runtime/run-event.ts'
import type { Store } from '../../../runtime/store/store.ts'
import { adam, compare, digits, lenet300, type Runnable, task } from '../../../stdlib/index.ts'
import { temporaryStore } from '../store/temporary-store.ts'
import { MemoryExecutor, type MemoryOptions, until } from './memory-executor.ts'
import { artifactsOf, graphOf, pathsOf, type Ran, runIn, small } from './running.ts'

/** Computations that outlive their runs. Without an executor: worker processes. */
async function session(store: Store, slots: number, executor?: Executor): Promise<Computations> {
  const scope = Effect.runSync(Scope.make())
  onTestFinished(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  const made = Effect.flatMap(executor === undefined ? localExecutor({ store }) : Effect.succeed(executor), (on) =>
    makeComputations({ store, executor: on, slots }),
  )
  return Effect.runSync(Effect.provideService(made, Scope.Scope, scope))
}

const [kept, dropped, added] = [small(2, 1e-3).train(), small(2, 2e-3).train(), small(2, 3e-3).train()]

/** Two slots, worked by hand; a run of its graphs replaces the one before it. */
async function editing(options: MemoryOptions = {}) {
  const store = await temporaryStore()
  const hand = new MemoryExecutor(store, options)
  const computations = await session(store, 2, hand)
  let last: Interruption | undefined
  const save = (study: Runnable) => {
    const [interruption, replaced] = [new Interruption(), last]
    last = interruption
    const events: RunEvent[] = []
    const ran = runIn(store, graphOf(study), {
      computations,
      interruption,
      resources: { slots: 2, threads: 1 },
      ...(replaced === undefined ? {} : { replaces: replaced }),
      onEvent: (event) => events.push(event),
    })
    return { ran, events }
  }
  return { store, hand, computations, save }
}

test('a graph that replaces another goes on with what both contain, untouched, and what fell out stops at a checkpoint', async () => {
  const { hand, save } = await editing()
  const older = save(compare({ kept, dropped }))
  await until(() => hand.began.includes('kept/train') && hand.began.includes('dropped/train'))
  const newer = save(compare({ first: kept, added }))
  const { end, events } = await older.ran
  expect(end).toMatchObject({ ok: false, interrupted: true })
  expect(events.filter((event) => event.event === 'stage-stopped')).toEqual([
    { event: 'stage-stopped', path: 'dropped/train', step: 50, steps: 100 },
  ])
  expect(hand.stopped).toEqual(['dropped/train'])
  await until(() => hand.began.includes('added/train'))
  // It runs since before, and is told where it stands.
  expect(newer.events).toContainEqual(expect.objectContaining({ event: 'stage-start', path: 'first/train' }))
  expect(newer.events).toContainEqual(expect.objectContaining({ event: 'progress', path: 'first/train', step: 50 }))
  hand.finish('kept/train')
  hand.finish('added/train')
  const done = await newer.ran
  expect(done.end).toMatchObject({ ok: true, stages: { failed: 0, total: 5 } })
  expect(pathsOf(done, 'stage-done')).toContain('first/train')
  expect(hand.began.filter((path) => path.endsWith('/train')).sort()).toEqual(['added/train', 'dropped/train', 'kept/train'])
  // Nothing more was told to the one that was replaced.
  expect(older.events.at(-1)).toMatchObject({ event: 'done' })
})

test('an edit undone while its stage is still stopping continues that stage when it has stopped', async () => {
  const { hand, save } = await editing({ lingers: true })
  const first = save(compare({ kept, dropped }))
  await until(() => hand.began.length === 3)
  const second = save(kept)
  await until(() => hand.stopped.includes('dropped/train'))
  const third = save(compare({ kept, dropped }))
  await until(() => third.events.some((event) => event.event === 'stage-start' && event.path === 'kept/train'))
  hand.halt('dropped/train')
  await until(() => hand.began.filter((path) => path === 'dropped/train').length === 2)
  expect((await first.ran).end.interrupted).toBe(true)
  expect((await second.ran).end.interrupted).toBe(true)
  hand.finish('kept/train')
  hand.finish('dropped/train')
  expect((await third.ran).end.ok).toBe(true)
  expect(hand.began.filter((path) => path === 'kept/train')).toEqual(['kept/train'])
})

test('what an edit asks of the machine is heeded for a stage that waits, and one that runs goes on where it is', async () => {
  const store = await temporaryStore()
  const hand = new MemoryExecutor(store)
  const computations = await session(store, 1, hand)
  const trained = (lr: number, resources?: { readonly device: 'cpu' }) =>
    task({
      model: lenet300(),
      data: digits(),
      optimizer: adam({ lr }),
      epochs: 2,
      ...(resources === undefined ? {} : { resources }),
    }).train()
  const resources = { slots: 2, threads: 1, shares: { gpu: 1, processor: 1, threads: 1 } }
  const first = new Interruption()
  const older = runIn(store, graphOf(compare({ a: trained(1e-3), b: trained(2e-3) })), { computations, interruption: first, resources })
  const trainings = () => hand.jobs.filter(({ job }) => job.work.kind === 'train').map(({ job, demand }) => [job.path, demand.place])
  await until(() => trainings().length === 1)
  const [running, waiting] = trainings()[0]![0] === 'a/train' ? ['a/train', 'b/train'] : ['b/train', 'a/train']
  // The GPU is taken, so the other one waits; both are asked to be on the processor now.
  await until(() => computations.keys().length === 2)
  const onProcessor = compare({ a: trained(1e-3, { device: 'cpu' }), b: trained(2e-3, { device: 'cpu' }) })
  const newer = runIn(store, graphOf(onProcessor), { computations, interruption: new Interruption(), replaces: first, resources })
  await until(() => hand.began.includes(waiting))
  hand.finish(waiting)
  hand.finish(running)
  expect((await newer).end).toMatchObject({ ok: true })
  expect((await older).end).toMatchObject({ interrupted: true })
  expect(trainings()).toEqual([
    [running, 'usual'],
    [waiting, 'processor'],
  ])
})

test('while paused no stage begins, and those that run go on', async () => {
  const { hand, computations, save } = await editing()
  const { ran, events } = save(compare({ kept, dropped }))
  await until(() => hand.began.includes('kept/train') && hand.began.includes('dropped/train'))
  computations.paused = true
  hand.finish('kept/train')
  hand.finish('dropped/train')
  // The two evaluations wait for a slot.
  const trained = () => events.filter((event) => event.event === 'stage-done' && event.kind === 'train')
  await until(() => trained().length === 2 && computations.keys().length === 2)
  expect(hand.began.filter((path) => path.endsWith('evaluate'))).toEqual([])
  computations.paused = false
  expect((await ran).end.ok).toBe(true)
})

test('two runs at once in one session compute what they have in common once', async () => {
  const store = await temporaryStore()
  const hand = new MemoryExecutor(store, { automatic: () => true })
  const computations = await session(store, 2, hand)
  const [a, b] = await Promise.all(
    [compare({ kept, dropped }), compare({ other: dropped, added })].map((study) => runIn(store, graphOf(study), { computations })),
  )
  expect([a!.end.ok, b!.end.ok]).toEqual([true, true])
  expect(hand.began.filter((path) => path.endsWith('/train')).length).toBe(3)
})

test('a run that needs a snapshot which the computation it attached to does not keep has it made', async () => {
  const { hand, save } = await editing()
  save(small(2).train())
  await until(() => hand.began.includes('train'))
  const newer = save(
    small(2)
      .train({ keep: { early: 1 } })
      .prune(0.5)
      .rewind('early'),
  )
  await until(() => newer.events.some(({ event }) => event === 'progress'))
  hand.finish('train')
  await until(() => hand.began.filter((path) => path === 'train').length === 2)
  hand.finish('train')
  expect((await newer.ran).end.ok).toBe(true)
})

test('what a newer graph took over has the bits of a run that was never replaced', async () => {
  const [both, alone] = [graphOf(compare({ long: small(4).train(), dropped })), graphOf(compare({ long: small(4).train() }))]
  const undisturbed = await runIn(await temporaryStore(), alone)
  const store = await temporaryStore()
  const computations = await session(store, 2)
  const interruption = new Interruption()
  let newer: Promise<Ran> | undefined
  await runIn(store, both, {
    computations,
    interruption,
    onEvent: (event) => {
      if (event.event !== 'progress' || event.path !== 'long/train' || newer !== undefined) return
      newer = runIn(store, alone, { computations, replaces: interruption })
    },
  })
  const { end, events } = await newer!
  expect(end).toMatchObject({ ok: true, stages: { resumed: 0 } })
  expect(artifactsOf({ end, events })['long/train']).toBe(artifactsOf(undisturbed)['long/train'])
})

test('a slot whose worker has another thread count than a stage asks for gets another worker', async () => {
  const store = await temporaryStore()
  const computations = await session(store, 1)
  const run = (threads: number, seed: number) =>
    runIn(store, graphOf(small(1).train({ seed })), { computations, resources: { slots: 1, threads } })
  for (const threads of [1, 2]) expect((await run(threads, threads)).end.ok).toBe(true)
  const made = store.index
    .all("SELECT numerics FROM results WHERE kind = 'train' ORDER BY finished")
    .map(({ numerics }) => JSON.parse(String(numerics)))
  expect(made.map(({ threads }) => threads)).toEqual([1, 2])
})
