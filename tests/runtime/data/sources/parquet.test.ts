import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { hub, parquet } from '../../../../stdlib/index.ts'
import { parquetFile } from './parquet-file.ts'
import { firstPixels, folderOf, png } from './sources.ts'

const form = { classes: 3, size: [2, 2], validation: 1, by: 'file' } as const
const row = async (red: number, label: number | string | null) => ({ picture: await png([red, 50, 60]), label })

async function files() {
  return {
    'data/train-00000-of-00002.parquet': parquetFile([[await row(1, 2), await row(2, 0)], [await row(3, 1)]]),
    'data/train-00001-of-00002.parquet': parquetFile([[await row(4, 1)]]),
    'data/test-00000-of-00001.parquet': parquetFile([[await row(5, 0), await row(6, 2)]]),
  }
}

describe('Parquet files', () => {
  test('laid out as Hugging Face’s are read group by group, each for what its name says', async () => {
    const { root, load, facts } = await folderOf(await files())
    const spec = parquet({ from: join(root, 'data'), ...form }).spec
    const dataset = await load(spec)
    expect(firstPixels(dataset, 'train')).toEqual([
      [2, 1, 50, 60],
      [0, 2, 50, 60],
      [1, 3, 50, 60],
    ])
    expect(firstPixels(dataset, 'validation')).toEqual([[1, 4, 50, 60]])
    expect(firstPixels(dataset, 'test')).toEqual([
      [0, 5, 50, 60],
      [2, 6, 50, 60],
    ])
    expect(await facts(spec)).toMatchObject({ trainExamples: 3, classes: 3 })
  })

  test('may be one file, and labels may be names', async () => {
    const rows = [await row(1, 'pear'), await row(2, 'apple'), await row(3, 'fig'), await row(4, 'pear')]
    const { root, load } = await folderOf({ 'fruit.parquet': parquetFile([rows]) })
    const dataset = await load(parquet({ from: join(root, 'fruit.parquet'), ...form, test: 1 }).spec)
    expect(firstPixels(dataset, 'train').map(([label]) => label)).toEqual([2, 0])
    expect([...dataset.splits.validation.labels, ...dataset.splits.test.labels]).toEqual([1, 2])
  })

  test('without the columns that are meant say which they have', async () => {
    const { root, problem } = await folderOf(await files())
    const { message } = await problem(parquet({ from: root, ...form, label: 'fine_label' }).spec)
    expect(message).toContain('train-00000-of-00002.parquet has no column "fine_label".')
    expect(message).toContain('image, label')
  })

  test('with a label out of range say which row', async () => {
    const { root, problem } = await folderOf(await files())
    expect((await problem(parquet({ from: root, ...form, classes: 2 }).spec)).title).toContain(
      'train-00000-of-00002.parquet, row 0 has the label 2, but labels must be 0 to 1.',
    )
  })

  test('with a picture that is none say which row', async () => {
    const rows = [await row(1, 0), { picture: Uint8Array.of(1, 2, 3), label: 1 }, await row(3, 2)]
    const { root, problem } = await folderOf({ 'a.parquet': parquetFile([rows]) })
    expect((await problem(parquet({ from: root, ...form, test: 1 }).spec)).title).toContain(
      'a.parquet, row 1 cannot be decoded as an image.',
    )
  })

  test.each([
    ['cut off', (content: Uint8Array) => content.subarray(0, -9)],
    ['empty', () => new Uint8Array(0)],
    ['something else', () => new TextEncoder().encode('<html>no such file</html>')],
    ['damaged in a page', (content: Uint8Array) => content.map((byte, i) => (i > 30 && i < 60 ? 255 : byte))],
  ])('that are %s are refused by name', async (_, damage) => {
    const { root, problem } = await folderOf({ 'a.parquet': damage(parquetFile([[await row(1, 0), await row(2, 1), await row(3, 2)]])) })
    const { kind, message } = await problem(parquet({ from: root, ...form, test: 1 }).spec)
    expect(kind).toBe('malformed')
    expect(message).toContain('a.parquet')
  })

  test('without a label in a row say which: it is no class of its own', async () => {
    const rows = [await row(1, 0), await row(2, 1), await row(3, null), await row(4, 0)]
    const { root, problem } = await folderOf({ 'a.parquet': parquetFile([rows]) })
    expect((await problem(parquet({ from: root, ...form, test: 1 }).spec)).title).toContain('a.parquet, row 2 has no label.')
  })

  test('have labels that are whole floats in the order of numbers', async () => {
    const rows = await Promise.all([10, 2, 1, 0, 11, 3].map((label) => row(label, label)))
    const { root, load } = await folderOf({ 'a.parquet': parquetFile([rows], { numbers: 'double' }) })
    const { splits } = await load(parquet({ from: root, ...form, classes: 12, test: 1 }).spec)
    expect(Object.values(splits).map(({ labels }) => [...labels])).toEqual([[10, 2, 1, 0], [11], [3]])
  })

  test('may be links, in folders that are links, as in a hub cache', async () => {
    const { root, load } = await folderOf({ 'blobs/4d7a': (await files())['data/train-00000-of-00002.parquet'] })
    await mkdir(join(root, 'snapshots/abc'), { recursive: true })
    await symlink('../../blobs', join(root, 'snapshots/abc/data'))
    await symlink('4d7a', join(root, 'blobs/train-00000-of-00001.parquet'))
    const dataset = await load(parquet({ from: join(root, 'snapshots/abc'), ...form, test: 1 }).spec)
    expect(dataset.splits.train.labels.length).toBe(1)
  })

  test.each([
    [
      'several configurations',
      ['full/train/0000.parquet', 'mini/train/0000.parquet', 'full/test/0000.parquet'],
      'has 2 configurations: full, mini.',
    ],
    [
      'one configuration beside another',
      ['train-00000-of-00001.parquet', 'old/train-00000-of-00001.parquet'],
      'has 2 configurations: old, .',
    ],
    ['two revisions', ['data/train-00000-of-00001-aaaa.parquet', 'data/train-00000-of-00001-bbbb.parquet'], 'has files of two revisions.'],
    ['series of two lengths', ['train-00000-of-00001.parquet', 'train-00000-of-00002.parquet'], 'has files of two revisions.'],
  ])('of %s are refused', async (_, names, says) => {
    const content = parquetFile([[await row(1, 0)]])
    const { root, problem } = await folderOf(Object.fromEntries(names.map((name) => [name, content])))
    expect((await problem(parquet({ from: root, ...form }).spec)).title).toContain(says)
  })

  test.each([
    ['dev and eval', ['dev-00000-of-00001.parquet', 'Eval.parquet'], [4, 1, 1]],
    ['below folders of splits', ['valid/cats/0.parquet', 'testing/dogs/0.parquet'], [4, 1, 1]],
    ['below folders of dates, all for training', ['2019/0.parquet', '2020/0.parquet'], [4, 1, 1]],
  ])('called %s are for what their names say', async (name, names, lengths) => {
    const few = parquetFile([[await row(1, 0)]])
    const many = parquetFile([await Promise.all([0, 1, 2, 0].map((label) => row(9, label)))])
    const first = name.includes('dates') ? '2018/0.parquet' : 'train.parquet'
    const { root, load } = await folderOf({ [first]: many, ...Object.fromEntries(names.map((name) => [name, few])) })
    const { splits } = await load(parquet({ from: root, ...form, test: 1 }).spec)
    expect(Object.values(splits).map(({ labels }) => labels.length)).toEqual(lengths)
  })

  test('of no known split beside those for training are counted, and not trained on; so is what is not Parquet, or not there', async () => {
    const some = parquetFile([await Promise.all([0, 1, 2, 0].map((label) => row(9, label)))])
    const { root, facts } = await folderOf({
      'train-00001-of-00003.parquet': some,
      'extra-00000-of-00001.parquet': some,
      'test.jsonl': '{}',
      'README.md': 'about',
      'validation.parquet': parquetFile([[]]),
    })
    const { notes, trainExamples } = await facts(parquet({ from: root, ...form, test: 1 }).spec)
    expect(trainExamples).toBe(2)
    expect(notes?.map(({ title }) => title)).toEqual([
      'The data set parquet: 1 file is not Parquet: test.jsonl.',
      'The data set parquet: 1 file is of no known split: extra-00000-of-00001.parquet.',
      'The data set parquet: 2 files of a series are not there: train-00000-of-00003, train-00002-of-00003.',
      'The data set parquet: 1 file has no row: validation.parquet.',
    ])
  })

  test('that announce more rows than they have are refused', async () => {
    const { root, problem } = await folderOf({
      'a.parquet': parquetFile([[await row(1, 0), await row(2, 1)]], { announced: 1_000_000_000 }),
    })
    expect((await problem(parquet({ from: root, ...form }).spec)).message).toContain('a.parquet cannot be read as Parquet.')
  })
})

