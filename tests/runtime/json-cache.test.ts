import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { sha256 } from '../../runtime/format/hash.ts'
import { JsonCache } from '../../runtime/json-cache.ts'
import { isOwnName } from '../../runtime/store/folder/own-names.ts'

function folder(): string {
  const above = mkdtempSync(join(tmpdir(), 'espalier-test-'))
  onTestFinished(() => rmSync(above, { recursive: true, force: true }))
  const made = join(above, 'functions')
  mkdirSync(made)
  return made
}

test('what was kept is found, and the older half goes when there are too many; files of other names stay', () => {
  const place = folder()
  for (const name of ['package.json', 'notes.txt', `${'a'.repeat(63)}.json`]) writeFileSync(join(place, name), '{}')
  const cache = new JsonCache<number>(place, 4)
  const names = Array.from({ length: 9 }, (_, i) => sha256(`${i}`))
  for (const [i, name] of names.entries()) cache.set(name, i)
  expect(cache.get(names[8]!)).toBe(8)
  const left = readdirSync(place)
  expect(left).toEqual(expect.arrayContaining(['package.json', 'notes.txt', `${'a'.repeat(63)}.json`]))
  expect(left.length - 3).toBeLessThanOrEqual(4)
})

test('what a killed process left half written has a name that gc takes', () => {
  expect(isOwnName('functions', `${sha256('')}.json.${process.pid}.0.tmp`)).toBe(true)
  expect(isOwnName('functions', 'package.json.1.0.tmp')).toBe(false)
})
