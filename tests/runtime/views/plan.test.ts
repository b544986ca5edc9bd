import { expect, test } from 'vitest'
import type { PlannedStage } from '../../../runtime/plan/plan.ts'
import { planView } from '../../../runtime/views/plan.ts'

const stage = (path: string, status: PlannedStage['status'], ...reasons: readonly string[]): PlannedStage => ({
  id: path,
  path,
  kind: 'train',
  status,
  key: null,
  manifest: null,
  artifact: null,
  reasons,
})
const facts = { file: 'a.ts#b', target: 'b', edges: [] }

test('a stage is there once for all seeds that have the same to say, and stages waited for are named as seen from the arm', () => {
  const stages = [0, 1].flatMap((seed) => [
    stage(`seed=${seed}/dense/init`, 'hit'),
    stage(`seed=${seed}/ticket/prune`, seed === 0 ? 'run' : 'hit', ...(seed === 0 ? ['sparsity 0.9 → 0.8'] : [])),
    stage(`seed=${seed}/ticket/rewind`, 'unknown', `waits for seed=${seed}/ticket/prune`, `waits for seed=${seed}/dense/init`),
  ])
  expect(planView(stages, facts)).toMatchObject({
    file: 'a.ts#b',
    targets: ['b'],
    counts: { hit: 3, resume: 0, run: 1, unknown: 2 },
    trainingSteps: null,
    seconds: null,
    warnings: [],
    arms: [
      { arm: 'dense', seeds: ['0', '1'], rows: [{ stage: 'init', status: 'hit', reasons: [], waitsFor: [], seeds: ['0', '1'] }] },
      {
        arm: 'ticket',
        seeds: ['0', '1'],
        rows: [
          { stage: 'prune', status: 'run', reasons: ['sparsity 0.9 → 0.8'], seeds: ['0'] },
          { stage: 'prune', status: 'hit', seeds: ['1'] },
          { stage: 'rewind', status: 'unknown', reasons: [], waitsFor: ['prune', 'dense/init'], seeds: ['0', '1'] },
        ],
      },
    ],
  })
})

test('arms whose labels have slashes in them are not mixed up', () => {
  const { arms } = planView([stage('"a/b"/prune', 'run'), stage('a/b/prune', 'run')], facts)
  expect(arms.map(({ arm, rows }) => [arm, rows.length])).toEqual([
    ['"a/b"', 1],
    ['a/b', 1],
  ])
})

test('what a stage asks of the machine is there where it has to run', () => {
  const asking = (path: string, status: PlannedStage['status']) => ({ ...stage(path, status), resources: { device: 'gpu' as const } })
  const { arms } = planView([asking('init', 'hit'), asking('train', 'run')], facts)
  expect(arms[0]!.rows.map(({ resources }) => resources)).toEqual([undefined, { device: 'gpu' }])
})
