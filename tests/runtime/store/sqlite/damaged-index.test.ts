import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StoreProblem } from '../../../../runtime/problem.ts'
import { collect, findGarbage } from '../../../../runtime/store/maintenance/gc.ts'
import { statOf } from '../../../../runtime/store/maintenance/stat.ts'
import { verify } from '../../../../runtime/store/maintenance/verify.ts'
import { isStore, openStore } from '../../../../runtime/store/open.ts'
import { repair } from '../../../../runtime/store/sqlite/repair.ts'
import { columnsOf, tableNames } from '../../../../runtime/store/sqlite/tables.ts'
import type { Store } from '../../../../runtime/store/store.ts'
import { copyOf, fillStore } from './filled-store.ts'

const home = mkdtempSync(join(tmpdir(), 'espalier-filled-'))
let sound = ''
beforeAll(async () => {
  sound = await fillStore(home)
})
afterAll(() => rmSync(home, { recursive: true }))

function change(root: string, sql: string, ...values: SQLInputValue[]): void {
  const db = new DatabaseSync(join(root, 'index.sqlite'))
  db.exec('PRAGMA ignore_check_constraints = 1')
  try {
    db.prepare(sql).run(...values)
  } finally {
    db.close()
  }
}

async function use<T>(root: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(root, { existing: true })
  try {
    return await work(store)
  } finally {
    store.close()
  }
}

/** What people ask of a store, all of it. */
async function asked(store: Store): Promise<void> {
  await statOf(store)
  for (const { id } of await store.journal.runs()) {
    await store.journal.stagesOf(id)
    await store.journal.readLog(id)
  }
  for (const { path, key } of await store.journal.places()) {
    await store.results.find(key)
    await store.results.earlierManifests([path])
    await store.results.lastDurations([{ path, kind: 'train' }])
    await store.journal.outcomesOf(key)
    for (const series of await store.results.seriesOf(key)) await store.results.metricsOf(key, series)
    await store.results.epochWeights(key)
  }
  await store.results.lastUsed(10)
  await store.results.trainingStates('cd'.repeat(32), undefined)
  await store.functions.find(['ab'.repeat(32)])
  await store.leases.holderOf('ab'.repeat(32))
  await store.pins.all()
  await findGarbage(store)
}

const hostile: readonly (readonly [string, SQLInputValue])[] = [
  ['no JSON', '{"a":1x}'],
  ['JSON of another shape', '[{"a":null}]'],
  ['a number', -7.5],
  ['the largest integer', 2n ** 63n - 1n],
  ['bytes', Buffer.from([255, 0, 1])],
  ['a path', '../../../etc/passwd'],
  ['an empty text', ''],
  ['an endless number', Number.POSITIVE_INFINITY],
]
/** SQLite itself sees to the numbers of runs. */
const cells = tableNames.flatMap((table) =>
  columnsOf(table).flatMap((column) => (table === 'runs' && column === 'id' ? [] : [[table, column] as const])),
)

test.each(cells.map((cell, i) => [...cell, ...hostile[i % hostile.length]!] as const))(
  '%s.%s, be it %s: what is damaged is found and repaired, and nothing else is lost',
  async (table, column, _, value) => {
    const root = await copyOf(sound)
    change(root, `UPDATE ${table} SET ${column} = ?1 WHERE ${column} IS (SELECT min(${column}) FROM ${table})`, value)
    const { findings } = await use(root, (store) => verify(store))
    // Some columns may hold any text.
    const answer = await use(root, asked).catch((problem: StoreProblem) => problem)
    if (answer !== undefined)
      expect([answer.kind, findings.map(({ kind }) => kind)]).toEqual(['index-damaged', expect.arrayContaining(['index'])])
    const repaired = await repair(root)
    expect(repaired.findings.length).toBeGreaterThanOrEqual(findings.length === 0 ? 0 : 1)
    expect((await use(root, (store) => verify(store))).findings).toEqual([])
    await use(root, asked)
    await use(root, async (store) => collect(store, await findGarbage(store)))
  },
)

describe('a damaged row of a result', () => {
  test.each(['manifest', 'snapshots', 'metrics', 'numerics', 'kind', 'artifact', 'finished'])(
    '%s: comes back from the log of its run',
    async (column) => {
      const root = await copyOf(sound)
      const before = await use(root, async ({ results, journal }) => results.get((await journal.places())[0]!.key))
      change(root, `UPDATE results SET ${column} = ? WHERE key = ?`, Buffer.from('?'), before!.key)
      await expect(use(root, ({ results }) => results.find(before!.key))).rejects.toMatchObject({ kind: 'index-damaged' })
      expect((await use(root, (store) => verify(store))).findings).toMatchObject([{ kind: 'index', what: before!.path }])
      const { index, missing } = await repair(root)
      expect(missing).toBe(0)
      expect(index).toMatchObject({ fromLogs: 1, keptAs: expect.stringContaining('quarantine') })
      expect(existsSync(index!.keptAs!)).toBe(true)
      expect(await use(root, ({ results }) => results.find(before!.key))).toEqual({ found: 'sound', result: before })
    },
  )

  test('beside another process that has the store open, the index stays the same file', async () => {
    const root = await copyOf(sound)
    await use(root, async (other) => {
      change(root, "UPDATE results SET metrics = '{' WHERE path = 'dense/train'")
      await repair(root)
      expect((await verify(other)).findings).toEqual([])
      expect(await other.results.count()).toBe(3)
    })
  })
})

