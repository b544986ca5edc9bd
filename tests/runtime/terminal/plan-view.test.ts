import { expect, test } from 'vitest'
import type { PlannedStage } from '../../../runtime/plan/plan.ts'
import { planLines } from '../../../runtime/terminal/plan-view.ts'
import { planView } from '../../../runtime/views/plan.ts'

const lines = (stages: readonly PlannedStage[]) => planLines(planView(stages, { file: 'a.ts', target: 'default', edges: [] }))

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

test('arms are shown once for all seeds, stages waited for as seen from the arm', () => {
  const seeds = [0, 1, 2].flatMap((seed) => [
    stage(`seed=${seed}/dense/init`, 'hit'),
    stage(`seed=${seed}/dense/train`, 'hit'),
    stage(`seed=${seed}/ticket/prune`, 'run', 'sparsity 0.9 → 0.8'),
    stage(`seed=${seed}/ticket/rewind`, 'unknown', `waits for seed=${seed}/ticket/prune`, `waits for seed=${seed}/dense/init`),
  ])
  expect(lines(seeds)).toEqual([
    '12 stages: 6 hit · 3 run · 3 later',
    '',
    'dense × 3 seeds',
    '  ✓ hit     all 6 stages',
    '',
    'ticket × 3 seeds',
    '  → run     prune   sparsity 0.9 → 0.8',
    '  · later   rewind  waits for prune and dense/init',
  ])
})

test('a seed that differs is named', () => {
  expect(
    lines([
      stage('seed=0/dense/train', 'resume', 'never run', 'resumes at step 40/100'),
      stage('seed=1/dense/train', 'hit'),
      stage('seed=2/dense/train', 'hit'),
    ]),
  ).toEqual([
    '3 stages: 2 hit · 1 resume',
    '',
    'dense × 3 seeds',
    '  ↻ resume  train  never run; resumes at step 40/100  (seed 0)',
    '  ✓ hit     train  (seed 1, 2)',
  ])
})

test('a pipeline on its own needs no headings', () => {
  expect(lines([stage('init', 'run', 'never run'), stage('train', 'unknown', 'waits for init')])).toEqual([
    '2 stages: 1 run · 1 later',
    '',
    '→ run     init   never run',
    '· later   train  waits for init',
  ])
})

test('what a stage asks of the machine is said where it has to run', () => {
  expect(
    lines([
      { ...stage('init', 'hit'), resources: { device: 'gpu' } },
      { ...stage('train', 'run', 'never run'), resources: { device: 'gpu', memory: 6e9 } },
      { ...stage('evaluate', 'unknown', 'waits for train'), resources: { device: 'cpu' } },
    ]),
  ).toEqual([
    '3 stages: 1 hit · 1 run · 1 later',
    '',
    '✓ hit     init',
    '→ run     train     never run; on a GPU, 6.0 GB',
    '· later   evaluate  waits for train; on the processor',
  ])
})

test('when everything is there, there is nothing to do', () => {
  expect(lines([stage('init', 'hit')])).toEqual(['1 stage: 1 hit', 'Nothing to do.'])
})

test('of many arms those that have the same to do are told once', () => {
  const many = Array.from({ length: 60 }, (_, i) => stage(`lr=${i}/train`, i < 20 ? 'hit' : 'run', ...(i < 20 ? [] : ['never run'])))
  expect(lines(many)).toEqual([
    '60 stages: 20 hit · 40 run',
    '',
    'lr=0 and 19 arms alike, to lr=19',
    '  ✓ hit     1 stage',
    '',
    'lr=20 and 39 arms alike, to lr=59',
    '  → run     train  never run',
  ])
})
