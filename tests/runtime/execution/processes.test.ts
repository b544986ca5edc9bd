import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { temporaryStore } from '../store/temporary-store.ts'

test('eight runs at once with overlapping plans end with every stage computed once', { timeout: 120_000 }, async () => {
  const store = await temporaryStore()
  const script = join(import.meta.dirname, 'study-process.ts')
  const ended = await Promise.all(
    Array.from({ length: 8 }, async (_, number) => {
      const { stdout } = await promisify(execFile)(process.execPath, [script, store.layout.root, String(number)])
      return JSON.parse(stdout) as { readonly ok: boolean; readonly began: readonly string[] }
    }),
  )
  expect(ended.map(({ ok }) => ok)).toEqual(Array.from({ length: 8 }, () => true))
  const began = ended.flatMap((each) => each.began)
  expect(began.length).toBe(new Set(began).size)
  // init, train, and prune, train and evaluate for each of six arms; rewinding needs no worker.
  expect(began.length).toBe(2 + 3 * 6)
  const results = store.index.all('SELECT key FROM results')
  expect(results.length).toBe(2 + 4 * 6)
  expect(store.index.all('SELECT * FROM leases')).toEqual([])
  expect((await store.journal.runs()).map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 'done'))
})