describe('hub()', () => {
  afterEach(() => vi.unstubAllEnvs())

  test('reads what was fetched, from the data folder', async () => {
    const fetched = Object.entries(await files()).map(([path, content]) => [`hub/ylecun--mnist/${path}`, content])
    const { root, load } = await folderOf(Object.fromEntries(fetched))
    vi.stubEnv('ESPALIER_DATA', root)
    expect((await load(hub('ylecun/mnist', form).spec)).splits.train.labels.length).toBe(3)
  })

  test('of several configurations reads the one that is named', async () => {
    const content = (reds: readonly number[]) => Promise.all(reds.map((red) => row(red, red % 3))).then((rows) => parquetFile([rows]))
    const { root, load, problem } = await folderOf({
      'hub/toys--shapes/full/train/0000.parquet': await content([1, 2, 3, 4]),
      'hub/toys--shapes/mini/train/0000.parquet': await content([1, 2, 3]),
    })
    vi.stubEnv('ESPALIER_DATA', root)
    expect((await problem(hub('toys/shapes', form).spec)).hint).toBe('Choose one: hub("toys/shapes", { config: "full", … }).')
    const small = { ...form, test: 1 }
    expect((await load(hub('toys/shapes', { ...small, config: 'mini' }).spec)).splits.train.labels.length).toBe(1)
    expect((await load(hub('toys/shapes', { ...small, config: 'full' }).spec)).splits.train.labels.length).toBe(2)
    expect((await problem(hub('toys/shapes', { ...small, config: 'tiny' }).spec)).facts).toEqual([['configurations', 'full, mini']])
    expect(() => hub('toys/shapes', { ...small, config: '' })).toThrow('the name of a configuration')
  })

  test('that was not fetched says how it is, and fetches nothing', async () => {
    const { root, problem } = await folderOf({})
    vi.stubEnv('ESPALIER_DATA', root)
    const found = await problem(hub('ylecun/mnist', form).spec)
    expect(found.kind).toBe('missing')
    expect(found.hint).toBe('Fetch it where there is a network: espalier data fetch ylecun/mnist')
  })

  test.each(['mnist', '../../etc/passwd', 'a/b/c', '/a', 'a/'])('of %j is refused: it is no name of a data set', (repository) => {
    expect(() => hub(repository, form)).toThrow('OWNER/NAME')
  })
})
