import { expect, test } from 'vitest'
import type { PruneOptions } from '../../../dsl/graph/stage-options.ts'
import type { FilterFacts, FilterScore } from '../../../dsl/parts/criteria.ts'
import { filterCriterion } from '../../../stdlib/index.ts'
import type { ChannelGroup } from '../../../stdlib/models/structure/channels.ts'
import { filterScores } from '../../../stdlib/prune/custom-filter.ts'
import { FunctionProblem } from '../../../stdlib/user-functions.ts'

const place = (parameter: string, axis: number) => ({ parameter, axis, offset: 0, stride: 2, repeat: 1 })
/** Two layers of two output channels each that stand or fall together. */
const group = {
  size: 2,
  fixed: false,
  producers: ['a', 'b'],
  sources: [place('a/kernel', 3), place('a/bias', 0), place('b/kernel', 3)],
  readers: [],
} as unknown as ChannelGroup
const weights = new Map([
  ['a/kernel', Float32Array.of(1, 10, 2, 20)],
  ['a/bias', Float32Array.of(7, 7)],
  ['b/kernel', Float32Array.of(3, 30, 4, 40)],
])
const shapes = new Map([
  ['a/kernel', [1, 1, 2, 2]],
  ['a/bias', [2]],
  ['b/kernel', [1, 1, 2, 2]],
])

test('each filter is asked about by itself, and scores of layers that share their channels are added, by hand', () => {
  const asked: (readonly [number[], FilterFacts])[] = []
  const sum: FilterScore = (filter, facts) => {
    asked.push([[...filter], facts])
    return filter.reduce((a, b) => a + b, 0)
  }
  expect([...filterScores(group, weights, shapes, sum, 0.5)]).toEqual([10, 100])
  const facts = (layer: string, channel: number) => ({ layer, channel, shape: [1, 1, 2, 2], fraction: 0.5 })
  expect(asked).toEqual([
    [[1, 2], facts('a', 0)],
    [[10, 20], facts('a', 1)],
    [[3, 4], facts('b', 0)],
    [[30, 40], facts('b', 1)],
  ])
})

test('what it does to a filter stays with it', () => {
  filterScores(group, weights, shapes, (filter) => filter.fill(0)[0]!, 0.5)
  expect([...weights.get('a/kernel')!]).toEqual([1, 10, 2, 20])
})

test.each<[string, FilterScore]>([
  ['NaN', () => Number.NaN],
  ['a list', () => [1] as never],
  ['nothing', () => undefined as never],
])('%s is refused in one sentence with the layer and the channel', (_, score) => {
  const refused = () => filterScores(group, weights, shapes, score, 0.5)
  expect(refused).toThrow(FunctionProblem)
  expect(refused).toThrow('Your criterion did not give a score for a filter.')
})

test('it ranks each layer unless told otherwise, as the norms of filters do', () => {
  expect(filterCriterion(0.5, (filter) => filter.length).spec as unknown as PruneOptions).toMatchObject({
    criterion: { kind: 'customFilter' },
    scope: 'layer',
    outputLayer: 'keep',
  })
})
