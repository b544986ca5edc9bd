import * as Effect from 'effect/Effect'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Graph, Stage } from '../../../dsl/graph/stage.ts'
import type { StageRunner } from '../../../runtime/execution/local/stage-runner.ts'
import { dataKey } from '../../../runtime/plan/plan.ts'
import { writeArtifact } from '../../../runtime/store/artifact.ts'
import type { Store } from '../../../runtime/store/store.ts'
import { facts } from '../plan/stages.ts'
import { temporaryStore } from '../store/temporary-store.ts'
import { networkOf } from './network-of.ts'
import { runIn } from './running.ts'

/** A stage with as many inputs as its kind takes, told apart by its option. */
const stageOf = (index: number, inputs: readonly number[], unique: number): Stage => {
  const ref = (i: number) => ({ stage: `s${i}` })
  const base = { id: `s${index}`, path: `stage ${index}`, verb: 'test' }
  const prune = { criterion: { kind: 'magnitude' }, scope: 'global', sparsity: 0.5, of: 'remaining', outputLayer: 'same' } as const
  if (inputs.length === 0) return { ...base, kind: 'init', options: { model: { name: 'none', options: {} }, seed: unique }, inputs: {} }
  if (inputs.length === 1)
    return { ...base, kind: 'prune', options: { ...prune, exclude: [String(unique)] }, inputs: { model: ref(inputs[0]!) } }
  const method = { kind: 'kd', temperature: 1, alpha: 1 } as const
  const optimizer = { kind: 'sgd', lr: { kind: 'constant', lr: 1 }, momentum: 0, nesterov: false, weightDecay: 0 } as const
  const options = { data: { name: 'digits', options: {} }, optimizer, batch: 64, epochs: 1, from: 0, seed: unique, method }
  return { ...base, kind: 'distill', options, inputs: { model: ref(inputs[0]!), teacher: ref(inputs[1]!) } }
}

/** Random graphs; with `twins` some stages have the same options as another one. */
const graphs = (twins: boolean): fc.Arbitrary<Graph> =>
  fc.integer({ min: 1, max: 14 }).chain((size) =>
    fc
      .tuple(
        ...Array.from({ length: size }, (_, i) =>
          fc.tuple(fc.uniqueArray(fc.nat({ max: Math.max(0, i - 1) }), { maxLength: Math.min(2, i) }), fc.nat({ max: 1 })),
        ),
      )
      .map((shape) => ({
        stages: shape.map(([inputs, twin], i) => stageOf(i, inputs, twins ? twin : i)),
        targets: [],
      })),
  )

/** Known without reading them. */
const data = new Map([[dataKey({ name: 'digits', options: {} }), facts]])

interface Log {
  readonly ran: string[]
  readonly keys: string[]
  most: number
  running: number
}

/** Writes an artifact that depends on the key, after a turn of the event loop. */
const runnerFor = (store: Store, log: Log): Effect.Effect<StageRunner> =>
  Effect.succeed({
    run: (job) =>
      Effect.promise(async () => {
        log.ran.push(job.path)
        log.keys.push(job.key)
        log.running++
        log.most = Math.max(log.most, log.running)
        await new Promise((resolve) => setTimeout(resolve, job.key.charCodeAt(0) % 3))
        log.running--
        return { artifact: await writeArtifact(store.objects, networkOf(job.key)), snapshots: {}, metrics: {}, numerics: null }
      }),
    stop: () => {},
    kill: () => {},
  })

test('every stage runs once, after its inputs, and never more at a time than there are slots', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(graphs(false), fc.integer({ min: 1, max: 4 }), async (graph, slots) => {
      const store = await temporaryStore()
      const log: Log = { ran: [], keys: [], most: 0, running: 0 }
      const { end } = await runIn(store, graph, { resources: { slots, threads: 1 }, runner: runnerFor(store, log), data })
      expect(end.stages).toMatchObject({ total: graph.stages.length, run: graph.stages.length })
      expect([...log.ran].sort()).toEqual(graph.stages.map(({ path }) => path).sort())
      expect(log.most).toBeLessThanOrEqual(slots)
      for (const stage of graph.stages) {
        for (const { stage: id } of Object.values<{ stage: string }>(stage.inputs)) {
          const producer = graph.stages.find((other) => other.id === id)!
          expect(log.ran.indexOf(producer.path)).toBeLessThan(log.ran.indexOf(stage.path))
        }
      }
    }),
    { numRuns: 25 },
  )
})

test('stages that turn out to have the same key are computed once', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(graphs(true), fc.integer({ min: 1, max: 4 }), async (graph, slots) => {
      const store = await temporaryStore()
      const log: Log = { ran: [], keys: [], most: 0, running: 0 }
      const { end } = await runIn(store, graph, { resources: { slots, threads: 1 }, runner: runnerFor(store, log), data })
      expect(end.ok).toBe(true)
      expect(new Set(log.keys).size).toBe(log.keys.length)
      expect(end.stages.run + end.stages.hit).toBe(graph.stages.length)
    }),
    { numRuns: 25 },
  )
})
