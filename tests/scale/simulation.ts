/** The real scheduler runs a large study on workers that are simulated, in simulated time (TestClock). */
import * as Clock from 'effect/Clock'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Scope from 'effect/Scope'
import * as TestClock from 'effect/testing/TestClock'
import { topologyOf } from '../../bench/scheduling.ts'
import type { Graph } from '../../dsl/graph/stage.ts'
import { compile } from '../../dsl/language/compile.ts'
import type { DataFacts } from '../../runtime/data/facts.ts'
import { Interruption } from '../../runtime/execution/interruption.ts'
import { runOn } from '../../runtime/execution/scheduler.ts'
import { dataOf } from '../../runtime/kinds/kinds.ts'
import { dataKey } from '../../runtime/plan/plan.ts'
import type { Digest } from '../../runtime/store/address.ts'
import { writeArtifact } from '../../runtime/store/artifact.ts'
import { memoryStore } from '../../runtime/store/memory/memory-store.ts'
import { adam, compare, digits, lenet300, type Runnable, seeds, task } from '../../stdlib/index.ts'
import { SimulatedCluster } from './simulated-cluster.ts'

export interface ScaleOptions {
  readonly stages: number
  readonly workers: number
  /** Times the published rate of failures. */
  readonly failures: number
  readonly seed: number
}

/** Ten seeds of as many arms as it takes: each trains with its own learning rate, is pruned and trained again. */
function studyOf(stages: number): Graph {
  const arms = Math.max(1, Math.round(stages / 40))
  const study: Runnable = seeds(10, (seed) =>
    compare(
      Object.fromEntries(
        Array.from({ length: arms }, (_, arm) => {
          const { train } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 * (1 + arm / arms) }), epochs: 2, seed })
          return [`arm${arm}`, train().prune(0.9).finetune()]
        }),
      ),
    ),
  )
  return compile({ default: study })
}

export async function simulate({ stages, workers, failures, seed }: ScaleOptions) {
  const graph = studyOf(stages)
  const store = memoryStore()
  const artifacts = new Map<string, Digest>()
  for (const { path, kind } of graph.stages)
    if (kind !== 'evaluate')
      artifacts.set(path, await writeArtifact(store.objects, { topology: topologyOf(path), weights: new Map(), masks: new Map() }))
  const facts: DataFacts = {
    digest: `sha256:${'d'.repeat(64)}`,
    input: [28, 28, 1],
    classes: 10,
    trainExamples: 8000,
  }
  const data = new Map(graph.stages.flatMap((stage) => dataOf(stage) ?? []).map((spec) => [dataKey(spec), facts]))
  const scope = Effect.runSync(Scope.make())
  const clock = Effect.runSync(Effect.provideService(TestClock.make(), Scope.Scope, scope))
  const cluster = new SimulatedCluster({ workers, failures, seed, artifacts })
  const [began, used] = [performance.now(), process.cpuUsage()]
  let [over, heap] = [false, 0]
  const run = runOn(Effect.succeed(cluster), {
    ...{ graph, store, data, file: 'scale.pipeline.ts', resources: { slots: workers, threads: 1 } },
    interruption: new Interruption(),
    onEvent: ({ event }) => {
      if (event === 'stage-done') cluster.published()
    },
  })
  const end = Effect.runPromise(Effect.provideService(run, Clock.Clock, clock)).finally(() => {
    over = true
  })
  for (let turns = 0; !over; turns++) {
    // All that the last moment has woken has its turn before time goes on.
    for (let before = -1; before !== cluster.activity || cluster.unpublished > 0; ) {
      before = cluster.activity
      for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
      if (over) break
    }
    if (over) break
    await Effect.runPromise(clock.adjust(cluster.advance() * 1000))
    if (turns % 1000 === 0) heap = Math.max(heap, process.memoryUsage().heapUsed)
  }
  const { stages: counts } = await end
  await Effect.runPromise(Scope.close(scope, Exit.void))
  const { user, system } = process.cpuUsage(used)
  return {
    ...{ stages: graph.stages.length, done: counts.run + counts.resumed, failed: counts.failed, workers, failures },
    ...cluster.report(graph),
    scheduler: {
      processorSeconds: (user + system) / 1e6,
      millisecondsAStage: (user + system) / 1000 / graph.stages.length,
      wallSeconds: (performance.now() - began) / 1000,
      heapMB: heap / 1e6,
    },
  }
}