describe('a result of which the log of a run says something else', () => {
  const changes = {
    metrics: [`'{"test/accuracy":0.99}'`, 'metrics'],
    kind: [`'finetune'`, 'kind'],
    artifact: [`(SELECT artifact FROM results WHERE path = 'sparse/finetune')`, 'artifact'],
    manifest: [`'{"kind":"train"}'`, 'manifest'],
    numerics: [`NULL`, 'numerics'],
    path: [`'sparse/train'`, 'path'],
  }
  test.each(Object.entries(changes))('%s: is found, and is again what was written when it was made', async (column, [value, name]) => {
    const root = await copyOf(sound)
    const before = (await use(root, async ({ results, journal }) => results.get((await journal.places())[0]!.key)))!
    change(root, `UPDATE results SET ${column} = ${value} WHERE key = '${before.key}'`)
    const { findings } = await use(root, (store) => verify(store))
    expect(findings).toMatchObject([{ kind: 'result', key: before.key, wrong: `the log of a run has another ${name}` }])
    await repair(root)
    expect(await use(root, ({ results }) => results.get(before.key))).toEqual(before)
    expect((await use(root, (store) => verify(store))).findings).toEqual([])
  })

  test('a snapshot that another network took the place of is found too', async () => {
    const root = await copyOf(sound)
    change(root, `UPDATE results SET snapshots = json_object('2', artifact) WHERE path = 'dense/train'`)
    expect((await use(root, (store) => verify(store))).findings).toMatchObject([{ wrong: 'the log of a run has another snapshot at 2' }])
  })

  test('one that was computed again later, by a process that was killed before it could write its line, is none', async () => {
    const root = await copyOf(sound)
    change(root, `UPDATE results SET metrics = '{"test/accuracy":0.91}', finished = finished + 1 WHERE path = 'dense/train'`)
    expect((await use(root, (store) => verify(store))).findings).toEqual([])
  })
})

describe('an index that is lost', () => {
  const ways: { readonly [how: string]: (root: string) => void } = {
    deleted: (root) => rmSync(join(root, 'index.sqlite')),
    'of 0 bytes': (root) => writeFileSync(join(root, 'index.sqlite'), ''),
    'without rows': (root) => {
      for (const table of tableNames) change(root, `DELETE FROM ${table}`)
    },
    'without a table': (root) => change(root, 'DROP TABLE results'),
    'without a column': (root) => change(root, 'ALTER TABLE results DROP COLUMN metrics'),
    'with a view in place of a table': (root) => {
      change(root, 'DROP TABLE places')
      change(
        root,
        'CREATE VIEW places AS WITH RECURSIVE n(path, key, seen) AS (SELECT 1, 1, 1 UNION ALL SELECT path + 1, key, seen FROM n) SELECT * FROM n',
      )
    },
    'with a trigger': (root) => change(root, "CREATE TRIGGER t AFTER INSERT ON results BEGIN UPDATE results SET metrics = '{}'; END"),
  }
  test.each(Object.entries(ways))(
    '%s: is a damaged one, is said so, and comes back from the logs; gc removes nothing of it',
    async (how, lose) => {
      const root = await copyOf(sound)
      for (const suffix of ['-wal', '-shm']) rmSync(join(root, `index.sqlite${suffix}`), { force: true })
      lose(root)
      expect(isStore(root)).toBe(true)
      const content = how === 'deleted' ? undefined : readFileSync(join(root, 'index.sqlite'))
      const problem = await use(root, asked).catch((cause: StoreProblem) => cause)
      expect(problem).toMatchObject({ kind: 'index-damaged', hint: expect.stringContaining('espalier store repair') })
      await expect(openStore(root))
        .rejects.toMatchObject({ kind: 'index-damaged' })
        .catch(() => {})
      if (content !== undefined && how === 'of 0 bytes') expect(readFileSync(join(root, 'index.sqlite'))).toEqual(content)
      const { index } = await repair(root)
      expect(index).toBeDefined()
      await use(root, async (store) => {
        expect((await verify(store)).findings).toEqual([])
        const results = await store.inventory.results()
        expect(results.map(({ path }) => path)).toEqual(expect.arrayContaining(['dense/train', 'sparse/finetune']))
        expect(await store.journal.runs()).toMatchObject([{ id: 2 }, { id: 1, status: 'done', file: join(home, 'a.pipeline.ts') }])
        expect(await store.journal.keysOf(join(home, 'a.pipeline.ts'), 'default')).toMatchObject({ 'dense/train': expect.any(String) })
        const garbage = await findGarbage(store, { grace: -1000 })
        expect(garbage.results.filter(({ path }) => path !== 'test')).toEqual([])
      })
    },
  )

  test('beside objects alone, or logs of runs alone, is told from that of a new store', async () => {
    for (const [kept, gone] of [
      ['objects', 'runs'],
      ['runs', 'objects'],
    ] as const) {
      const root = await copyOf(sound)
      for (const path of ['index.sqlite', gone]) rmSync(join(root, path), { recursive: true })
      await expect(openStore(root)).rejects.toMatchObject({
        kind: 'index-damaged',
        facts: expect.arrayContaining([['beside it', expect.stringContaining(kept)]]),
      })
      expect(existsSync(join(root, 'index.sqlite'))).toBe(false)
    }
  })

  test('of a store from which gc has removed everything is no lost one', async () => {
    const root = await copyOf(sound)
    for (const path of ['index.sqlite', 'runs']) rmSync(join(root, path), { recursive: true })
    rmSync(join(root, 'objects'), { recursive: true })
    ;(await openStore(root)).close()
  })
})
