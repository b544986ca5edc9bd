import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parquet } from '../../../../stdlib/index.ts'
import { tableFile } from './parquet-file.ts'
import { folderOf } from './sources.ts'

const form = { classes: 2, input: [1, 1, 2], validation: 1, test: 1, by: 'file' } as const
const table = { a: [1, 3, 5, 7], label: [0, 1, 0, 1], b: [2, 4, 6, 8] }

type Loaded = Awaited<ReturnType<Awaited<ReturnType<typeof folderOf>>['load']>>
/** As they are in the file, by split. */
const raw = ({ splits, normalisation: { mean, std } }: Loaded) =>
  Object.values(splits).map(({ images }) =>
    [...images].map((value, i) => Math.round((value * std[i % mean.length]! + mean[i % mean.length]!) * 1e4) / 1e4),
  )

describe('columns of numbers', () => {
  test('are examples, each column normalised by itself', async () => {
    const { root, load, facts } = await folderOf({ 'a.parquet': tableFile(table) })
    const spec = parquet({ from: join(root, 'a.parquet'), ...form }).spec
    const dataset = await load(spec)
    expect(raw(dataset)).toEqual([
      [1, 2, 3, 4],
      [5, 6],
      [7, 8],
    ])
    expect(dataset.normalisation).toEqual({ mean: [2, 3], std: [1, 1] })
    expect(Object.values(dataset.splits).map(({ labels }) => [...labels])).toEqual([[0, 1], [0], [1]])
    expect(await facts(spec)).toMatchObject({ trainExamples: 2, classes: 2, input: [1, 1, 2] })
  })

  test('are chosen and put in order by their names, also from file to file', async () => {
    const { root, load } = await folderOf({
      'train.parquet': tableFile({ ...table, more: ['x', 'y', 'z', 'w'] }),
      'test.parquet': tableFile({ b: [20], label: [1], a: [10] }),
    })
    const dataset = await load(parquet({ from: root, ...form, columns: ['b', 'a'] }).spec)
    expect(raw(dataset)).toEqual([
      [2, 1, 4, 3, 6, 5],
      [8, 7],
      [20, 10],
    ])
  })

  test('may be kinds of things, which count in the order of their letters', async () => {
    const { root, load } = await folderOf({
      'a.parquet': tableFile({ colour: ['red', 'blue', 'red', 'green'], size: [1, 2, 3, 4], label: ['no', 'yes', 'no', 'yes'] }),
    })
    const dataset = await load(
      parquet({ from: join(root, 'a.parquet'), ...form, input: [1, 1, 4], columns: ['colour', 'size'], categories: { colour: 3 } }).spec,
    )
    // blue, green, red; then the size
    expect(raw(dataset)).toEqual([
      [0, 0, 1, 1, 1, 0, 0, 2],
      [0, 0, 1, 3],
      [0, 1, 0, 4],
    ])
  })

  test.each([
    [
      'a text where a number should be',
      { ...table, b: ['2', 'x', '6', '8'] },
      {},
      'a.parquet, row 0 has "2" in the column "b", where numbers are expected.',
    ],
    ['nothing where a number should be', { ...table, b: [2, null, 6, 8] }, {}, 'a.parquet, row 1 has nothing in the column "b"'],
    ['no such column', table, { columns: ['a', 'c'] }, 'a.parquet has no column "c".'],
    ['another number of columns', { ...table, c: [1, 2, 3, 4] }, {}, 'a.parquet, row 0 has 3 numbers, but an example of 1 × 1 × 2 has 2.'],
    ['a number beyond 32 bits', { ...table, a: [1, 1e39, 5, 7] }, {}, 'a.parquet, row 1 has 1e+39, which is too large for a 32-bit float.'],
    ['a label out of range', { ...table, label: [0, 2, 0, 1] }, {}, 'a.parquet, row 1 has the label 2'],
    [
      'one kind too many',
      { ...table, b: ['x', 'y', 'z', 'x'] },
      { input: [1, 1, 3], categories: { b: 2 } },
      'a.parquet, row 2 has "z" in the column "b", one category more than the declared 2.',
    ],
    [
      'a kind that is missing',
      { ...table, b: ['x', null, 'y', 'x'] },
      { input: [1, 1, 3], categories: { b: 2 } },
      'row 1 has nothing in the column "b"',
    ],
  ] as const)('with %s are refused with their place', async (_, columns, more, says) => {
    const { root, problem } = await folderOf({ 'a.parquet': tableFile(columns) })
    const { kind, message } = await problem(parquet({ from: join(root, 'a.parquet'), ...form, ...(more as object) }).spec)
    expect(kind).toBe('malformed')
    expect(message).toContain(says)
  })

  test('that announce more rows than memory has room for are refused before any is read', async () => {
    const { root, problem } = await folderOf({ 'a.parquet': tableFile(table, { announced: 2 ** 40 }) })
    const { message } = await problem(parquet({ from: join(root, 'a.parquet'), ...form }).spec)
    expect(message).toContain(`it announces ${2 ** 40} rows`)
  })
})

test('targets are columns whose numbers are predicted', async () => {
  const { root, load, problem } = await folderOf({ 'a.parquet': tableFile({ a: [1, 3, 5, 7], price: [10, 30, 50, 80], b: [2, 4, 6, 8] }) })
  const { classes: _, ...asked } = form
  const at = { from: join(root, 'a.parquet'), ...asked, targets: ['price'] } as const
  const dataset = await load(parquet(at).spec)
  expect(dataset.target).toEqual({ kind: 'numbers', mean: [20], std: [10] })
  expect(Object.values(dataset.splits).map(({ labels }) => [...labels])).toEqual([[-1, 1], [3], [6]])
  expect(raw(dataset)).toEqual([
    [1, 2, 3, 4],
    [5, 6],
    [7, 8],
  ])
  expect((await problem(parquet({ ...at, targets: ['cost'] }).spec)).title).toContain('cost')
})
