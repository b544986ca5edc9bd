import { expect, test } from 'vitest'
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
