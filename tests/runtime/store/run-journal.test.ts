import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import type { RunEvent } from '../../../runtime/run-event.ts'
import type { RunsAsked } from '../../../runtime/store/journal.ts'
import { RunJournal } from '../../../runtime/store/run-journal.ts'
import type { Store } from '../../../runtime/store/store.ts'
import { temporaryStore } from './temporary-store.ts'

const keyOf = (letter: string) => letter.repeat(64)
const started: RunEvent = { event: 'start', file: 'a.pipeline.ts', stages: 2, slots: 1, threads: 1 }
const hit = (path: string, letter: string): RunEvent => ({ event: 'hit', path, kind: 'train', key: keyOf(letter), artifact: null })
const start = (path: string, letter: string, resumedAt?: number): RunEvent => ({
  event: 'stage-start',
  path,
  kind: 'train',
  key: keyOf(letter),
  steps: 10,
  ...(resumedAt === undefined ? {} : { resumedAt }),
})
const done = (path: string, letter: string, seconds = 2): RunEvent => ({
  event: 'stage-done',
  path,
  kind: 'train',
  key: keyOf(letter),
  artifact: null,
  metrics: { 'test/accuracy': 0.5 },
  seconds,
})
const stages = { total: 2, hit: 1, run: 1, resumed: 0, failed: 0, skipped: 0 }
const end = (more: Partial<Extract<RunEvent, { event: 'done' }>> = {}): RunEvent => ({
  event: 'done',
  ok: true,
  interrupted: false,
  seconds: 3,
  stages,
  results: [],
  ...more,
})
function journalOf(store: Store, file = 'a.pipeline.ts#main', part = false) {
  const warnings: RunEvent[] = []
  const journal = new RunJournal({ store, file, target: 'main', part, onWarning: (warning) => warnings.push(warning) })
  return {
    warnings,
    journal,
    async tell(...events: RunEvent[]) {
      for (const event of events) journal.note(event)
      await journal.written()
    },
  }
}

test('a run is written down with its file, target and the outcome of every stage', async () => {
  const store = await temporaryStore()
  const failed: RunEvent = { event: 'stage-failed', path: 'c', kind: 'train', problem: { title: 'It broke.', facts: [], hint: '' } }
  const { tell } = journalOf(store)
  await tell(started, hit('a', 'a'), start('b', 'b', 4), done('b', 'b'), start('c', 'c'), failed)
  await tell({ event: 'stage-skipped', path: 'd', because: 'c failed' }, start('e', 'e'), end({ ok: false, stages }))
  const [run] = await store.journal.runs()
  expect(run).toMatchObject({ file: resolve('a.pipeline.ts'), target: 'main', status: 'failed', stages })
  expect(run!.seconds).toBeGreaterThanOrEqual(0)
  expect(await store.journal.stagesOf(run!.id)).toEqual([
    { path: 'a', key: keyOf('a'), kind: 'train', outcome: 'hit', seconds: 0, because: null },
    { path: 'b', key: keyOf('b'), kind: 'train', outcome: 'resumed', seconds: 2, because: null },
    { path: 'c', key: keyOf('c'), kind: 'train', outcome: 'failed', seconds: 0, because: 'It broke.' },
    { path: 'd', key: null, kind: '', outcome: 'skipped', seconds: 0, because: 'c failed' },
    { path: 'e', key: keyOf('e'), kind: 'train', outcome: 'stopped', seconds: 0, because: null },
  ])
})

test('its log has every event but progress, in order, with times', async () => {
  const store = await temporaryStore()
  const { tell } = journalOf(store)
  const progress: RunEvent = { event: 'progress', path: 'b', step: 1, steps: 10, epoch: 1, epochs: 1 }
  await tell(started, hit('a', 'a'), start('b', 'b'), progress, done('b', 'b'), end())
  const lines = await store.journal.readLog(1)
  expect(lines.map(({ event }) => event)).toEqual(['start', 'hit', 'stage-start', 'stage-done', 'done'])
  for (const { time } of lines) expect(new Date(String(time)).toISOString()).toBe(time)
})

