/** What holds of the journal of every store. */
import { describe, expect, test } from 'vitest'
import type { RunEvent } from '../../../../runtime/run-event.ts'
import { RunJournal } from '../../../../runtime/store/run-journal.ts'
import type { Store } from '../../../../runtime/store/store.ts'
import { type Backend, freshIn, key, result } from './backend.ts'

export function journalConform(backend: Backend): void {
  const { name } = backend
  const fresh = () => freshIn(backend)
  describe(`a store ${name}: the journal`, () => {
    const stage = { path: 'a', kind: 'train', key } as const
    const events: readonly RunEvent[] = [
      { event: 'start', file: 'a.pipeline.ts', stages: 1, slots: 1, threads: 1 },
      { event: 'stage-start', ...stage, steps: 10 },
      { event: 'stage-done', ...stage, artifact: null, metrics: {}, seconds: 2 },
    ]
    const done: RunEvent = {
      event: 'done',
      ok: true,
      interrupted: false,
      seconds: 3,
      stages: { total: 1, hit: 0, run: 1, resumed: 0, failed: 0, skipped: 0 },
      results: [],
    }

    test('a run is there while it goes on and after its end, with its stages, log and target', async () => {
      const { store, open } = await fresh()
      const again = await open()
      await store.results.put(result({ path: 'a' }))
      const journal = new RunJournal({ store, file: '/p/a.pipeline.ts', target: 'main', onWarning: () => expect.fail('a warning') })
      for (const event of events) journal.note(event)
      await journal.written()
      const follow = again.journal.followLog(1)
      expect((await follow()).map(({ event }) => event)).toEqual(['start', 'stage-start', 'stage-done'])
      expect(await follow()).toEqual([])
      expect(await again.journal.runs()).toMatchObject([
        { id: 1, file: '/p/a.pipeline.ts', target: 'main', status: 'running', seconds: null },
      ])
      expect(await again.journal.stagesOf(1)).toMatchObject([{ path: 'a', key, outcome: 'run' }])
      expect(await again.journal.keysOf('/p/a.pipeline.ts', 'main')).toBeUndefined()
      journal.note(done)
      await journal.close()
      expect((await follow()).map(({ event }) => event)).toEqual(['done'])
      expect(await again.journal.run(1)).toMatchObject({ status: 'done', stages: { run: 1 } })
      expect(await again.journal.stagesOf(1)).toEqual([{ path: 'a', key, kind: 'train', outcome: 'run', seconds: 2, because: null }])
      const log = await again.journal.readLog(1)
      expect(log.map(({ event }) => event)).toEqual(['start', 'stage-start', 'stage-done', 'done'])
      expect(log[2]).toMatchObject({ result: { key, path: 'a' } })
      expect(await again.journal.outcomesOf(key)).toEqual([{ run: 1, outcome: 'run', because: null }])
      expect(await again.journal.places()).toEqual([{ path: 'a', key }])
      expect(await again.journal.beginningWith(key.slice(0, 6))).toEqual([{ path: 'a', key }])
      expect(await again.journal.targets()).toEqual([{ file: '/p/a.pipeline.ts', target: 'main', keys: { a: key } }])
    })

    test('runs are listed by number, filtered by status and file, and as many as asked', async () => {
      const { store } = await fresh()
      for (const [i, letter] of [...'abc'].entries()) {
        const journal = new RunJournal({ store, file: `/${letter}.pipeline.ts`, target: 'default', onWarning: () => {} })
        for (const event of [...events, { ...done, ok: i !== 1 }]) journal.note(event)
        await journal.close()
      }
      const files = async (asked: Parameters<Store['journal']['runs']>[0]) => (await store.journal.runs(asked)).map(({ file }) => file[1])
      expect(await files({})).toEqual(['c', 'b', 'a'])
      expect(await files({ status: 'failed' })).toEqual(['b'])
      expect(await files({ file: 'a.pipe' })).toEqual(['a'])
      expect(await files({ most: 2 })).toEqual(['c', 'b'])
    })

    test('a run keeps its tags and its note until they are taken away', async () => {
      const { store } = await fresh()
      await store.remarks.set(2, { tags: ['paper', '"b"'], note: '' })
      await store.remarks.set(1, { tags: [], note: 'first\nlines' })
      await store.remarks.set(2, { tags: ['paper'], note: 'again' })
      expect([...(await store.remarks.all())]).toEqual([
        [1, { tags: [], note: 'first\nlines' }],
        [2, { tags: ['paper'], note: 'again' }],
      ])
      await store.remarks.set(2, { tags: [], note: '' })
      expect([...(await store.remarks.all()).keys()]).toEqual([1])
    })
  })
}
