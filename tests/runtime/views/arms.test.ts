import { expect, test } from 'vitest'
import type { ArmResult } from '../../../runtime/run-event.ts'
import { armGroups, baselines, splitPath } from '../../../runtime/views/arms.ts'

const labelled = (...labels: readonly (readonly [axis: string, value: string])[]): ArmResult => ({
  path: labels.map(([, value]) => value).join('/'),
  labels: labels.map(([axis, value]) => ({ axis, value })),
  artifact: null,
  metrics: {},
})
const names = (...results: readonly ArmResult[]) => armGroups(results).map(({ name }) => name)

test('seeds of one arm are one group', () => {
  const groups = armGroups([
    labelled(['seed', '0'], ['arm', 'a']),
    labelled(['seed', '1'], ['arm', 'a']),
    labelled(['seed', '0'], ['arm', 'b']),
  ])
  expect(groups.map(({ name, bySeed }) => [name, [...bySeed.keys()]])).toEqual([
    ['a', ['0', '1']],
    ['b', ['0']],
  ])
})

test('arms are distinguished by their labels, and so are their names, whatever is in them', () => {
  const all = [
    labelled(['arm', 'a/b']),
    labelled(['arm', 'a'], ['arm2', 'b']),
    labelled(['arm', '"a/b"']),
    labelled(['arm', ''], ['arm2', 'a']),
    labelled(['arm', 'a']),
    labelled(['arm', 'seed=0']),
  ]
  expect(armGroups(all)).toHaveLength(all.length)
  expect(names(...all)).toEqual(['"a/b"', 'a/b', '"\\"a/b\\""', '""/a', 'a', '"seed=0"'])
})

test('seeds with slashes in them are seeds of their own', () => {
  expect([...armGroups([labelled(['seed', 'a/b']), labelled(['seed', 'a'], ['seed2', 'b'])])[0]!.bySeed.keys()]).toEqual(['"a/b"', 'a/b'])
})

test('the baseline is the arm whose own label is dense, not one that ends so', () => {
  const groups = armGroups([labelled(['arm', 'x']), labelled(['arm', 'not/dense']), labelled(['arm', 'y'], ['arm2', 'dense'])])
  expect(baselines(groups)(groups[0]!)?.name).toBe('y/dense')
  expect(baselines(groups.slice(0, 2))(groups[1]!)?.name).toBe('x')
})

test('the baseline that a study names is compared with, inside a sweep that of the same value', () => {
  const named = ([axis, value]: readonly [string, string], arm: string, baseline = false) => {
    const { labels, ...rest } = labelled([axis, value], ['arm', arm])
    return { ...rest, labels: [labels[0]!, { ...labels[1]!, ...(baseline ? { baseline: true as const } : {}) }] }
  }
  const groups = armGroups([
    labelled(['arm', 'dense']),
    named(['sparsity', '0.5'], 'magnitude', true),
    named(['sparsity', '0.5'], 'random'),
    named(['sparsity', '0.9'], 'random'),
    named(['sparsity', '0.9'], 'magnitude', true),
  ])
  const comparedWith = baselines(groups)
  expect(groups.map((group) => comparedWith(group)?.name)).toEqual([
    '0.5/magnitude',
    '0.5/magnitude',
    '0.5/magnitude',
    '0.9/magnitude',
    '0.9/magnitude',
  ])
})

test('targets of a file are compared each by itself, unless each of them is a single arm', () => {
  const of = (target: string, arm: string) => labelled(['target', target], ['arm', arm])
  const groups = armGroups([
    of('small', 'dense'),
    of('small', 'pruned'),
    of('large', 'whole'),
    of('large', 'pruned'),
    labelled(['target', 'alone']),
  ])
  const comparedWith = baselines(groups)
  expect(groups.map((group) => comparedWith(group)?.name)).toEqual(['small/dense', 'small/dense', 'large/whole', 'large/whole', 'alone'])
  const single = armGroups([labelled(['target', 'pruned']), labelled(['target', 'dense'])])
  expect(single.map((group) => baselines(single)(group)?.name)).toEqual(['dense', 'dense'])
  // One that was chosen for all of them.
  const chosen = groups.map((group, i) =>
    i === 1 ? { ...group, labels: group.labels.map((label) => ({ ...label, baseline: true as const })) } : group,
  )
  expect(chosen.map((group) => baselines(chosen)(group)?.name)).toEqual(groups.map(() => 'small/pruned'))
})

test('a path is split into seeds, arm and stage, labels with slashes left whole', () => {
  expect(splitPath('seed=0/hybrid/train#2')).toEqual({ seed: '0', arm: 'hybrid', stage: 'train#2' })
  expect(splitPath('seed=1/"a/b"/seed2=3/c/train')).toEqual({ seed: '1/3', arm: '"a/b"/c', stage: 'train' })
  expect(splitPath('train')).toEqual({ seed: '', arm: '', stage: 'train' })
})
