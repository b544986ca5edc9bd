import { mkdir, readdir, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { PipelineProblem } from '../../../dsl/check/problem.ts'
import { DatasetCache } from '../../../runtime/data/dataset-cache.ts'
import type { DataProblem } from '../../../runtime/problem.ts'
import { digestOf } from '../../../runtime/store/address.ts'
import { layoutOf } from '../../../runtime/store/folder/layout.ts'
import type { DataSource } from '../../../stdlib/data/source.ts'
import { temporaryFolder } from '../store/temporary-store.ts'

/** A data set whose examples are the bytes of two files. */
type Tiny = { readonly examples: Uint8Array }

/** A folder with the files and a cache over it; `conversions` counts how often the sources were read. */
async function tiny() {
  const root = await temporaryFolder()
  const source = join(root, 'tiny')
  await mkdir(source)
  await writeFile(join(source, 'a.bytes'), Buffer.from([1, 2, 3]))
  await writeFile(join(source, 'b.bytes'), Buffer.from([4, 5]))
  let conversions = 0
  const bytes: DataSource<Tiny> = {
    revision: 1,
    place: { folder: 'not-there', system: [source], get: 'Fetch them.' },
    files: () => ['a.bytes', 'b.bytes'],
    decode(files, options) {
      conversions++
      const [a, b] = [files.get('a.bytes')!, files.get('b.bytes')!]
      if (a.length !== 3)
        throw new PipelineProblem({ title: 'A file is cut off.', facts: [['bytes', String(a.length)]], hint: 'Download it again.' })
      return { examples: Uint8Array.from([...a, ...b, Number(options.extra ?? 0)]) }
    },
  }
  const layout = layoutOf(join(root, '.espalier'))
  const cache = (source: DataSource<Tiny> = bytes) =>
    new DatasetCache<Tiny>({
      folder: layout,
      sources: { bytes: source },
      format: {
        encode: ({ examples }) => examples,
        decode: (examples) => ({ examples: Uint8Array.from(examples) }),
        factsOf: ({ examples }) => ({ trainExamples: examples.length, classes: 2, input: [1, 1, 1] }),
      },
      own: root,
    })
  return { root, source, layout, bytes, cache, conversions: () => conversions }
}

const spec = { name: 'bytes', options: {} }
const digest = digestOf(Uint8Array.of(1, 2, 3, 4, 5, 0))
const problemOf = (work: Promise<unknown>): Promise<DataProblem> =>
  work.then(
    () => expect.fail('no error'),
    (problem) => problem,
  )

describe('a data set', () => {
  test('is converted once; its facts and content come from the cache afterwards', async () => {
    const { cache, conversions, layout } = await tiny()
    expect(await cache().facts(spec)).toEqual({ digest, trainExamples: 6, classes: 2, input: [1, 1, 1] })
    expect((await cache().load(spec)).dataset.examples).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 0))
    expect(await cache().facts(spec)).toMatchObject({ digest })
    expect(conversions()).toBe(1)
    expect(await readdir(layout.tmp)).toEqual([])
  })

  test('with other options is another, in its own file', async () => {
    const { cache, layout } = await tiny()
    const other = { name: 'bytes', options: { extra: 9 } }
    expect((await cache().facts(other)).digest).not.toBe((await cache().facts(spec)).digest)
    expect((await readdir(layout.data)).length).toBe(4)
  })

  test('is converted again when a source file changes, and its address follows the content', async () => {
    const { cache, conversions, source } = await tiny()
    await cache().facts(spec)
    await utimes(join(source, 'a.bytes'), 1000, 1000)
    expect((await cache().facts(spec)).digest).toBe(digest)
    expect(conversions()).toBe(2)
    await writeFile(join(source, 'b.bytes'), Buffer.from([4, 6]))
    expect((await cache().facts(spec)).digest).toBe(digestOf(Uint8Array.of(1, 2, 3, 4, 6, 0)))
  })

  test('is converted again when the way of converting changes', async () => {
    const { cache, bytes, conversions } = await tiny()
    await cache().facts(spec)
    await cache({ ...bytes, revision: 2 }).facts(spec)
    expect(conversions()).toBe(2)
  })

  test.each(['flipped', 'cut off', 'gone', 'without a record'])('whose converted file is %s is converted again', async (how) => {
    const { cache, layout } = await tiny()
    await cache().facts(spec)
    const names = await readdir(layout.data)
    const file = join(layout.data, names.find((name) => name.endsWith('.bin'))!)
    if (how === 'flipped') await writeFile(file, Buffer.from([1, 2, 3, 4, 5, 1]))
    else if (how === 'cut off') await truncate(file, 2)
    else if (how === 'gone') await rm(file)
    else await writeFile(join(layout.data, names.find((name) => name.endsWith('.json'))!), '{"revision":')
    expect((await cache().load(spec)).dataset.examples).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 0))
    expect((await stat(file)).size).toBe(6)
  })

  test('whose source file is missing is an error that names the file and the way to get it', async () => {
    const { cache, source } = await tiny()
    await cache().facts(spec)
    await rm(join(source, 'b.bytes'))
    const problem = await problemOf(cache().facts(spec))
    expect(problem).toMatchObject({ _tag: 'DataProblem', kind: 'missing' })
    expect(problem.message).toContain('b.bytes')
    expect(problem.hint).toBe('Fetch them.')
  })

  test('whose source file is cut off is an error with the reader’s words and the file, and nothing is kept', async () => {
    const { cache, source, layout } = await tiny()
    await truncate(join(source, 'a.bytes'), 1)
    const problem = await problemOf(cache().facts(spec))
    expect(problem).toMatchObject({ _tag: 'DataProblem', kind: 'malformed', hint: 'Download it again.' })
    expect(problem.message).toContain('A file is cut off.')
    expect(problem.message).toContain(join('tiny', 'a.bytes'))
    await expect(readdir(layout.data)).rejects.toThrow('ENOENT')
  })

  test.each(['digits', 'constructor', '__proto__', '../../x'])(
    'named %j, which is none, is an error that lists those there are',
    async (name) => {
      const { cache } = await tiny()
      const problem = await problemOf(cache().facts({ name, options: {} }))
      expect(problem).toMatchObject({ kind: 'unknown', facts: [['known data sets', 'bytes']] })
    },
  )
})
