import { expect, test } from 'vitest'
import { Output } from '../../../runtime/format/output.ts'
import { widthOf } from '../../../runtime/format/width.ts'
import type { ArmResult } from '../../../runtime/run-event.ts'
import { tableLines } from '../../../runtime/terminal/table.ts'
import { resultsTable } from '../../../runtime/views/results-table.ts'
import { result } from './events.ts'

const table = (results: readonly ArmResult[], width = 120) => tableLines(resultsTable(results), width)
const measured = (test: number, more = {}) => ({ 'test/accuracy': test, 'test/loss': 0.25, sparsity: 0, ...more })

test('an arm is a row: mean ± deviation over its seeds, and the paired difference to the dense arm', () => {
  const results = [
    result('pruned', 0, measured(0.93, { sparsity: 0.9, compressionRatio: 9.85 })),
    result('dense', 0, measured(0.95, { compressionRatio: 1 })),
    result('pruned', 1, measured(0.95, { sparsity: 0.9, compressionRatio: 9.85 })),
    result('dense', 1, measured(0.96, { compressionRatio: 1 })),
  ]
  expect(table(results)).toEqual([
    '        test accuracy %        test loss  sparsity  compression    Δ to dense  seeds',
    'pruned     94.00 ± 1.41  0.2500 ± 0.0000       0.9         9.8×  −1.50 ± 0.71      2',
    'dense      95.50 ± 0.71  0.2500 ± 0.0000         0         1.0×                    2',
    'Best test accuracy: dense 95.50 ± 0.71 %, the baseline',
    'Next: pruned, −1.50 ± 0.71 to it',
  ])
})

test('without an arm called dense the first is the baseline', () => {
  const [head, first, second] = table([result('a', undefined, measured(0.9)), result('b', undefined, measured(0.925))])
  expect(head).toMatch(/Δ to a$/)
  expect(first).toMatch(/^a +90\.00 +0\.2500 +0$/)
  expect(second).toMatch(/\+2\.50$/)
})

test('a difference counts only the seeds that both arms have', () => {
  const results = [
    result('dense', 0, measured(0.9)),
    result('dense', 1, measured(0.8)),
    result('pruned', 1, measured(0.7)),
    result('other', 2, measured(0.7)),
  ]
  const rows = table(results)
  expect(rows.find((row) => row.startsWith('pruned'))).toMatch(/ −10\.00 +1$/)
  expect(rows.find((row) => row.startsWith('other'))).toMatch(/ – +1$/)
})

test('a control that was drawn several times for each seed is compared by its mean at that seed', () => {
  const inside = (arm: string, seed: number, draw: number, value: number): ArmResult => {
    const { labels, ...rest } = result(arm, seed, measured(value))
    return { ...rest, labels: [...labels, { axis: 'seed2', value: String(draw) }] }
  }
  const results = [
    result('dense', 0, measured(0.9)),
    result('dense', 1, measured(0.8)),
    inside('reinit', 0, 0, 0.86),
    inside('reinit', 0, 1, 0.84),
    inside('reinit', 1, 0, 0.79),
    inside('reinit', 1, 1, 0.75),
  ]
  // By hand: 0.85 − 0.9 and 0.77 − 0.8, so −0.04 ± 0.02/√2. The mean of the four is 0.81.
  expect(table(results).at(-3)).toMatch(/^reinit +81\.00 ± 4\.97 .* −4\.00 ± 1\.41 +4$/)
})

test('a single pipeline is one row without a comparison; what nobody measured has no column', () => {
  const alone = { path: 'default', labels: [], artifact: null, metrics: { 'test/accuracy': 0.5 } }
  expect(table([alone])).toEqual(['         test accuracy %', 'default            50.00'])
  expect(table([])).toEqual([])
})

test('columns stay aligned', () => {
  const rows = table([result('dense', 0, measured(0.9)), result('a-rather-long-name', 0, measured(1, { sparsity: 0.98765 }))])
  const ends = (row: string) => row.indexOf(/ \d+\.\d\d /.exec(row)![0])
  expect(ends(`${rows[1]} `)).toBe(ends(`${rows[2]} `) + 1)
})

test('columns stay aligned under wide characters', () => {
  const rows = table([
    result('剪定済み', undefined, measured(0.9)),
    result('a 🌳', undefined, measured(0.8)),
    result('dense', undefined, measured(0.7)),
  ])
  expect(rows.slice(1, 4).map((row) => widthOf(row.slice(0, row.indexOf('0.2500'))))).toEqual([30, 30, 30])
})

const everything = (accuracy: number) => measured(accuracy, { sparsity: 0.9, compressionRatio: 9.85, speedup: 4.2 })
const wideStudy = [0, 1].flatMap((seed) => [
  result('dense', seed, everything(0.9 + seed / 50)),
  result('一つの長い名前の剪定済みネットワーク', seed, everything(0.8)),
  result(`pruned-${'by-some-criterion-'.repeat(3)}and-rewound`, seed, everything(0.8)),
])

test('in a file or a pipe nothing is left out and no name is cut', () => {
  const { columns } = new Output(() => ({ write: () => {} }))
  const lines = table(wideStudy, columns)
  expect(lines.join('\n')).not.toMatch(/Left out|…/)
  expect(lines[0]).toMatch(/test accuracy % .*test loss.*sparsity.*compression.*seeds/)
  expect(new Output(() => ({ write: () => {}, isTTY: true })).columns).toBe(80)
})

test.each([60, 80, 120, 200])('in %i columns no line is wider, names keep their ends, and what is left out is said', (columns) => {
  const lines = table(wideStudy, columns)
  expect(lines.filter((line) => widthOf(line) > columns)).toEqual([])
  expect(lines[3]).toMatch(/-rewound/)
  expect(lines[0]).toMatch(/test accuracy %.*Δ to dense/)
  const left = lines.length > 6 ? lines.at(-3)!.trim().split(', ') : []
  const shown = ['test loss', 'speed-up', 'sparsity', 'compression', 'seeds'].filter((title) => lines[0]!.includes(title))
  expect([...left, ...shown].sort()).toEqual(['compression', 'seeds', 'sparsity', 'speed-up', 'test loss'])
})

test('columns go in one order: the loss, the speed-up, the sparsity, the compression, the seeds', () => {
  expect([60, 70, 90, 110, 120, 200].map((columns) => table(wideStudy, columns).slice(5, -2))).toEqual([
    ['  test loss, speed-up, sparsity, compression, seeds'],
    ['  test loss, speed-up, sparsity, compression'],
    ['  test loss, speed-up, sparsity'],
    ['  test loss, speed-up'],
    ['  test loss'],
    [],
  ])
})

test('the best arm is named with its difference to the baseline, however narrow the screen', () => {
  const results = [
    result('dense', 0, measured(0.9)),
    result(`a-${'long-'.repeat(20)}name`, 0, measured(0.925)),
    result('c', 0, measured(0.91)),
  ]
  expect(table(results, 200).at(-1)).toBe(`Best test accuracy: a-${'long-'.repeat(20)}name 92.50 %, +2.50 to dense`)
  expect(table(results, 60).at(-1)).toMatch(/^Best test accuracy: …[a-z-]+name 92\.50 %, \+2\.50 to dense$/)
  expect(widthOf(table(results, 60).at(-1)!)).toBe(60)
})
