import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { latestCheckpoint } from '../../../../runtime/store/checkpoints.ts'
import { isTemporary } from '../../../../runtime/store/durable-file.ts'
import { FolderLogs } from '../../../../runtime/store/folder/stage-log.ts'
import { collect, findGarbage } from '../../../../runtime/store/maintenance/gc.ts'
import { verify } from '../../../../runtime/store/maintenance/verify.ts'
import { openStore } from '../../../../runtime/store/open.ts'
import { repair } from '../../../../runtime/store/sqlite/repair.ts'
import { keep, runOf } from '../stored.ts'
import { numerics, temporaryFolder, temporaryStore } from '../temporary-store.ts'

const old = new Date('2020-01-01')
const key = 'ab'.repeat(32)

/** Files of somebody's, as old as can be, under names that a store might give too. */
async function precious(): Promise<{ readonly folder: string; readonly left: () => string[] }> {
  const folder = await temporaryFolder()
  const files = ['thesis.tex', 'inner/x', `${key}.log`, `${key}.json`, `a.1.${'0'.repeat(12)}`, '3-0123456789abcdef.ckpt', 'log.jsonl']
  for (const file of files) write(join(folder, file), 'precious')
  return { folder, left: () => (readdirSync(folder, { recursive: true }) as string[]).filter((file) => file !== 'inner').sort() }
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  utimesSync(file, old, old)
}

async function filled() {
  const store = await temporaryStore()
  await runOf(store, [await keep(store, 'dense/train')])
  await store.checkpoints.write(key, { step: 1, tensors: new Map(), counters: {}, numerics })
  const [shard] = readdirSync(store.layout.objects)
  return { store, shard: `objects/${shard}` }
}

describe('a store that a link leads out of', () => {
  const places = ['objects', 'checkpoints', 'runs', 'logs', 'data', 'functions', 'exports', 'quarantine', 'tmp']
  const inner = ['objects/00', `checkpoints/${'cd'.repeat(32)}`, 'runs/7']
  const files = ['index.sqlite', 'index.sqlite-wal', 'index.sqlite-shm', 'index.sqlite-journal']
  test.each([...places, ...inner, ...files])('at %s is refused by every way in, and nothing happens there', async (place) => {
    const { store } = await filled()
    const { root } = store.layout
    store.close()
    const { folder, left } = await precious()
    const before = left()
    rmSync(join(root, place), { recursive: true, force: true })
    mkdirSync(dirname(join(root, place)), { recursive: true })
    symlinkSync(place.startsWith('index') ? join(folder, 'thesis.tex') : folder, join(root, place))
    const refusal = { kind: 'foreign', facts: expect.arrayContaining([['found', expect.stringContaining(folder)]]) }
    for (const open of [{}, { existing: true }, { readOnly: true }]) await expect(openStore(root, open)).rejects.toMatchObject(refusal)
    await expect(repair(root)).rejects.toMatchObject(refusal)
    expect(left()).toEqual(before)
    expect(readFileSync(join(folder, 'thesis.tex'), 'utf8')).toBe('precious')
  })

  test.each(['a FIFO', 'a file'])('where %s stands for a folder, or for the index, it is refused too', async (what) => {
    for (const place of ['objects', 'runs/7', 'index.sqlite']) {
      if (what === 'a file' && place === 'index.sqlite') continue
      const { store } = await filled()
      store.close()
      const path = join(store.layout.root, place)
      rmSync(path, { recursive: true, force: true })
      if (what === 'a file') writeFileSync(path, '')
      else execFileSync('mkfifo', [path])
      await expect(openStore(store.layout.root)).rejects.toMatchObject({ kind: 'foreign' })
    }
  })

  test('may itself be a link, as to a larger disk', async () => {
    const [folder, disk] = [await temporaryFolder(), await temporaryFolder()]
    symlinkSync(disk, join(folder, '.espalier'))
    const store = await openStore(join(folder, '.espalier'))
    await keep(store, 'train')
    expect(await verify(store)).toMatchObject({ findings: [], results: 1 })
    store.close()
  })
})

