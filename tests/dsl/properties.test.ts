import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Graph, Stage } from '../../dsl/graph/stage.ts'
import { adam, compare, cubic, ensemble, filterL1, PipelineProblem, type Runnable, seeds, simkd, sweep, task } from '../../dsl/index.ts'
import { compile } from '../../dsl/language/compile.ts'
import { conv, dots, members, tiny } from './tiny.ts'

const optimizer = adam({ lr: 1e-3 })
const small = task({ model: tiny(), data: dots(), optimizer, epochs: 4 })
const big = task({ model: conv(), data: dots(), optimizer, epochs: 2 })
const many = task({ model: members(2), data: dots(), optimizer, epochs: 2 })

/** As untyped code sees a pipeline. */
type Verbs = Record<string, (...given: unknown[]) => Verbs>
const untyped = (pipeline: Runnable) => pipeline as unknown as Verbs
const typed = (pipeline: Verbs) => pipeline as unknown as Runnable

const fraction = fc.constantFrom(0, 0.2, 0.5)
const seed = fc.constantFrom(0, 1)
const name = fc.constantFrom('init', 'a', 'b')
const verb: fc.Arbitrary<(p: Verbs) => Verbs> = fc.oneof(
  fc.constantFrom(undefined, { a: 1 }, { a: 2, b: 4 }).map((keep) => (p: Verbs) => p.train!(keep && { keep })),
  seed.map((seed) => (p: Verbs) => p.train!({ seed })),
  fc.constant((p: Verbs) => p.finetune!()),
  fraction.map((f) => (p: Verbs) => p.prune!(f)),
  fraction.map((f) => (p: Verbs) => p.prune!({ out: f })),
  fraction.map((f) => (p: Verbs) => p.prune!(f, { schedule: cubic() })),
  fraction.map((f) => (p: Verbs) => p.prune!(filterL1(f))),
  fraction.map((f) => (p: Verbs) => p.dpf!(f)),
  fc.constantFrom({ epoch: 1 }, { epoch: 2 }, { step: 3 }).map((to) => (p: Verbs) => p.rewind!(to)),
  fc.constantFrom('dense', 'shrink', 'mergeMembers').map((verb) => (p: Verbs) => p[verb]!()),
  fc.constant((p: Verbs) => p.reinit!({ shuffleMask: true, weights: 'keep' })),
  fc.nat(1).map((n) => (p: Verbs) => p.distill!(ensemble(n + 1, (seed) => big.train({ seed })))),
  fc.constant((p: Verbs) => p.distill!(big.train(), simkd())),
  name.map((to) => (p: Verbs) => p.rewind!(to)),
  fc.constant((p: Verbs) => p.reinit!()),
  fraction.map((at) => (p: Verbs) => p.interpolate!(p.finetune!(), at)),
  name.map((as) => (p: Verbs) => p.snapshot!(as)),
  fc.constant((p: Verbs) => p.evaluate!()),
  seed.map((seed) => (p: Verbs) => p.distill!(big.train({ seed }))),
  fc.constant((p: Verbs) => p.distill!(p)),
  fc.nat(2).map((n) => (p: Verbs) => p.repeat!(n + 1, (q: Verbs) => q.prune!(0.1).train!())),
)

/** Any chain of verbs; those that make no sense where they stand are refused and left out. */
const chain: fc.Arbitrary<Runnable> = fc
  .tuple(fc.constantFrom(small, big, many), seed, fc.array(verb, { maxLength: 12 }))
  .map(([task, seed, verbs]) =>
    typed(
      verbs.reduce<Verbs>(
        (p, verb) => {
          try {
            return verb(p)
          } catch (refused) {
            if (refused instanceof PipelineProblem) return p
            throw refused
          }
        },
        untyped(task.init({ seed })),
      ),
    ),
  )

const study: fc.Arbitrary<Runnable> = fc.letrec<{ study: Runnable }>((tie) => ({
  study: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    chain,
    fc.dictionary(fc.constantFrom('x', 'y', 'train', 'teacher', 'a/b', 'seed=0'), tie('study'), { minKeys: 1, maxKeys: 3 }).map(compare),
    fc.array(tie('study'), { minLength: 1, maxLength: 3 }).map((all) => seeds(all.length, (seed) => all[seed]!)),
    fc.array(tie('study'), { minLength: 1, maxLength: 2 }).map((all) => sweep({ x: { ...all } }, ({ x }) => x)),
  ),
})).study

/** A stage by its meaning alone: a digest of what it does and of everything it is made from. */
const meanings = ({ stages }: Graph): ReadonlyMap<string, string> => {
  const known = new Map<string, string>()
  const sorted = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value)
          .map(([key, part]) => [key, sorted(part)])
          .sort(([a], [b]) => String(a).localeCompare(String(b)))
      : value
  for (const { id, kind, options, inputs } of stages) {
    const from = Object.entries(inputs as Stage['inputs'] & Record<string, { stage: string; epoch?: number; step?: number }>).map(
      ([role, ref]) => [role, ref.epoch ?? null, ref.step ?? null, known.get(ref.stage)],
    )
    known.set(
      id,
      createHash('sha256')
        .update(JSON.stringify([kind, sorted(options), from]))
        .digest('hex'),
    )
  }
  return known
}

test('every graph is in order, without duplicates, with unique paths and ids', () => {
  fc.assert(
    fc.property(study, study, (one, two) => {
      const graph = compile({ default: one, two })
      const before = new Set<string>()
      for (const stage of graph.stages) {
        for (const ref of Object.values(stage.inputs)) expect(before).toContain(ref.stage)
        expect(stage.id).toBe(`s${before.size}`)
        before.add(stage.id)
      }
      const all = meanings(graph)
      expect(new Set(all.values()).size).toBe(graph.stages.length)
      expect(new Set(graph.stages.map(({ path }) => path)).size).toBe(graph.stages.length)
      const arms = graph.targets.flatMap((target) => target.arms)
      expect(new Set(arms.map(({ path }) => path)).size).toBe(arms.length)
      for (const { model, metrics } of arms) {
        const stage = graph.stages.find(({ id }) => id === metrics)
        expect(stage).toMatchObject({ kind: 'evaluate', inputs: { model: { stage: model } } })
      }
    }),
    { numRuns: 200 },
  )
})

test('compiling together gives the stages of each alone, once', () => {
  fc.assert(
    fc.property(study, study, (one, two) => {
      const alone = [compile({ default: one }), compile({ default: two })].flatMap((graph) => [...meanings(graph).values()])
      const together = meanings(compile({ default: one, two }))
      expect([...together.values()].sort()).toEqual([...new Set(alone)].sort())
    }),
    { numRuns: 100 },
  )
})

test('compiling again gives the same graph', () => {
  fc.assert(
    fc.property(study, (one) => {
      expect(compile({ default: one })).toEqual(compile({ default: one }))
    }),
    { numRuns: 50 },
  )
})
