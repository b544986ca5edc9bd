import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { implementations, kindsOf, recorded, unguarded } from './implementations.ts'

const now = implementations()

test('what stages compute has not changed, or a revision was raised: else npm run implementations says what to do', () => {
  expect(unguarded(recorded(), now)).toEqual([])
})

test('what stages compute is written down: npm run implementations', () => {
  expect(now).toEqual(recorded())
})

test('a change counts until a kind that computes with it is raised; one of another kind does not help', () => {
  const before = {
    revisions: { prune: 1, train: 1, distill: 1, shrink: 1, merge: 1 },
    files: { 'stdlib/prune/select.ts': 'a', 'stdlib/distill/merge.ts': 'a' },
  }
  const changed = (file: string, revisions: object) =>
    unguarded(before, { revisions: { ...before.revisions, ...revisions }, files: { ...before.files, [file]: 'b' } })
  expect(unguarded(before, before)).toEqual([])
  expect(changed('stdlib/prune/select.ts', {})).toEqual([
    { file: 'stdlib/prune/select.ts', kinds: ['prune', 'shrink', 'train', 'distill'] },
  ])
  expect(changed('stdlib/prune/select.ts', { merge: 2 })).toHaveLength(1)
  expect(changed('stdlib/prune/select.ts', { prune: 2 })).toEqual([])
  expect(changed('stdlib/distill/merge.ts', { merge: 2 })).toEqual([])
})

test('every file of the stages is somebody’s', () => {
  const stages = readdirSync(join(import.meta.dirname, '../../runtime/kinds'))
  expect(stages.filter((file) => kindsOf(`runtime/kinds/${file}`).length === 0)).toEqual([])
  expect(Object.keys(now.files).length).toBeGreaterThan(50)
})
