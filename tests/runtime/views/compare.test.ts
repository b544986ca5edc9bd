import { expect, test } from 'vitest'
import { runComparison, stageComparison } from '../../../runtime/terminal/compare-view.ts'
import { stageDetails } from '../../../runtime/terminal/stage-view.ts'
import { compareRuns, compareStages } from '../../../runtime/views/compare.ts'
import { stageRecord } from '../../../runtime/views/stage-record.ts'
import { keep, runOf } from '../store/stored.ts'
import { temporaryStore } from '../store/temporary-store.ts'
import { result } from '../terminal/events.ts'

test('two stages: what was asked differently, and what came of it', async () => {
  const store = await temporaryStore()
  const a = await keep(store, 'dense/train', { epochs: 3, metrics: { 'test/accuracy': 0.9 } })
  const b = await keep(store, 'dense/train', { epochs: 9, metrics: { 'test/accuracy': 0.95, sparsity: 0 } })
  const comparison = await compareStages(store, a, b)
  expect(comparison).toMatchObject({
    same: false,
    changes: ['epochs 3 → 9'],
    options: { epochs: { a: 3, b: 9 } },
    metrics: { 'test/accuracy': { a: 0.9, b: 0.95 }, sparsity: { a: null, b: 0 } },
  })
  expect(comparison.asked[0]).toEqual({ name: 'epochs', differs: true, a: { value: 3, standard: false }, b: { value: 9, standard: false } })
  expect(comparison.asked.slice(1).every(({ differs }) => !differs)).toBe(true)
  const lines = stageComparison(comparison)
  expect(lines.slice(2, 7)).toEqual([
    'Different: epochs 3 → 9',
    '                   A     B  B − A',
    '  epochs           3     9',
    '  sparsity         –     0',
    '  test/accuracy  0.9  0.95  +0.05',
  ])
  const [given, standard] = [lines.indexOf('The same in both:'), lines.indexOf('By default in both:')]
  expect(lines.slice(given, standard)).toContain('  optimizer.kind adam')
  expect(lines.slice(standard).length).toBeGreaterThan(2)
  expect(stageComparison(await compareStages(store, a, a))[2]).toBe('The same stage: equal keys.')
})

test('two runs: only stages with other keys are shown as different, and those that one of them did not have', async () => {
  const store = await temporaryStore()
  const [same, before, after] = [
    await keep(store, 'dense/train', { seed: 1 }),
    await keep(store, 'pruned/train', { epochs: 3 }),
    await keep(store, 'pruned/train', { epochs: 9 }),
  ]
  const added = await keep(store, 'ticket/train', { seed: 5 })
  const [first, second] = [await runOf(store, [same, before]), await runOf(store, [same, after, added], { hits: 1 })]
  const comparison = await compareRuns(store, (await store.journal.run(first))!, (await store.journal.run(second))!)
  expect(comparison.stages.map(({ path, same, outcome }) => [path.b, same, outcome.a, outcome.b])).toEqual([
    ['dense/train', true, 'run', 'hit'],
    ['pruned/train', false, 'run', 'run'],
    ['ticket/train', false, null, 'run'],
  ])
  const text = runComparison(comparison).join('\n')
  expect(text).toContain('3 stages, 1 the same, 2 different.')
  expect(text).toContain('pruned/train  run → run\n  epochs 3 → 9')
  expect(text).toContain('ticket/train  not there → run')
  expect(text).not.toContain('\ndense/train')
})

test('two runs: arms that came out otherwise stand before the stages', async () => {
  const store = await temporaryStore()
  const stages = [await keep(store, 'seed=0/dense/train'), await keep(store, 'seed=0/pruned/train', { epochs: 4 })]
  const results = (accuracy: number) =>
    [0, 1].flatMap((seed) => [
      result('dense', seed, { 'test/accuracy': 0.9 }),
      result('pruned', seed, { 'test/accuracy': accuracy + seed / 100 }),
    ])
  const [first, second] = [await runOf(store, stages, { results: results(0.8) }), await runOf(store, stages, { results: results(0.85) })]
  const comparison = await compareRuns(store, (await store.journal.run(first))!, (await store.journal.run(second))!)
  expect(comparison.arms).toEqual([{ arm: 'pruned', metrics: { 'test/accuracy': { a: expect.closeTo(0.805), b: expect.closeTo(0.855) } } }])
  expect(comparison.alone).toEqual({ a: [], b: [] })
  expect(runComparison(comparison).slice(-3)).toEqual([
    '1 arm with different means:',
    '  arm     metric             A      B  B − A',
    '  pruned  test/accuracy  0.805  0.855  +0.05',
  ])
})

test('two runs: arms are compared over the seeds that both have, and last bits are no difference', async () => {
  const store = await temporaryStore()
  const stages = [await keep(store, 'seed=0/dense/train')]
  const before = [0, 1, 2].map((seed) => result('dense', seed, { 'test/accuracy': 0.9 - seed / 10, sparsity: 0.1 + 0.2 }))
  const after = [result('dense', 1, { 'test/accuracy': 0.85, sparsity: 0.3 })]
  const [first, second] = [await runOf(store, stages, { results: before }), await runOf(store, stages, { results: after })]
  const { arms } = await compareRuns(store, (await store.journal.run(first))!, (await store.journal.run(second))!)
  expect(arms).toEqual([{ arm: 'dense', metrics: { 'test/accuracy': { a: 0.8, b: 0.85 } } }])
})

test('a stage is shown with its options, inputs, metrics, curve, files and runs', async () => {
  const store = await temporaryStore()
  const teacher = await keep(store, 'teacher/train', { seed: 7 })
  const student = await keep(store, 'student/distill', { seed: 8, inputs: { teacher: teacher.artifact } })
  await store.results.putMetrics(
    student.key,
    [0.9, 0.5, 0.1].map((value, i) => ({ series: 'train/loss', step: i * 10, value })),
  )
  await runOf(store, [teacher, student])
  const record = await stageRecord(store, student)
  expect(record.inputs).toEqual([{ role: 'teacher', digest: teacher.artifact, from: 'teacher/train' }])
  expect(record.files.map(({ what, bytes }) => [what, bytes !== null && bytes > 0])).toEqual([
    ['artifact', true],
    ['topology', true],
    ['weights', true],
    ['masks', true],
  ])
  expect(record.runs).toEqual([{ run: 1, outcome: 'run', because: null }])
  const text = stageDetails(record, 60).join('\n')
  expect(text).toMatch(/\noptions\n {2}epochs +3\n {2}optimizer\.kind +adam\n/)
  expect(text).toMatch(/\ninputs\n {2}teacher {2}[0-9a-f]{12} {2}from teacher\/train\n/)
  expect(text).toMatch(/\nmetrics\n {2}test\/accuracy {2}0\.9\n/)
  expect(text).toMatch(/\ntrain\/loss by step\n {2}0\.9 ┤⠉/)
  expect(text).toMatch(/\nruns\n {2}1 {2}run$/)
})
