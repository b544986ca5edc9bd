import { expect, test } from 'vitest'
import type { ArmResult } from '../../../runtime/run-event.ts'
import { paperTable } from '../../../runtime/views/paper-table.ts'
import { result as arm } from '../terminal/events.ts'

/** Accuracies of two arms over three seeds. */
const study = (first: readonly number[], second: readonly number[]) => [
  ...first.map((accuracy, seed) => arm('a', seed, { 'test/accuracy': accuracy, 'test/loss': 1 - accuracy })),
  ...second.map((accuracy, seed) => arm('b', seed, { 'test/accuracy': accuracy, 'test/loss': 1 - accuracy })),
]
const asked = { file: 'a.pipeline.ts', target: 'default', bySeed: false }
const bestIn = (arms: readonly ArmResult[]) => paperTable(arms, asked).rows.map(({ cells }) => cells.map((cell) => cell?.best))

test('means and spreads by hand', () => {
  const { columns, rows, seeds } = paperTable(study([0.8, 0.9, 1], [0.5, 0.5, 0.5]), asked)
  expect(columns.map(({ name }) => name)).toEqual(['test/accuracy', 'test/loss'])
  expect(seeds).toBe(3)
  const [accuracy] = rows[0]!.cells
  expect(accuracy!.mean).toBeCloseTo(0.9, 12)
  expect(accuracy!.std).toBeCloseTo(0.1, 12)
})

test('the best is marked where its paired difference to the next is decided, a loss the smallest', () => {
  // Differences 0.30, 0.31, 0.32: t = 0.31 / (0.01 / √3) = 53.7, far above 4.30.
  expect(bestIn(study([0.8, 0.9, 0.7], [0.5, 0.59, 0.38]))).toEqual([
    [true, true],
    [false, false],
  ])
  // Differences 0.3, −0.1, 0.1: t = 0.1 / (0.2 / √3) = 0.87.
  expect(bestIn(study([0.8, 0.6, 0.7], [0.5, 0.7, 0.6])).flat()).not.toContain(true)
  expect(bestIn(study([0.9], [0.1])).flat()).not.toContain(true)
  expect(bestIn(study([0.5, 0.5], [0.5, 0.5])).flat()).not.toContain(true)
})

test('seed by seed there is a row for each, and what was not measured is empty', () => {
  const arms = [...study([0.8, 0.9], [0.5, 0.6]).slice(0, 3), arm('b', 1, {})]
  const { rows } = paperTable(arms, { ...asked, bySeed: true })
  expect(rows.map(({ arm, seed, cells }) => [arm, seed, cells[0]?.mean ?? null])).toEqual([
    ['a', '0', 0.8],
    ['a', '1', 0.9],
    ['b', '0', 0.5],
    ['b', '1', null],
  ])
})

test('metrics are those that are named; nothing of that name, and nothing at all, are refused', () => {
  const arms = study([0.8], [0.5])
  expect(paperTable(arms, { ...asked, metrics: ['test/loss'] }).columns.map(({ name }) => name)).toEqual(['test/loss'])
  expect(() => paperTable(arms, { ...asked, metrics: ['speed'] })).toThrow(/There is no metric 'speed'/)
  expect(() => paperTable([arm('a', 0, {})], asked)).toThrow(/no results yet/)
})

test('of a metric of the user’s the better way is that of the arms; it has a column of its own', () => {
  const measured = (name: string, seed: number, mae: number) => ({
    ...arm(name, seed, { 'test/mae': mae, 'validation/mae': mae }),
    better: { 'test/mae': 'lower' as const, 'validation/mae': 'lower' as const },
  })
  const arms = [0.2, 0.21].flatMap((mae, seed) => [measured('a', seed, mae), measured('b', seed, mae + 0.1 + 0.01 * seed)])
  const { columns, rows } = paperTable(arms, asked)
  expect(columns.map(({ name, better }) => [name, better])).toEqual([['test/mae', 'lower']])
  expect(rows.map(({ cells }) => cells[0]?.best)).toEqual([true, false])
})
