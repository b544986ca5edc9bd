import * as Effect from 'effect/Effect'
import { expect, test } from 'vitest'
import { keyOf, manifestOf } from '../../../runtime/plan/manifest.ts'
import { makePlan } from '../../../runtime/plan/plan.ts'
import { documentLines } from '../../../runtime/terminal/document.ts'
import { view } from '../../../runtime/views/view.ts'
import { Session } from '../../../runtime/watch/session.ts'
import { MemoryExecutor, until } from '../execution/memory-executor.ts'
import { runFirst } from '../plan/finished.ts'
import { dataFacts, facts, graphOf, init, train } from '../plan/stages.ts'
import { numerics, temporaryStore } from '../store/temporary-store.ts'

test('a plan in a session announces no resume from a checkpoint of other numerics', async () => {
  const store = await temporaryStore()
  const graph = graphOf(init('init'), train('train', 'init'))
  await runFirst(store, graph, 1)
  const [{ artifact }] = (await makePlan(graph, store, dataFacts)).stages as unknown as readonly [{ readonly artifact: string }]
  const key = keyOf(manifestOf(graph.stages[1]!, { model: artifact }, facts.digest))
  await store.checkpoints.write(key, { step: 17, tensors: new Map(), counters: {}, snapshots: {}, numerics })
  const numericsOf = () => ({ ...numerics, threads: 2 })
  const plan = await makePlan(graph, store, dataFacts, numericsOf)
  const hand = new MemoryExecutor(store)
  const said: string[] = []
  const session = new Session({
    describe: async () => ({
      graph,
      store,
      data: dataFacts,
      file: 'a.pipeline.ts',
      resources: { slots: 1, threads: 2 },
      executor: Effect.succeed(hand),
      plan,
      numerics: numericsOf,
      files: [],
      warnings: [],
    }),
    follow: () => {},
    screen: {
      begin: () => ({ onEvent: () => {}, close: () => {} }),
      say: (lines) => said.push(...lines),
      show: (name, content) => said.push(...documentLines(view(name, content), { columns: 80, rows: 24 })),
      ask: async () => undefined,
    },
  })
  const left = session.live()
  await until(() => hand.began.includes('train'))
  session.key('l')
  await until(() => said.some((line) => line.includes('train')))
  expect(said.find((line) => line.includes('train'))).toMatch(/^→ run .*made with other numerics \(threads 1 instead of 2\)/)
  session.quit()
  await left
})