describe('a link, a FIFO or a folder in place of a file', () => {
  const kinds = {
    'a link': (path: string) => symlinkSync('/dev/zero', path),
    'a FIFO': (path: string) => void execFileSync('mkfifo', [path]),
    'a folder': (path: string) => mkdirSync(path),
  }
  test.each(Object.entries(kinds))('%s: an object is damaged, and is made again', async (_, put) => {
    const store = await temporaryStore()
    const digest = await store.objects.put(Buffer.from('hello'))
    const { file } = await store.objects.whereIs(digest)
    rmSync(file)
    put(file)
    expect((await verify(store)).findings).toMatchObject([{ kind: 'object', what: digest }])
    await expect(store.objects.get(digest)).rejects.toMatchObject({ kind: 'corrupt' })
    put(file)
    await store.objects.put(Buffer.from('hello'))
    expect(String(await store.objects.get(digest))).toBe('hello')
  })

  test.each(Object.entries(kinds))('%s: a checkpoint is passed over', async (_, put) => {
    const { store } = await filled()
    const [name] = readdirSync(join(store.layout.checkpoints, key))
    const file = join(store.layout.checkpoints, key, name!)
    rmSync(file)
    put(file)
    expect(await latestCheckpoint(store.checkpoints, key)).toMatchObject({ checkpoint: undefined, ignored: [/damaged/] })
    expect((await verify(store)).findings).toMatchObject([{ kind: 'checkpoint' }])
  })

  test.each(Object.entries(kinds))('%s: the log of a run, of a stage, an export record are none', async (_, put) => {
    const { store } = await filled()
    const { folder, left } = await precious()
    const before = left()
    const paths = ['runs/1/log.jsonl', `logs/${key}.log`, `exports/${key}.json`].map((path) => join(store.layout.root, path))
    for (const path of paths) {
      mkdirSync(dirname(path), { recursive: true })
      rmSync(path, { force: true })
      put(path)
    }
    expect(await store.journal.readLog(1)).toEqual([])
    const log = store.logs.open(key)
    log.write('into the void')
    log.close()
    expect(store.logs.read(key)).toBe('')
    expect(await store.exports.find(key)).toBeUndefined()
    expect([folder, left()]).toEqual([folder, before])
  })
})

test('a log is not written through a link', async () => {
  const folder = await temporaryFolder()
  write(join(folder, 'notes'), 'mine')
  symlinkSync(join(folder, 'notes'), join(folder, `${key}.log`))
  const log = new FolderLogs(folder).open(key)
  log.write('appended')
  log.close()
  expect(readFileSync(join(folder, 'notes'), 'utf8')).toBe('mine')
})

test.each(['../../../etc/hosts', '/etc/hosts', 'a/../../b', '..', 'C:\\x', 'a\0b'])(
  'an export record that names %j is none',
  async (path) => {
    const store = await temporaryStore()
    await store.exports.put(key, [{ path, bytes: 1, mtimeMs: 1, sha256: 'ab'.repeat(32) }])
    expect(await store.exports.find(key)).toBeUndefined()
    await expect(store.exports.put('../../x', [])).rejects.toMatchObject({ kind: 'malformed' })
  },
)

test('gc removes names of the store alone, whatever else lies in its folders', async () => {
  const store = await temporaryStore()
  const { root } = store.layout
  const mine = [
    'tmp/thesis.tex',
    'tmp/inner/x',
    'quarantine/thesis.tex',
    'quarantine/index.sqlite',
    'logs/thesis.log',
    'exports/cv.json',
    'functions/package.json',
    'data/results.json',
    'data/digits-1.bin',
    'objects/thesis.tex',
    'objects/ab/thesis.tex',
    `checkpoints/${key}/thesis.tex`,
    'checkpoints/thesis.tex',
  ]
  const left = [
    `tmp/a.safetensors.12.${'0'.repeat(12)}`,
    `quarantine/${key}`,
    'quarantine/index-1700000000000.sqlite-wal',
    `logs/${'ef'.repeat(32)}.log.1`,
    `exports/${'ef'.repeat(32)}.json`,
    `functions/${key}.json`,
    `objects/ab/${'c'.repeat(62)}`,
    `checkpoints/${key}/9-0123456789abcdef.ckpt`,
  ]
  for (const file of [...mine, ...left]) write(join(root, file), '{}')
  utimesSync(join(root, 'checkpoints', key), old, old)
  await store.results.put({ ...(await store.results.get((await keep(store, 'x')).key))!, key })
  await collect(store, await findGarbage(store, { grace: -1000 }))
  expect(mine.filter((file) => !existsSync(join(root, file)))).toEqual([])
  expect(left.filter((file) => existsSync(join(root, file)))).toEqual([])
})

test('opening a store sweeps what killed writers left, and nothing of another form', async () => {
  const store = await temporaryStore()
  const { root, tmp } = store.layout
  for (const name of ['thesis.tex', 'a.1.0123456789ab', 'a.1.0123456789abc', 'a.x.0123456789ab']) write(join(tmp, name), 'x')
  ;(await openStore(root)).close()
  expect(readdirSync(tmp).sort()).toEqual(['a.1.0123456789abc', 'a.x.0123456789ab', 'thesis.tex'])
  expect(isTemporary('a.1.0123456789ab')).toBe(true)
})

test('gc says what goes when only files do', async () => {
  const store = await temporaryStore()
  const digest = await store.objects.put(Buffer.from('left by a killed run'))
  utimesSync((await store.objects.whereIs(digest)).file, old, old)
  const garbage = await findGarbage(store)
  expect(garbage).toMatchObject({ results: [], objects: [{ digest }] })
})
