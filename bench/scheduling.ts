/** Overhead of the scheduler and a store on disk for a stage that takes no time: lookup, lease, result, journal. */
import * as Effect from 'effect/Effect'
import type { Graph } from '../dsl/graph/stage.ts'
import type { Executor } from '../runtime/execution/executor.ts'
import { Interruption } from '../runtime/execution/interruption.ts'
import { runOn } from '../runtime/execution/scheduler.ts'
import type { DataFactsByKey } from '../runtime/plan/plan.ts'
import type { Digest } from '../runtime/store/address.ts'
import { writeArtifact } from '../runtime/store/artifact.ts'
import type { Store } from '../runtime/store/store.ts'

export interface Overhead {
  /** Milliseconds per stage. */
  readonly wall: number
  /** Processor time in this process. */
  readonly processor: number
}

/** Runs a graph whose workers respond at once; each result is on the disk before the next stage starts. */
export async function schedulingOverhead(graph: Graph, store: Store, data: DataFactsByKey): Promise<Overhead> {
  // Artifacts are written beforehand: that is the stages' own work.
  const made = new Map<string, Digest>()
  for (const { path, kind } of graph.stages)
    if (kind !== 'evaluate')
      made.set(path, await writeArtifact(store.objects, { topology: topologyOf(path), weights: new Map(), masks: new Map() }))
  const executor: Executor = {
    capacity: ({ slots }) => ({ slots, places: { usual: slots, processor: slots }, bytes: Number.MAX_SAFE_INTEGER }),
    run: ({ path }, _, onEvent) =>
      Effect.sync(() => {
        onEvent({ type: 'assigned' })
        return { artifact: made.get(path) ?? null, snapshots: {}, metrics: {}, numerics: null }
      }),
    stop: () => {},
    kill: () => {},
  }
  const [began, used] = [performance.now(), process.cpuUsage()]
  const { stages } = await Effect.runPromise(
    runOn(Effect.succeed(executor), {
      graph,
      store,
      data,
      file: 'bench.pipeline.ts',
      resources: { slots: 2, threads: 1 },
      interruption: new Interruption(),
      onEvent: () => {},
    }),
  )
  const [wall, { user, system }] = [performance.now() - began, process.cpuUsage(used)]
  const { length } = graph.stages
  if (stages.run !== length) throw new Error(`not every stage was run: ${JSON.stringify(stages)}`)
  return { wall: wall / length, processor: (user + system) / 1000 / length }
}

/** A network without weights, distinguished by its name. */
export const topologyOf = (name: string) => ({ model: { name, options: {} }, input: [1], classes: 1, parameters: [], outputLayer: '' })
