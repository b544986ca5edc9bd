import { expect, test } from 'vitest'
import { resultsTable } from '../../../runtime/views/results-table.ts'
import { result } from '../terminal/events.ts'

test('arms by columns that somebody measured: means, deviations, and paired differences to the dense arm', () => {
  const table = resultsTable([
    result('pruned', 0, { 'test/accuracy': 0.93, sparsity: 0.9 }),
    result('dense', 0, { 'test/accuracy': 0.95 }),
    result('pruned', 1, { 'test/accuracy': 0.95, sparsity: 0.9 }),
    result('dense', 1, { 'test/accuracy': 0.96 }),
  ])
  expect(table.columns.map(({ metric, unit }) => [metric, unit])).toEqual([
    ['test/accuracy', 'percent'],
    ['sparsity', 'fraction'],
  ])
  expect(table).toMatchObject({ baseline: 'dense', compared: 'test/accuracy', seeds: 2 })
  const [pruned, dense] = table.rows
  expect(pruned).toMatchObject({
    arm: 'pruned',
    isBaseline: false,
    seeds: 2,
    cells: [{ mean: expect.closeTo(0.94, 12) }, { mean: 0.9, std: 0 }],
  })
  // By hand: −0.02 and −0.01.
  expect(pruned!.difference).toEqual({ mean: expect.closeTo(-0.015, 12), std: expect.closeTo(0.01 / Math.SQRT2, 12) })
  expect(dense).toMatchObject({ isBaseline: true, difference: null, cells: [{ mean: expect.closeTo(0.955, 12) }, null] })
})

test('an arm called a/b and an arm b inside an arm a are two rows', () => {
  const labelled = (...values: readonly string[]) => ({
    path: 'p',
    labels: values.map((value, i) => ({ axis: i === 0 ? 'arm' : `arm${i + 1}`, value })),
    artifact: null,
    metrics: { 'test/accuracy': 0.5 },
  })
  expect(resultsTable([labelled('dense'), labelled('a/b'), labelled('a', 'b')]).rows.map(({ arm }) => arm)).toEqual([
    'dense',
    '"a/b"',
    'a/b',
  ])
})

test('of several targets each has its own baseline, and the table says what they are called', () => {
  const of = (target: string, arm: string, accuracy: number) => ({
    ...{ path: `${target}/${arm}`, artifact: null, metrics: { 'test/accuracy': accuracy } },
    labels: [
      { axis: 'target', value: target },
      { axis: 'arm', value: arm },
    ],
  })
  const small = [of('small', 'dense', 0.9), of('small', 'pruned', 0.8)]
  const table = resultsTable([...small, of('large', 'dense', 0.7), of('large', 'pruned', 0.75)])
  expect(table.baseline).toBe('dense')
  expect(table.rows.map(({ arm, isBaseline, difference }) => [arm, isBaseline, difference?.mean ?? null])).toEqual([
    ['small/dense', true, null],
    ['small/pruned', false, expect.closeTo(-0.1, 12)],
    ['large/dense', true, null],
    ['large/pruned', false, expect.closeTo(0.05, 12)],
  ])
  expect(resultsTable([...small, of('a', 'x', 1), of('a', 'y', 1), of('b', 'z', 1), of('b', 'y', 1)]).baseline).toBe('dense or x or z')
})

test('without results the table is empty', () => {
  expect(resultsTable([])).toEqual({ columns: [], ranking: [], baseline: null, compared: 'test/accuracy', seeds: 0, rows: [] })
})

test('texts are ranked by perplexity, the least first, and numbers by R²', () => {
  const texts = resultsTable([
    result('dense', 0, { 'test/perplexity': 5, 'test/accuracy': 0.5 }),
    result('dsd', 0, { 'test/perplexity': 4, 'test/accuracy': 0.4 }),
  ])
  expect(texts.columns.map(({ metric }) => metric)).toEqual(['test/perplexity', 'test/accuracy'])
  expect(texts).toMatchObject({ compared: 'test/perplexity', ranking: ['dsd', 'dense'], baseline: 'dense' })
  expect(texts.rows[1]!.difference).toEqual({ mean: -1, std: null })
  const numbers = resultsTable([result('dense', 0, { 'test/r2': 0.5 }), result('b', 0, { 'test/r2': 0.9 })])
  expect(numbers.ranking).toEqual(['b', 'dense'])
})

test('metrics of the user’s have columns, those of test', () => {
  const better = { 'test/mae': 'lower', 'validation/mae': 'lower' } as const
  const table = resultsTable([{ ...result('dense', 0, { 'test/r2': 0.5, 'test/mae': 2, 'validation/mae': 1 }), better }])
  expect(table.columns.map(({ title }) => title)).toEqual(['test R²', 'test mae'])
})