test('a run that finds everything changes nothing, the second time', async () => {
  const store = await temporaryStore()
  const all = [started, hit('a', 'a'), hit('b', 'b'), end()]
  await journalOf(store).tell(...all)
  expect(await store.journal.runs()).toHaveLength(1)
  const changes = () => store.index.all('SELECT total_changes() AS n')[0]!.n
  const before = changes()
  await journalOf(store).tell(...all)
  expect(changes()).toBe(before)
  expect(await store.journal.runs()).toHaveLength(1)
  // Other stages than before are news, found or not.
  await journalOf(store).tell(started, hit('a', 'a'), hit('b', 'c'), end())
  expect(await store.journal.runs()).toHaveLength(2)
  expect(await store.journal.targets()).toEqual([
    { file: resolve('a.pipeline.ts'), target: 'main', keys: { a: keyOf('a'), b: keyOf('c') } },
  ])
})

test('a run without an end is running while its process lives, then it was killed; what it did is read from its log', async () => {
  const store = await temporaryStore()
  const { tell } = journalOf(store)
  await tell(started, hit('a', 'a'), start('b', 'b'), done('b', 'b'), start('c', 'c'))
  expect((await store.journal.runs())[0]).toMatchObject({ status: 'running', seconds: null, stages: null })
  store.index.run("UPDATE runs SET process = replace(process, ' ' || ?, ' 4194999')", String(process.pid))
  expect((await store.journal.runs())[0]).toMatchObject({ status: 'killed' })
  writeFileSync(store.journal.whereIs(1), '{"event":"stage-done","pa', { flag: 'a' })
  expect((await store.journal.stagesOf(1)).map(({ path, outcome }) => `${path} ${outcome}`)).toEqual(['a hit', 'b run', 'c stopped'])
})

test('a run that the store ended is noted as failed', async () => {
  const store = await temporaryStore()
  const { journal, tell } = journalOf(store)
  await tell(started, start('b', 'b'))
  await journal.close()
  expect((await store.journal.runs())[0]).toMatchObject({ status: 'failed', stages: null })
})

test('a history that cannot be written is one warning, and stops nothing', async () => {
  const store = await temporaryStore()
  mkdirSync(store.layout.root, { recursive: true })
  writeFileSync(store.layout.runs, 'a file where the folder should be')
  const { journal, tell, warnings } = journalOf(store)
  await tell(started, start('b', 'b'), done('b', 'b'), end())
  await journal.close()
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toMatchObject({ event: 'warning', problem: { title: 'This run is not recorded in the history.' } })
})

test('runs are listed by number, filtered by status and file, and as many as asked', async () => {
  const store = await temporaryStore()
  for (const [i, letter] of [...'abc'].entries())
    await journalOf(store, `${letter}.pipeline.ts`).tell(started, start('x', letter), done('x', letter), end({ ok: i !== 1 }))
  const files = async (asked: RunsAsked) => (await store.journal.runs(asked)).map(({ file }) => basename(file, '.pipeline.ts'))
  expect(await files({})).toEqual(['c', 'b', 'a'])
  expect(await files({ status: 'failed' })).toEqual(['b'])
  expect(await files({ file: 'a.pipe' })).toEqual(['a'])
  expect(await files({ most: 2 })).toEqual(['c', 'b'])
})

test('a thousand stages at the end are one transaction', async () => {
  const store = await temporaryStore()
  const { tell } = journalOf(store)
  await tell(started, start('x', 'a'), done('x', 'a'))
  for (let i = 0; i < 1000; i++) await tell({ ...hit(`arm${i}/train`, 'b'), key: i.toString(16).padStart(64, '0') } as RunEvent)
  const size = () => statSync(`${store.layout.index}-wal`).size
  const before = size()
  await tell(end())
  const written = size() - before
  expect(written).toBeGreaterThan(0)
  // A transaction for each would write pages of its own each time, until SQLite empties the log at 4 MB.
  expect(written).toBeLessThan(1e6)
  expect(existsSync(join(store.layout.runs, '1/log.jsonl'))).toBe(true)
})

test('a run of some arms leaves what else its target leads to as it was known', async () => {
  const store = await temporaryStore()
  await journalOf(store).tell(started, done('a', 'a'), done('b', 'b'), end())
  await journalOf(store, undefined, true).tell(started, done('b', 'c'), end())
  expect(await store.journal.keysOf(resolve('a.pipeline.ts'), 'main')).toEqual({ a: keyOf('a'), b: keyOf('c') })
  const runs = (await store.journal.runs()).length
  await journalOf(store, undefined, true).tell(started, hit('b', 'c'), end())
  expect(await store.journal.runs()).toHaveLength(runs)
})
