import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { layoutOf } from '../../../../runtime/store/folder/layout.ts'
import { FolderLogs, mostBytes } from '../../../../runtime/store/folder/stage-log.ts'
import { temporaryFolder } from '../temporary-store.ts'

const key = 'ab'.repeat(32)

test('notes have a time and a line of their own, output stays as it came', async () => {
  const layout = layoutOf(await temporaryFolder())
  expect(new FolderLogs(layout.logs).read(key)).toBeUndefined()
  const log = new FolderLogs(layout.logs).open(key)
  log.note('begins')
  log.write('half a ')
  log.write('line')
  log.note('done')
  log.close()
  log.write('too late')
  const time = String.raw`\[\d{4}-\d\d-\d\dT[\d:.]+Z\]`
  expect(new FolderLogs(layout.logs).read(key)).toMatch(new RegExp(`^${time} begins\nhalf a line\n${time} done\n$`))
})

test('a log is never much larger than twice its bound, and the newest is there', async () => {
  const layout = layoutOf(await temporaryFolder())
  const log = new FolderLogs(layout.logs).open(key)
  for (let i = 0; i < 3000; i++) log.write(`${String(i).padStart(5, '0')} ${'x'.repeat(1000)}\n`)
  log.close()
  const sizes = [new FolderLogs(layout.logs).whereIs(key), `${new FolderLogs(layout.logs).whereIs(key)}.1`].map(
    (file) => statSync(file).size,
  )
  for (const size of sizes) expect(size).toBeLessThan(mostBytes + 2000)
  const lines = new FolderLogs(layout.logs).read(key)!.trimEnd().split('\n')
  expect(lines.at(-1)).toMatch(/^02999 /)
  expect(lines.map((line) => Number(line.slice(0, 5)))).toEqual(Array.from(lines, (_, i) => 3000 - lines.length + i))
})

test('the bound is in bytes, whatever the characters', async () => {
  const layout = layoutOf(await temporaryFolder())
  const logs = new FolderLogs(layout.logs)
  const log = logs.open(key)
  log.write(`${'—'.repeat(mostBytes - 10)} the end\n`)
  log.close()
  expect(statSync(logs.whereIs(key)).size).toBe(mostBytes)
  expect(logs.read(key)).toMatch(/— the end\n$/)
})

test('a log that cannot be written stops nothing', async () => {
  const layout = layoutOf(await temporaryFolder())
  mkdirSync(dirname(layout.logs), { recursive: true })
  writeFileSync(layout.logs, 'a file where the folder should be')
  const log = new FolderLogs(layout.logs).open(key)
  log.note('begins')
  log.close()
  expect(new FolderLogs(layout.logs).read(key)).toBeUndefined()
})

test('who follows a log reads every whole line once, also when it starts again', async () => {
  const layout = layoutOf(await temporaryFolder())
  const [log, followed] = [new FolderLogs(layout.logs).open(key), new FolderLogs(layout.logs).follow(key)]
  let read = followed.read()
  let written = ''
  for (let i = 0; i < 900; i++) {
    const line = `${i} — ${'ü'.repeat(600)}\n`
    written += line
    log.write(line.slice(0, 10))
    if (i % 3 === 0) read += followed.read()
    log.write(line.slice(10))
    if (i % 7 === 0) read += followed.read()
  }
  log.write('no end')
  expect(read + followed.read()).toBe(written)
  expect(followed.read(true)).toBe('no end')
  log.close()
})
