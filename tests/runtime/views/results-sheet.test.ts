import { expect, test } from 'vitest'
import { resultsSheet } from '../../../runtime/views/results-sheet.ts'
import { result } from '../terminal/events.ts'

test('a row for each arm and seed, a column for each label and metric, null where there is none', () => {
  const a = result('dense', 0, { 'test/accuracy': 0.5 })
  const b = result('pruned', 1, { 'test/accuracy': 0.25, sparsity: 0.9 })
  expect(resultsSheet([a, b])).toEqual({
    columns: ['path', 'seed', 'arm', 'artifact', 'test/accuracy', 'sparsity'],
    rows: [
      ['seed=0/dense', '0', 'dense', a.artifact, 0.5, null],
      ['seed=1/pruned', '1', 'pruned', b.artifact, 0.25, 0.9],
    ],
  })
})

test('an axis that has the name of a metric keeps a column of its own', () => {
  const tried = { path: 'sparsity=0.9', labels: [{ axis: 'sparsity', value: '0.9' }], artifact: null, metrics: { sparsity: 0.8999 } }
  expect(resultsSheet([tried])).toEqual({
    columns: ['path', 'label/sparsity', 'artifact', 'sparsity'],
    rows: [['sparsity=0.9', '0.9', null, 0.8999]],
  })
})

test('no results are columns alone', () => expect(resultsSheet([])).toEqual({ columns: ['path', 'artifact'], rows: [] }))
