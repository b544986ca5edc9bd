import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Normalisation } from '../../../../stdlib/data/dataset.ts'
import { csv } from '../../../../stdlib/index.ts'
import { folderOf } from './sources.ts'

const form = { classes: 2, input: [1, 2, 1], validation: 1, test: 1, by: 'file' } as const
const table = 'a,label,b\n1,0,2\n3,1,4\n5,0,6\n7,1,8\n'

const raw = ({ splits, normalisation: { mean, std } }: Awaited<ReturnType<Awaited<ReturnType<typeof folderOf>>['load']>>) =>
  Object.values(splits).map(({ images }) => [...images].map((value) => Math.round((value * std[0]! + mean[0]!) * 1e4) / 1e4 + 0))

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
      'a.csv has 4 columns at line 3, but an example of 1 × 2 × 1 with its label has 3.',
    ],
    ['no such column', 'a,class,b\n1,0,2\n', 'a.csv has no column "label".'],
    ['a label out of range', 'a,label,b\n1,0,2\n3,2,4\n5,0,6\n', 'a.csv at line 3 has the label 2, but labels must be 0 to 1.'],
    ['no label in a row', 'a,label,b\n1,0,2\n3,1,4\n5, ,6\n', 'a.csv at line 4 has no label.'],
    ['a word for a missing label among numbers', 'a,label,b\n1,0,2\n3,NaN,4\n', 'a.csv at line 3 has no label.'],
    ['a number beyond 32 bits', 'a,label,b\n1,0,2\n-1e39,1,4\n', 'a.csv at line 3 has -1e+39, which is too large for a 32-bit float.'],
    ['two columns for the label', 'label,label,b\n1,0,2\n', 'a.csv has two columns named "label".'],
    ['two names that look alike', 'a,label,b\n1,caf\u00e9,2\n3,cafe\u0301,4\n', 'two of its class names look the same'],
    ['a packed file', '\x1f\x8b\x08\0', 'a.csv is not a text file: it is compressed.'],
    ['a binary file', 'a\0b,c\n', 'a.csv is not a text file.'],
    ['a quote that never ends', 'a,label,b\n1,0,"2\n', 'a.csv cannot be read as CSV.'],
    ['too few rows', 'a,label,b\n1,0,2\n', 'nothing to train on'],
    ['more names than classes', 'a,label,b\n1,x,2\n3,y,4\n5,z,6\n', 'its labels have 3 different names, but classes is 2.'],
  ])('with %s is refused with its place', async (_, content, says) => {
    const { root, problem } = await folderOf({ 'a.csv': content })
    const { kind, message } = await problem(csv({ from: join(root, 'a.csv'), ...form }).spec)
    expect(kind).toBe('malformed')
    expect(message).toContain(says)
  })

  test('beyond 32 bits once it is normalised is refused with its place', async () => {
    const { root, problem } = await folderOf({ 'train.csv': 'label,a,b\n0,1,1\n1,1,1\n', 'test.csv': 'label,a,b\n0,1,3e38\n' })
    const { title } = await problem(csv({ from: root, ...form, scale: 1e-10 }).spec)
    expect(title).toContain(`${join(root, 'test.csv')} at line 2 has `)
  })

  test('may have columns that are not read, and kinds of things, which count in the order of their letters', async () => {
    const content = 'id,colour,label,a\n7,red,0,1\n8,blue,1,2\n9,red,0,3\n10,green,1,4\n'
    const { root, load } = await folderOf({ 'a.csv': content })
    const chosen = { columns: ['a', 'colour'], categories: { colour: 3 } }
    const dataset = await load(csv({ from: join(root, 'a.csv'), ...form, input: [1, 4, 1], ...chosen }).spec)
    // the number, then blue, green, red
    expect(raw(dataset)).toEqual([
      [1, 0, 0, 1, 2, 1, 0, 0],
      [3, 0, 0, 1],
      [4, 0, 1, 0],
    ])
  })

  test.each([
    [
      'one kind too many',
      'a,label,b\n1,0,x\n3,1,y\n5,0,z\n',
      { input: [1, 3, 1], categories: { b: 2 } },
      'a.csv at line 4 has "z" in the column "b", one category more than the declared 2',
    ],
    [
      'nothing for a kind',
      'a,label,b\n1,0,x\n3,1,\n',
      { input: [1, 3, 1], categories: { b: 2 } },
      'a.csv at line 3 has nothing in the column "b"',
    ],
    ['kinds that look alike', 'a,label,b\n1,0,caf\u00e9\n3,1,cafe\u0301\n', { input: [1, 3, 1], categories: { b: 2 } }, 'look the same'],
    ['no such column to read', 'a,label,b\n1,0,2\n', { columns: ['a', 'c'] }, 'a.csv has no column "c".'],
    [
      'a row of another length where some are read',
      'a,label,b,c\n1,0,2\n',
      { columns: ['a', 'b'] },
      'a.csv has 3 columns at line 2, but its first line has 4.',
    ],
  ] as const)('of chosen columns with %s is refused with its place', async (_, content, more, says) => {
    const { root, problem } = await folderOf({ 'a.csv': content })
    expect((await problem(csv({ from: join(root, 'a.csv'), ...form, ...(more as object) }).spec)).message).toContain(says)
  })

  test('has columns that are matched by name from file to file', async () => {
    const { root, load } = await folderOf({ 'train.csv': table, 'test.csv': ' b,a,label\n9,8,1\n' })
    const dataset = await load(csv({ from: root, ...form }).spec)
    expect(raw(dataset)[2]).toEqual([8, 9])
  })

  test.each([
    ['another column', 'a,label,c\n9,1,9\n', 'test.csv has no column "b".'],
    ['a column more', 'a,label,b,c\n9,1,9,9\n', 'test.csv has 4 columns at line 1'],
    ['a column twice', 'a,label,a\n9,1,9\n', 'test.csv has two columns named "a".'],
  ])('with %s than the file for training is refused', async (_, test, says) => {
    const { root, problem } = await folderOf({ 'train.csv': table, 'test.csv': test })
    expect((await problem(csv({ from: root, ...form }).spec)).title).toContain(says)
  })

  test('that counts its columns in the first line is not read as if that were an example', async () => {
    const { root, problem, load } = await folderOf({ 'a.csv': '0,1,2,3\n0,5,6,7\n1,6,7,8\n0,7,8,9\n' })
    const wide = { ...form, input: [1, 3, 1], from: join(root, 'a.csv') } as const
    expect((await problem(csv({ ...wide, label: 0 }).spec)).hint).toContain('label: "0"')
    expect((await load(csv({ ...wide, label: '0' }).spec)).splits.train.labels.length).toBe(1)
  })

  test('has labels that are whole floats in the order of numbers', async () => {
    const rows = [10, 2, 1, 0, 11].map((label) => `${label}.0,1,${label}\n`)
    const { root, load } = await folderOf({ 'a.csv': `label,a,b\n${rows.join('')}` })
    const { splits } = await load(csv({ from: join(root, 'a.csv'), ...form, classes: 12 }).spec)
    expect(Object.values(splits).map(({ labels }) => [...labels])).toEqual([[10, 2, 1], [0], [11]])
  })

  test('has names that are numbers in the order of numbers, and spaces around a label are none of it', async () => {
    const rows = ['-0.5', ' 2.5', '10.5', '2.5 ', '10.5'].map((label) => `${label},1,1\n`)
    const { root, load } = await folderOf({ 'a.csv': `label,a,b\n${rows.join('')}` })
    const { splits } = await load(csv({ from: join(root, 'a.csv'), ...form, classes: 3 }).spec)
    expect(Object.values(splits).map(({ labels }) => [...labels])).toEqual([[0, 1, 2], [1], [2]])
  })

  test('lies among files that are counted where they are of no split', async () => {
    const { root, facts } = await folderOf({
      'Train.csv': table,
      'val.csv': table,
      'more.csv': table,
      'test.csv.gz': 'x',
      'notes.txt': 'x',
      'old/a.csv': table,
    })
    const { notes } = await facts(csv({ from: root, ...form }).spec)
    expect(notes?.map(({ title }) => title)).toEqual(['The data set csv: 3 files and folders are of no split: more.csv, test.csv.gz, old.'])
  })

  test('twice for one split is refused', async () => {
    const { root, problem } = await folderOf({ 'train.csv': table, 'val.csv': table, 'valid.csv': table })
    expect((await problem(csv({ from: root, ...form }).spec)).title).toContain('has 2 files or folders for validation: val.csv, valid.csv.')
  })

  test('that is not there says where it looked', async () => {
    const { root, problem } = await folderOf({ 'test.csv': table })
    expect((await problem(csv({ from: root, ...form }).spec)).message).toContain(join(root, 'train.csv'))
    expect(await problem(csv({ from: join(root, 'none.csv'), ...form }).spec)).toMatchObject({ kind: 'missing' })
  })
})

