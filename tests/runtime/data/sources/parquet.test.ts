import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { hub, parquet } from '../../../../stdlib/index.ts'
import { parquetFile } from './parquet-file.ts'
import { firstPixels, folderOf, png } from './sources.ts'

const form = { classes: 3, size: [2, 2], validation: 1, by: 'file' } as const
const row = async (red: number, label: number | string) => ({ picture: await png([red, 50, 60]), label })

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
      'row 0 of its train examples has the label 2, and labels go from 0 to 1.',
    )
  })

  test('with a picture that is none say which row', async () => {
    const rows = [await row(1, 0), { picture: Uint8Array.of(1, 2, 3), label: 1 }, await row(3, 2)]
    const { root, problem } = await folderOf({ 'a.parquet': parquetFile([rows]) })
    expect((await problem(parquet({ from: root, ...form, test: 1 }).spec)).title).toContain(
      'a.parquet, row 1 cannot be decoded as a picture.',
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

  test('that announce more rows than they have are refused', async () => {
    const { root, problem } = await folderOf({ 'a.parquet': parquetFile([[await row(1, 0), await row(2, 1)]], 1_000_000_000) })
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
