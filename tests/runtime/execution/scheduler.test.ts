import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Graph, Stage } from '../../../dsl/graph/stage.ts'
import { dataKey } from '../../../runtime/plan/plan.ts'
import type { Store } from '../../../runtime/store/store.ts'
import { facts } from '../plan/stages.ts'
import { temporaryStore } from '../store/temporary-store.ts'
import { MemoryExecutor } from './memory-executor.ts'
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

const executorFor = (store: Store) => new MemoryExecutor(store, { automatic: () => true, takes: ({ key }) => key.charCodeAt(0) % 3 })

test('every stage runs once, after its inputs, and never more at a time than there are slots', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(graphs(false), fc.integer({ min: 1, max: 4 }), async (graph, slots) => {
      const store = await temporaryStore()
      const executor = executorFor(store)
      const { end } = await runIn(store, graph, { resources: { slots, threads: 1 }, executor, data })
      expect(end.stages).toMatchObject({ total: graph.stages.length, run: graph.stages.length })
      expect([...executor.began].sort()).toEqual(graph.stages.map(({ path }) => path).sort())
      expect(executor.most).toBeLessThanOrEqual(slots)
      for (const stage of graph.stages) {
        for (const { stage: id } of Object.values<{ stage: string }>(stage.inputs)) {
          const producer = graph.stages.find((other) => other.id === id)!
          expect(executor.began.indexOf(producer.path)).toBeLessThan(executor.began.indexOf(stage.path))
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
      const executor = executorFor(store)
      const { end } = await runIn(store, graph, { resources: { slots, threads: 1 }, executor, data })
      expect(end.ok).toBe(true)
      const keys = executor.jobs.map(({ job }) => job.key)
      expect(new Set(keys).size).toBe(keys.length)
      expect(end.stages.run + end.stages.hit).toBe(graph.stages.length)
    }),
    { numRuns: 25 },
  )
})