describe('targets', () => {
  const prices = 'a,price,b,tax\n1,10,2,1\n3,30,4,1\n5,50,6,2\n7,80,8,4\n'
  const asked = { targets: ['price', 'tax'], input: [1, 1, 2], validation: 1, test: 1, by: 'file' } as const

  test('are numbers that are predicted, normalised one by one over the training examples', async () => {
    const { root, load, facts } = await folderOf({ 'a.csv': prices })
    const { spec } = csv({ from: join(root, 'a.csv'), ...asked })
    const dataset = await load(spec)
    // Training: prices 10 and 30, taxes 1 and 1, which are divided by one.
    expect(dataset.target).toEqual({ kind: 'numbers', mean: [20, 1], std: [10, 1] })
    expect(Object.values(dataset.splits).map(({ labels }) => [...labels])).toEqual([
      [-1, 0, 1, 0],
      [3, 1],
      [6, 3],
    ])
    expect(dataset.normalisation).toEqual({ mean: [2, 3], std: [1, 1] })
    expect(await facts(spec)).toMatchObject({ trainExamples: 2, classes: 2, predicts: 'numbers' })
  })

  test('are drawn by seed unless told otherwise, and every example is in one split', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => `${i},${i}`).join('\n')
    const { root, load } = await folderOf({ 'a.csv': `x,y\n${rows}\n` })
    const { splits, target } = await load(csv({ from: join(root, 'a.csv'), targets: ['y'], input: [1, 1, 1] }).spec)
    const { mean, std } = target as Normalisation
    const found = Object.values(splits).map(({ labels }) => [...labels].map((value) => Math.round(value * std[0]! + mean[0]!)))
    expect(found.map(({ length }) => length)).toEqual([32, 4, 4])
    expect(found.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i))
    expect(found[2]).not.toEqual([36, 37, 38, 39])
  })

  test.each([
    ['a word', prices.replace('30', 'many'), 'has "many" at line 3, where a number is expected.'],
    ['nothing', prices.replace('30', ''), 'has "" at line 3, where a number is expected.'],
    ['beyond 32 bits', prices.replace('30', '1e39'), 'at line 3 has 1e+39, which is too large for a 32-bit float.'],
    ['no such column', prices.replace('tax', 'duty'), 'has no column "tax".'],
    [
      'a column too few',
      prices.replace('3,30,4,1', '3,30,4'),
      'has 3 columns at line 3, but an example of 1 × 1 × 2 with its 2 targets has 4.',
    ],
    ['a name too many', prices.replace('\n', ',more\n'), 'has 5 columns at line 1, but an example of 1 × 1 × 2 with its 2 targets has 4.'],
  ])('%s is refused', async (_, content, title) => {
    const { root, problem } = await folderOf({ 'a.csv': content })
    expect((await problem(csv({ from: join(root, 'a.csv'), ...asked }).spec)).title).toContain(title)
  })
})
