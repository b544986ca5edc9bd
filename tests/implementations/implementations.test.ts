import { describe, expect, test } from 'vitest'
import type { StageKind } from '../../dsl/graph/stage-options.ts'
import { implementations, recorded, unguarded } from './implementations.ts'
import { reached } from './reach.ts'

const now = implementations()

test('what stages compute has not changed, or a revision was raised: else npm run implementations says what to do', () => {
  expect(unguarded(recorded(), now)).toEqual([])
})

test('what stages compute is written down: npm run implementations', () => {
  expect(now).toEqual(recorded())
})

test('a change counts until every kind that computes with it is raised; one of another kind does not help', () => {
  const before = { revisions: { prune: 1, train: 1, merge: 1 }, files: { 'select.ts': 'a', 'merge.ts': 'a' } }
  const users = new Map<string, readonly StageKind[]>([
    ['select.ts', ['prune', 'train']],
    ['merge.ts', ['merge']],
  ])
  const changed = (file: string, revisions: object) =>
    unguarded(before, { revisions: { ...before.revisions, ...revisions }, files: { ...before.files, [file]: 'b' } }, users)
  expect(unguarded(before, before, users)).toEqual([])
  expect(changed('select.ts', {})).toEqual([{ file: 'select.ts', kinds: ['prune', 'train'] }])
  expect(changed('select.ts', { merge: 2 })).toEqual([{ file: 'select.ts', kinds: ['prune', 'train'] }])
  expect(changed('select.ts', { prune: 2 })).toEqual([{ file: 'select.ts', kinds: ['train'] }])
  expect(changed('select.ts', { prune: 2, train: 2 })).toEqual([])
  expect(changed('merge.ts', { merge: 2 })).toEqual([])
})

describe('a kind computes with what its run reaches', () => {
  const users = reached()
  const kindsOf = (file: string) => users.get(file) ?? []

  test('kernels of both engines, for all that open one', () => {
    const engine = [...users.keys()].filter((file) => file.startsWith('runtime/engine/'))
    expect(engine).toEqual(expect.arrayContaining(['runtime/engine/open.ts', 'runtime/engine/tensorflow/mixed.ts']))
    expect(engine.some((file) => file.startsWith('runtime/engine/portable/'))).toBe(true)
    expect(kindsOf('runtime/engine/open.ts')).toEqual(expect.arrayContaining(['train', 'distill', 'prune', 'evaluate', 'recalibrate']))
    for (const kind of ['rewind', 'reinit', 'interpolate', 'dense'] as const) expect(kindsOf('runtime/engine/open.ts')).not.toContain(kind)
  })

  test('a criterion for pruning and for trainings that prune, the training step for trainings alone, a distiller for distill alone', () => {
    expect(kindsOf('stdlib/prune/slimming.ts')).toEqual(expect.arrayContaining(['prune', 'train', 'distill']))
    expect(kindsOf('stdlib/training/trainer.ts').toSorted()).toEqual(['distill', 'train'])
    expect(kindsOf('stdlib/distill/kd.ts')).toEqual(expect.arrayContaining(['distill']))
    expect(kindsOf('stdlib/distill/merge.ts')).toEqual(['merge'])
    expect(kindsOf('stdlib/masks.ts')).toEqual(expect.arrayContaining(['rewind', 'reinit', 'train']))
  })

  test('no file of what reads data or keeps results', () => {
    expect([...users.keys()].filter((file) => /^(dsl|stdlib\/data|runtime\/(store|data|cli|plan))\//.test(file))).toEqual([])
    expect(users.size).toBeGreaterThan(100)
  })
})
