import { expect, test } from 'vitest'
import type { RunStage, StageOutcome } from '../../../runtime/store/journal.ts'
import { runEdges } from '../../../runtime/views/run-graph.ts'

const digest = (letter: string) => `sha256:${letter.repeat(64)}`
const stage = (path: string, outcome: StageOutcome, because: string | null = null): RunStage => ({
  ...{ path, outcome, because, seconds: 0, kind: 'train' },
  key: outcome === 'skipped' ? null : path,
})
const made = (artifact: string, inputs: { readonly [role: string]: string } = {}, snapshots = {}) => ({
  ...{ artifact: digest(artifact), snapshots, manifest: { inputs } },
})

test('a stage with a result reads from the stages that made what it was made from, snapshots among them', () => {
  const stages = [stage('dense/init', 'hit'), stage('dense/train', 'run'), stage('a/rewind', 'run'), stage('a/distill', 'resumed')]
  const results = new Map([
    ['dense/init', made('a')],
    ['dense/train', made('b', { model: digest('a') }, { 3: digest('c') })],
    ['a/rewind', made('d', { model: digest('b'), to: digest('c') })],
    ['a/distill', made('e', { model: digest('d'), teacher: digest('f') })],
  ])
  expect(runEdges(stages, results, [])).toEqual([
    { from: 'dense/init', to: 'dense/train', role: 'model' },
    { from: 'dense/train', to: 'a/rewind', role: 'model' },
    { from: 'dense/train', to: 'a/rewind', role: 'to' },
    // Its teacher is of another run.
    { from: 'a/rewind', to: 'a/distill', role: 'model' },
  ])
})

test('what failed or was skipped is placed by the file as it is, else behind what failed', () => {
  const stages = [
    stage('dense/train', 'run'),
    stage('a/finetune', 'failed', 'It diverged.'),
    stage('a/evaluate', 'skipped', 'a/finetune failed'),
    stage('b/evaluate', 'skipped', 'a/finetune failed'),
  ]
  const results = new Map([['dense/train', made('a')]])
  const planned = [
    { from: 'dense/train', to: 'a/finetune', role: 'model' },
    { from: 'a/finetune', to: 'a/evaluate', role: 'model' },
    { from: 'new/train', to: 'dense/train', role: 'model' },
    { from: 'gone/train', to: 'b/evaluate', role: 'model' },
  ]
  expect(runEdges(stages, results, planned)).toEqual([...planned.slice(0, 2), { from: 'a/finetune', to: 'b/evaluate', role: 'model' }])
  expect(runEdges(stages, results, []).map(({ to }) => to)).toEqual(['a/evaluate', 'b/evaluate'])
})
