/** A process that runs one study of several that overlap, with jobs that take a moment: `study-process.ts STORE NUMBER`. Prints what it computed. */
import * as Effect from 'effect/Effect'
import { Interruption } from '../../../runtime/execution/interruption.ts'
import { runOn } from '../../../runtime/execution/scheduler.ts'
import { openStore } from '../../../runtime/store/open.ts'
import { dataFacts, evaluate, graphOf, init, prune, rewind, train } from '../plan/stages.ts'
import { MemoryExecutor } from './memory-executor.ts'

const [root, number] = process.argv.slice(2) as [string, string]
const store = await openStore(root)
const executor = new MemoryExecutor(store, { automatic: () => true, takes: ({ key }) => 20 + (key.charCodeAt(0) % 5) * 10 })

// Four of six arms each, in another order.
const arms = [0, 1, 2, 3].map((i) => (i + Number(number)) % 6)
const graph = graphOf(
  init('i'),
  train('t', 'i'),
  ...arms.flatMap((arm) => [
    prune(`p${arm}`, 't', { sparsity: 0.5 + arm / 20 }),
    rewind(`r${arm}`, `p${arm}`, { stage: 't', epoch: 2 }),
    train(`f${arm}`, `r${arm}`, { seed: arm }),
    evaluate(`e${arm}`, `f${arm}`),
  ]),
)
const end = await Effect.runPromise(
  runOn(Effect.succeed(executor), {
    graph,
    store,
    data: dataFacts,
    file: `study${number}.pipeline.ts`,
    resources: { slots: 2, threads: 1 },
    interruption: new Interruption(),
    onEvent: () => {},
  }),
)
store.close()
process.stdout.write(JSON.stringify({ ok: end.ok, began: executor.jobs.map(({ job }) => job.key) }))
