import { expect, test } from 'vitest'
import type { RunStage } from '../../../runtime/store/journal.ts'
import { listedRun, resultsIn, runRecord } from '../../../runtime/views/run-record.ts'
import { result } from '../terminal/events.ts'

const run = {
  id: 3,
  file: '/p/a.pipeline.ts',
  target: 'default',
  started: Date.UTC(2026, 0, 2, 3, 4, 5),
  status: 'done' as const,
  seconds: 9,
  stages: { total: 1, hit: 0, run: 1, resumed: 0, failed: 0, skipped: 0 },
}

test('a run has its table and statistics, its counts, and its beginning in ISO 8601', () => {
  const results = [result('dense', 0, { 'test/accuracy': 0.9 }), result('dense', 1, { 'test/accuracy': 0.8 })]
  const record = runRecord({ run, stages: [], results, log: '/log' })
  expect(record).toMatchObject({
    found: 'run',
    id: 3,
    started: '2026-01-02T03:04:05.000Z',
    counts: run.stages,
    table: { rows: [{ arm: 'dense', seeds: 2 }] },
    statistics: [{ arm: 'dense', metrics: { 'test/accuracy': { count: 2 } } }],
  })
  expect(listedRun(run).stages).toEqual(run.stages)
})

test('of a log that is damaged, what is no number is left out', () => {
  const end = {
    event: 'done',
    results: [{ path: 'a', labels: [], artifact: null, metrics: { 'test/loss': null, sparsity: 0.5, x: 'much' } }],
  }
  expect(resultsIn([{ event: 'start' }, end])).toEqual([{ path: 'a', labels: [], artifact: null, metrics: { sparsity: 0.5 } }])
  expect([resultsIn([]), resultsIn([{ event: 'done' }])]).toEqual([[], []])
})

const stageOf = (path: string, outcome: RunStage['outcome'] = 'run'): RunStage => ({
  path,
  key: 'k',
  kind: 'train',
  outcome,
  seconds: 2,
  because: null,
})
const whole = {
  run,
  stages: ['seed=0/dense/train', 'seed=1/dense/train', 'seed=0/pruned/prune'].map((path) => stageOf(path)),
  results: [0, 1].flatMap((seed) => ['dense', 'pruned'].map((arm) => result(arm, seed, { 'test/accuracy': 0.9, 'train/loss': 0.1 }))),
  log: '/log',
}

test('stages are counted by arm, seeds together, and artifacts are by arm and seed', () => {
  const { arms, artifacts } = runRecord(whole)
  expect(arms).toEqual([
    { arm: 'dense', counts: { run: 2 }, seconds: 4 },
    { arm: 'pruned', counts: { run: 1 }, seconds: 2 },
  ])
  expect(artifacts.seeds).toEqual(['0', '1'])
  expect(artifacts.arms.map(({ name, bySeed }) => [name, bySeed.length])).toEqual([
    ['dense', 2],
    ['pruned', 2],
  ])
})

test('asked for an arm or a metric there is no other; the difference to the baseline stays', () => {
  const record = runRecord(whole, { arm: 'prun', metric: 'accuracy' })
  expect(record.stages.map(({ path }) => path)).toEqual(['seed=0/pruned/prune'])
  expect(record.statistics.map(({ arm, metrics }) => [arm, Object.keys(metrics)])).toEqual([['pruned', ['test/accuracy']]])
  expect(record.table.rows).toMatchObject([{ arm: 'pruned', difference: { mean: 0 } }])
  expect(() => runRecord(whole, { arm: 'hybrid' })).toThrow(/No arm of this run has 'hybrid'.*dense/s)
  expect(() => runRecord(whole, { metric: 'kappa' })).toThrow(/Nothing with 'kappa'.*test\/accuracy/s)
})

test('an arm is asked for as it is called in the table, or by its path', () => {
  const swept = { path: 'sparsity=0.9', labels: [{ axis: 'sparsity', value: '0.9' }], artifact: null, metrics: { 'test/accuracy': 0.8 } }
  const record = runRecord(
    { run, stages: [stageOf('sparsity=0.9/prune'), stageOf('dense/train')], results: [swept], log: '/log' },
    { arm: 'sparsity=0.9' },
  )
  expect([record.stages.length, record.table.rows.map(({ arm }) => arm)]).toEqual([1, ['0.9']])
})
