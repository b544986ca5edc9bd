/** A process that runs one study of several that overlap, with jobs that take a moment: `study-process.ts STORE NUMBER`. Prints what it computed. */
import * as Effect from 'effect/Effect'
import { Interruption } from '../../../runtime/execution/interruption.ts'
import type { StageRunner } from '../../../runtime/execution/local/stage-runner.ts'
import { runGraph } from '../../../runtime/execution/scheduler.ts'
import { writeArtifact } from '../../../runtime/store/artifact.ts'
import { openStore } from '../../../runtime/store/open.ts'
import { snapshotName, stepAt } from '../../../runtime/training/positions.ts'
import { dataFacts, evaluate, graphOf, init, prune, rewind, train } from '../plan/stages.ts'
import { networkOf } from './network-of.ts'

const [root, number] = process.argv.slice(2) as [string, string]
const store = await openStore(root)
const began: string[] = []

const runner: Effect.Effect<StageRunner> = Effect.succeed({
  run: ({ key, work, keep }) =>
    Effect.promise(async () => {
      began.push(key)
      await new Promise((resolve) => setTimeout(resolve, 20 + (key.charCodeAt(0) % 5) * 10))
      const objects = store.objects
      const artifact = work.kind === 'evaluate' ? null : await writeArtifact(objects, networkOf(key))
      const snapshots = Object.fromEntries(
        await Promise.all(keep.map(async (at) => [snapshotName(at), await writeArtifact(objects, networkOf(key, stepAt(at, 1)))])),
      )
      return { artifact, snapshots, metrics: {}, numerics: null }
    }),
  stop: () => {},
  kill: () => {},
})

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
  runGraph({
    graph,
    store,
    data: dataFacts,
    file: `study${number}.pipeline.ts`,
    resources: { slots: 2, threads: 1 },
    interruption: new Interruption(),
    onEvent: () => {},
    runner,
  }),
)
store.close()
process.stdout.write(JSON.stringify({ ok: end.ok, began }))
