import { expect, test } from 'vitest'
import { csvLines } from '../../../runtime/terminal/csv.ts'
import { result } from './events.ts'

test('a row for each arm and seed, a column for each label and metric, empty where there is none', () => {
  const a = result('dense', 0, { 'test/accuracy': 0.5 })
  const b = result('pruned', 1, { 'test/accuracy': 0.25, sparsity: 0.9 })
  expect(csvLines([a, b])).toEqual([
    'path,seed,arm,artifact,test/accuracy,sparsity',
    `seed=0/dense,0,dense,${a.artifact},0.5,`,
    `seed=1/pruned,1,pruned,${b.artifact},0.25,0.9`,
  ])
})

test('commas, quotes and line breaks in names are quoted', () => {
  const [, row] = csvLines([{ ...result('a', undefined, {}), path: 'a,"b"\nc', artifact: null }])
  expect(row).toBe('"a,""b""\nc",a,')
})

test('no results are a header alone', () => expect(csvLines([])).toEqual(['path,artifact']))
