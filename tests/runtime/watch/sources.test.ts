import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { watchSources } from '../../../runtime/watch/sources.ts'

/** A watched file, and how often it was said to have changed once things are quiet. */
async function watched() {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-watch-'))
  const file = join(folder, 'a.pipeline.ts')
  writeFileSync(file, '1')
  let changes = 0
  let told = Promise.withResolvers<void>()
  const sources = watchSources(() => {
    changes++
    told.resolve()
    told = Promise.withResolvers()
  })
  sources.follow([file])
  onTestFinished(async () => {
    await sources.close()
    rmSync(folder, { recursive: true })
  })
  // The folder is watched when a change is told.
  for (let i = 0; changes === 0; i++) {
    writeFileSync(file, `not yet ${i}`)
    await sleep(200)
  }
  for (let seen = 0; seen !== changes; ) {
    seen = changes
    await sleep(300)
  }
  const before = changes
  return { folder, file, sources, next: () => told.promise, changes: () => changes - before }
}

test.each([
  ['in place', (file: string) => writeFileSync(file, '2')],
  [
    'through a temporary file that takes its place',
    (file: string) => {
      writeFileSync(`${file}.tmp~`, '2')
      renameSync(`${file}.tmp~`, file)
    },
  ],
  [
    'removed and made again',
    (file: string) => {
      rmSync(file)
      writeFileSync(file, '2')
    },
  ],
  ['removed', (file: string) => rmSync(file)],
])('a file that is saved %s is noticed', async (_, save) => {
  const { file, next } = await watched()
  const noticed = next()
  save(file)
  await noticed
})

test('a file that was away for long is noticed when it is back', async () => {
  const { file, next } = await watched()
  const gone = next()
  rmSync(file)
  await gone
  await sleep(300)
  const back = next()
  writeFileSync(file, '3')
  await back
})

test('a burst of saves is one change, on a slow machine two, and other files are none', async () => {
  const { folder, file, next, changes } = await watched()
  const noticed = next()
  writeFileSync(join(folder, 'notes.md'), 'x')
  for (let i = 0; i < 20; i++) writeFileSync(file, String(i))
  await noticed
  await sleep(300)
  expect(changes()).toBeLessThanOrEqual(2)
})

test('files that are not followed any more are let go', async () => {
  const { folder, file, sources, changes } = await watched()
  const other = join(folder, 'other.txt')
  sources.follow([other])
  writeFileSync(file, '2')
  await sleep(400)
  expect(changes()).toBe(0)
})

test('a file in another folder that was saved while it was first read is noticed, once', async () => {
  const { folder, file, sources, next, changes } = await watched()
  const helper = join(folder, 'parts/helper.ts')
  mkdirSync(join(folder, 'parts'))
  writeFileSync(helper, '1')
  const read = statSync(helper).mtimeMs
  writeFileSync(helper, '2')
  utimesSync(helper, new Date(), read / 1000 + 1)
  const noticed = next()
  sources.follow([file, helper], read)
  await noticed
  const before = changes()
  sources.follow([file], read)
  sources.follow([file, helper], read)
  await sleep(1500)
  expect(changes()).toBe(before)
})
