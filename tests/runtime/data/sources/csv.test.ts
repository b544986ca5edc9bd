import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { csv } from '../../../../stdlib/index.ts'
import { folderOf } from './sources.ts'

const form = { classes: 2, input: [1, 2, 1], validation: 1, test: 1, by: 'file' } as const
const table = 'a,label,b\n1,0,2\n3,1,4\n5,0,6\n7,1,8\n'

const raw = ({ splits, normalisation: { mean, std } }: Awaited<ReturnType<Awaited<ReturnType<typeof folderOf>>['load']>>) =>
  Object.values(splits).map(({ images }) => [...images].map((value) => Math.round((value * std[0]! + mean[0]!) * 1e4) / 1e4))

describe('a file of numbers', () => {
  test('is a row for each example, the label in the column of its name', async () => {
    const { root, load } = await folderOf({ 'a.csv': table })
    const dataset = await load(csv({ from: join(root, 'a.csv'), ...form }).spec)
    expect(raw(dataset)).toEqual([
      [1, 2, 3, 4],
      [5, 6],
      [7, 8],
    ])
    expect(Object.values(dataset.splits).map(({ labels }) => [...labels])).toEqual([[0, 1], [0], [1]])
    expect(dataset.normalisation).toEqual({ mean: [2.5], std: [Math.sqrt(1.25)] })
    expect(dataset.splits.train.images[0]).toBe(Math.fround(-1.5 / Math.sqrt(1.25)))
  })

  test('may have no names, quotes, a byte order mark, blank lines, and labels that are names', async () => {
    const { root, load } = await folderOf({ 'a.csv': '\uFEFF"yes",255,0\r\n\r\nno,0,51\r\nno,102,0\r\n' })
    const dataset = await load(csv({ from: join(root, 'a.csv'), ...form, label: 0, scale: 255 }).spec)
    expect(Object.values(dataset.splits).map(({ labels }) => [...labels])).toEqual([[1], [0], [0]])
    expect(raw(dataset)).toEqual([
      [1, 0],
      [0, 0.2],
      [0.4, 0],
    ])
  })

  test('may be one for each split', async () => {
    const { root, load } = await folderOf({ 'train.csv': table, 'test.csv': 'a,label,b\n9,1,9\n' })
    const dataset = await load(csv({ from: root, ...form }).spec)
    expect(Object.values(dataset.splits).map(({ labels }) => labels.length)).toEqual([3, 1, 1])
  })

  test.each([
    ['a number that is none', 'a,label,b\n1,0,2\n3,1,x\n', 'a.csv has "x" at line 3, where a number is expected.'],
    ['nothing where a number should be', 'a,label,b\n1,0,\n', 'a.csv has "" at line 2, where a number is expected.'],
    ['infinity', 'a,label,b\n1,0,Infinity\n', 'has "Infinity" at line 2'],
    [
      'a column too many',
      'a,label,b\n1,0,2\n3,1,4,5\n',
      'a.csv has 4 columns at line 3, and an example of 1 × 2 × 1 with its label has 3.',
    ],
    ['no such column', 'a,class,b\n1,0,2\n', 'a.csv has no column "label".'],
    ['a label out of range', 'a,label,b\n1,0,2\n3,2,4\n5,0,6\n', 'row 1 of its train examples has the label 2, and labels go from 0 to 1.'],
    ['a quote that never ends', 'a,label,b\n1,0,"2\n', 'a.csv cannot be read as CSV.'],
    ['too few rows', 'a,label,b\n1,0,2\n', 'nothing to train on'],
    ['more names than classes', 'a,label,b\n1,x,2\n3,y,4\n5,z,6\n', 'its labels have 3 different names, and classes is 2.'],
  ])('with %s is refused with its place', async (_, content, says) => {
    const { root, problem } = await folderOf({ 'a.csv': content })
    const { kind, message } = await problem(csv({ from: join(root, 'a.csv'), ...form }).spec)
    expect(kind).toBe('malformed')
    expect(message).toContain(says)
  })

  test('that is not there says where it looked', async () => {
    const { root, problem } = await folderOf({ 'test.csv': table })
    expect((await problem(csv({ from: root, ...form }).spec)).message).toContain(join(root, 'train.csv'))
    expect(await problem(csv({ from: join(root, 'none.csv'), ...form }).spec)).toMatchObject({ kind: 'missing' })
  })
})
