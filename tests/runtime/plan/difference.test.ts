import { expect, test } from 'vitest'
import type { Stage } from '../../../dsl/graph/stage.ts'
import { changesOf, type Planned } from '../../../runtime/plan/difference.ts'
import type { PlannedStage } from '../../../runtime/plan/plan.ts'
import { dataFacts, graphOf, init, prune, train } from './stages.ts'

/** As planned before anything has run, but for those that are hits. */
const planned = (stages: readonly Stage[], hits: readonly string[] = []): Planned => ({
  graph: graphOf(...stages),
  data: dataFacts,
  plan: {
    hits: new Map(),
    stages: stages.map(({ id, path, kind }): PlannedStage => {
      const hit = hits.includes(path)
      return { id, path, kind, status: hit ? 'hit' : 'run', key: null, artifact: null, reasons: [], manifest: null }
    }),
  },
})
const paths = (stages: readonly PlannedStage[]) => stages.map(({ path }) => path)
const before = [init('init'), train('train', 'init'), prune('prune', 'train')]

test('an option that changed begins its stage and all after it, and what came before stays', () => {
  const after = [init('init'), train('train', 'init'), prune('prune', 'train', { sparsity: 0.8 })]
  const { begins, falls, stays } = changesOf(planned(before), planned(after))
  expect(paths(begins)).toEqual(['prune'])
  expect([falls, stays]).toEqual([1, 2])
})

test('what only moved or was renamed is the same, whether it has run meanwhile or not', () => {
  const moved = [init('a/init'), train('a/train', 'a/init'), prune('a/prune', 'a/train')]
  expect(changesOf(planned(before), planned(moved, ['a/init', 'a/train']))).toMatchObject({
    begins: [],
    found: [],
    falls: 0,
    stays: 3,
    open: 1,
  })
})

test('what is new and in the store is found, not run', () => {
  const after = [...before, prune('other', 'train', { sparsity: 0.5 })]
  const { begins, found } = changesOf(planned(before), planned(after, ['other']))
  expect([paths(begins), paths(found)]).toEqual([[], ['other']])
})

test('a change at the beginning changes everything after it', () => {
  const after = [init('init', 7), train('train', 'init'), prune('prune', 'train')]
  expect(changesOf(planned(before), planned(after))).toMatchObject({ falls: 3, stays: 0 })
})

test('what is asked of the machine changes a stage and all after it: they are asked for again', () => {
  const [first, second, third] = before as [Stage, Stage, Stage]
  const after = [first, { ...second, resources: { device: 'cpu' as const } }, third]
  const { begins, falls, stays } = changesOf(planned(before), planned(after))
  expect([paths(begins), falls, stays]).toEqual([['train', 'prune'], 2, 1])
})

test('at first everything is new', () => {
  expect(changesOf(undefined, planned(before)).begins).toHaveLength(3)
})
