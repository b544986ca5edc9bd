import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { fetchFromHub } from '../../../runtime/data/fetch.ts'
import { fetchedFiles } from '../../../runtime/data/hub-folder.ts'
import { dataSets } from '../../../runtime/data/known.ts'
import { temporaryFolder } from '../store/temporary-store.ts'
import { startHub } from './hub-server.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const name = 'toys/shapes'

let root = ''
beforeEach(async () => {
  root = await temporaryFolder()
  vi.stubEnv('ESPALIER_DATA', root)
  vi.stubEnv('HF_TOKEN', '')
})
afterEach(() => vi.unstubAllEnvs())

const here = async (folder: string) =>
  (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => entry.name)

describe('fetching a data set', () => {
  test('brings its Parquet files into the data folder, once', async () => {
    const hub = await startHub({
      main: { 'data/train.parquet': bytes('train'), 'data/test.parquet': bytes('test'), 'README.md': bytes('no') },
    })
    const progress: string[] = []
    const fetched = await fetchFromHub(name, { hubUrl: hub.url }, ({ file, bytes, total }) => progress.push(`${file} ${bytes}/${total}`))
    expect(fetched).toEqual({ folder: join(root, 'hub', 'toys--shapes'), files: 2, bytes: 9, already: 0 })
    expect(await readFile(join(fetched.folder, 'data/train.parquet'), 'utf8')).toBe('train')
    expect(progress).toEqual(['data/train.parquet 5/5', 'data/test.parquet 4/4'])
    expect(await fetchFromHub(name, { hubUrl: hub.url })).toMatchObject({ already: 2 })
    expect(hub.sent).toEqual(['data/train.parquet', 'data/test.parquet'])
    expect((await dataSets()).data).toContainEqual(expect.objectContaining({ name: "hub('toys/shapes')", folder: fetched.folder }))
  })

  test('replaces a file that differs from the hub’s', async () => {
    const hub = await startHub({ main: { 'a.parquet': bytes('right'), 'b.parquet': bytes('other') } })
    const { folder } = await fetchFromHub(name, { hubUrl: hub.url })
    await writeFile(join(folder, 'a.parquet'), 'wrong')
    expect(await fetchFromHub(name, { hubUrl: hub.url })).toMatchObject({ already: 1 })
    expect(await readFile(join(folder, 'a.parquet'), 'utf8')).toBe('right')
  })

  test('leaves exactly the files of its own list, of whatever revision', async () => {
    const hub = await startHub({ main: { 'data/train-00000-of-00001-1a2b.parquet': bytes('old') } })
    const { folder } = await fetchFromHub(name, { hubUrl: hub.url })
    await symlink(join(root, 'elsewhere'), join(folder, 'link.parquet'))
    hub.files.main = { 'data/train-00000-of-00001-99aa.parquet': bytes('new') }
    await fetchFromHub(name, { hubUrl: hub.url })
    expect(await readdir(join(folder, 'data'))).toEqual(['train-00000-of-00001-99aa.parquet'])
    expect(await readdir(folder)).toEqual(['.fetched.json', 'data'])
    expect(await fetchedFiles(name)).toEqual(['data/train-00000-of-00001-99aa.parquet'])
  })

  test('that does not end leaves a data set that is not read until it is fetched again', async () => {
    const hub = await startHub({ main: { 'a.parquet': bytes('old'), 'b.parquet': bytes('old') } })
    await fetchFromHub(name, { hubUrl: hub.url })
    hub.files.main = { 'a.parquet': bytes('new'), 'b.parquet': bytes('new') }
    hub.served = { 'b.parquet': bytes('ne') }
    await expect(fetchFromHub(name, { hubUrl: hub.url })).rejects.toThrow('b.parquet ended after 2 of 3 bytes')
    await expect(fetchedFiles(name)).rejects.toMatchObject({ hint: 'Download it again: espalier data fetch toys/shapes' })
    hub.served = {}
    await fetchFromHub(name, { hubUrl: hub.url })
    expect(await fetchedFiles(name)).toEqual(['a.parquet', 'b.parquet'])
  })

  test('never writes or removes at the end of a link', async () => {
    const hub = await startHub({ main: { 'a.parquet': bytes('new') } })
    await mkdir(join(root, 'mine'))
    await writeFile(join(root, 'mine/own.parquet'), 'mine')
    await mkdir(join(root, 'hub'))
    await symlink(join(root, 'mine'), join(root, 'hub/toys--shapes'))
    await expect(fetchFromHub(name, { hubUrl: hub.url })).rejects.toThrow('cannot be downloaded into a symbolic link')
    expect(await readdir(join(root, 'mine'))).toEqual(['own.parquet'])
  })

  test('takes the hub’s own conversion where there is no Parquet file', async () => {
    const hub = await startHub({
      main: { 'train.zip': bytes('zip') },
      'refs/convert/parquet': { 'default/train/0000.parquet': bytes('converted') },
    })
    const { folder } = await fetchFromHub(name, { hubUrl: hub.url })
    expect(await readFile(join(folder, 'default/train/0000.parquet'), 'utf8')).toBe('converted')
  })

  test('without any Parquet file says where it looked', async () => {
    const hub = await startHub({ main: {}, 'refs/convert/parquet': {} })
    await expect(fetchFromHub(name, { hubUrl: hub.url })).rejects.toMatchObject({ facts: [['looked in', 'main, refs/convert/parquet']] })
  })

  test.each([
    ['damaged', 'wrong', 'a.parquet arrived with another content than announced'],
    ['cut off', 'rig', 'a.parquet ended after 3 of 5 bytes'],
  ])('that arrives %s leaves nothing behind', async (_, served, says) => {
    const hub = await startHub({ main: { 'a.parquet': bytes('right') } })
    hub.served = { 'a.parquet': bytes(served) }
    const problem = await fetchFromHub(name, { hubUrl: hub.url }).then(
      () => expect.fail('no error'),
      (cause) => cause,
    )
    expect(problem).toMatchObject({ _tag: 'DataProblem', kind: 'missing' })
    expect(problem.message).toContain(says)
    expect(await here(root)).toEqual([])
  })

  test('never writes outside its folder, whatever the hub lists', async () => {
    const hub = await startHub({ main: { '../../../escaped.parquet': bytes('out') } })
    await expect(fetchFromHub(name, { hubUrl: hub.url })).rejects.toThrow('it lists a file at "../../../escaped.parquet"')
    expect(await here(root)).toEqual([])
  })

  test('that is not there, or without a network, is one sentence', async () => {
    const hub = await startHub({})
    await expect(fetchFromHub(name, { hubUrl: hub.url })).rejects.toMatchObject({
      title: `The data set toys/shapes could not be downloaded from ${hub.url}.`,
    })
    await expect(fetchFromHub(name, { hubUrl: 'http://127.0.0.1:9' })).rejects.toMatchObject({
      title: 'The data set toys/shapes could not be downloaded from http://127.0.0.1:9.',
      facts: [['reason', expect.stringContaining('fetch failed')]],
    })
    await expect(fetchFromHub('shapes', { hubUrl: hub.url })).rejects.toMatchObject({ kind: 'unknown' })
  })
})
