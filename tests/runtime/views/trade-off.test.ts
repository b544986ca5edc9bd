import { expect, test } from 'vitest'
import type { ArmResult } from '../../../runtime/run-event.ts'
import { type TradeOffAsked, type TradeOffView, tradeOff } from '../../../runtime/views/trade-off.ts'

const asked = { file: 'a.pipeline.ts', target: 'default' }

const arm = (labels: { readonly [axis: string]: string | number }, metrics: ArmResult['metrics']): ArmResult => ({
  path: Object.values(labels).join('/'),
  labels: Object.entries(labels).map(([axis, value]) => ({ axis, value: String(value) })),
  artifact: null,
  metrics,
})
const measured = (accuracy: number, compressionRatio: number) => ({ 'test/accuracy': accuracy, compressionRatio })

/** Two methods at two sparsities, two seeds each; dense does not depend on the sparsity. */
const study = [0, 1].flatMap((seed) =>
  [0.5, 0.9].flatMap((sparsity) => [
    arm({ seed, sparsity, arm: 'dense' }, measured(0.96, 1)),
    arm({ seed, sparsity, arm: 'magnitude' }, measured(sparsity === 0.5 ? 0.94 + 0.02 * seed : 0.9, sparsity === 0.5 ? 2 : 10)),
    arm({ seed, sparsity, arm: 'random' }, measured(sparsity === 0.5 ? 0.9 : 0.7, sparsity === 0.5 ? 2 : 10)),
  ]),
)

const drawn = ({ lines }: TradeOffView) => lines.map(({ name, points }) => [name, ...points.map(({ x, y }) => [x?.mean, y.mean])])
const draw = (results: readonly ArmResult[], more: Partial<TradeOffAsked> = {}) => tradeOff(results, { ...asked, ...more })

test('a sweep is a line for each method, by the compression ratio it reaches, on a logarithmic axis; dense is a height', () => {
  const view = draw(study)
  expect(view).toMatchObject({
    x: { name: 'compressionRatio', scale: 'log', varied: false },
    y: { name: 'test/accuracy', title: 'test accuracy', unit: 'fraction' },
    by: ['arm'],
    missing: [],
  })
  expect(drawn(view)).toEqual([
    ['magnitude', [2, expect.closeTo(0.95, 12)], [10, 0.9]],
    ['random', [2, 0.9], [10, 0.7]],
  ])
  expect(view.levels.map(({ arm: name, y }) => [name, y.mean])).toEqual([['0.5/dense', 0.96]])
})

test('means and intervals are those of the table over seeds', () => {
  const [{ points }] = draw(study).lines as [TradeOffView['lines'][number]]
  // 0.94 and 0.96: the sample standard deviation is 0.02 / √2.
  expect(points[0]).toMatchObject({
    y: { count: 2, min: 0.94, max: 0.96, std: expect.closeTo(0.02 / Math.SQRT2, 12), interval: expect.any(Array) },
    seeds: { measured: 2, of: 2 },
  })
})

test('the Pareto front is what no arm beats by both measures, dense included', () => {
  const { lines, levels } = draw(study)
  expect(lines.map(({ points }) => points.map(({ front }) => front))).toEqual([
    [true, true],
    [false, false],
  ])
  expect(levels[0]!.front).toBe(true)
  const better = draw([...study, arm({ seed: 0, sparsity: 0.9, arm: 'best' }, measured(0.99, 20))])
  expect(better.lines.flatMap(({ points }) => points.filter(({ front }) => front).map(({ arm: name }) => name))).toEqual(['0.9/best'])
})

test('equal arms are both on the front', () => {
  const equal = [arm({ arm: 'a' }, measured(0.9, 2)), arm({ arm: 'b' }, measured(0.9, 2))]
  expect(draw(equal, { x: 'compressionRatio' }).lines.map(({ points }) => points[0]!.front)).toEqual([true, true])
})

test('what is varied and not measured is an axis too; arms that say nothing of it are heights', () => {
  const path = [0, 0.5, 1].map((at) => arm({ arm: 'line', at }, measured(0.8 + at / 8, 4)))
  const view = draw([arm({ arm: 'ticket' }, measured(0.85, 4)), ...path])
  expect(view.x).toMatchObject({ name: 'at', scale: 'linear', varied: true })
  expect(drawn(view)).toEqual([['line', [0, 0.8], [0.5, 0.8625], [1, 0.925]]])
  expect(view.levels.map(({ arm: name, front }) => [name, front])).toEqual([['ticket', null]])
})

test('a metric of the same name as an axis is the metric', () => {
  const results = [0.5, 0.9].map((sparsity) => arm({ sparsity }, { ...measured(0.9, 2), sparsity: sparsity - 0.01 }))
  expect(draw(results, { x: 'sparsity' }).lines[0]!.points.map(({ x }) => x!.mean)).toEqual([0.49, 0.89])
})

test('arms that differ in no number stand side by side, dense among them', () => {
  const view = draw(['dense', 'a', 'b'].map((name, i) => arm({ arm: name }, measured(0.9 + i / 100, i === 0 ? 1 : 5))))
  expect(view).toMatchObject({ x: null, levels: [] })
  expect(drawn(view).map(([name]) => name)).toEqual(['dense', 'a', 'b'])
})

test('axes with one value tell no lines apart; --by is followed', () => {
  const results = ['a', 'b'].flatMap((name) => [1, 2].map((rounds) => arm({ scale: 'demo', arm: name, rounds }, measured(0.9, rounds))))
  expect(draw(results).by).toEqual(['arm'])
  expect(draw(results, { by: ['rounds', 'arm'] }).lines.map(({ name }) => name)).toEqual([
    'a / rounds=1',
    'a / rounds=2',
    'b / rounds=1',
    'b / rounds=2',
  ])
})

test('what is missing is said: of an arm some seeds or all, and numbers that are not finite', () => {
  const results = [
    ...[0, 1, 2].map((seed) => arm({ seed, arm: 'a' }, seed === 0 ? {} : measured(0.9, 1))),
    ...[0, 1].map((seed) => arm({ seed, arm: 'b' }, {})),
    ...[0, 1].map((seed) => arm({ seed, arm: 'c' }, measured(seed === 0 ? Number.NaN : 0.8, 1))),
  ]
  const view = draw(results)
  expect(view.missing).toEqual([
    { arm: 'a', measured: 2, of: 3 },
    { arm: 'b', measured: 0, of: 2 },
    { arm: 'c', measured: 1, of: 2 },
  ])
  expect(drawn(view)).toEqual([
    ['a', [undefined, 0.9]],
    ['c', [undefined, 0.8]],
  ])
})

test.each([
  [{ x: 'sparsty' }, "There is no metric and no numeric axis called 'sparsty'.", 'sparsity', 'compressionRatio, test/accuracy'],
  [{ y: 'top5' }, "There is no metric 'top5'.", 'compressionRatio, test/accuracy', undefined],
  [{ by: ['lr'] }, "The arms of the study do not differ in 'lr'.", 'arm, sparsity', undefined],
] as const)('an unknown name is answered with what there is: %j', (more, title, ...facts) => {
  try {
    draw(study, more as Partial<TradeOffAsked>)
    expect.fail('it was drawn')
  } catch (problem) {
    expect(problem).toMatchObject({ title, facts: facts.filter((fact) => fact !== undefined).map((fact) => [expect.any(String), fact]) })
  }
})

test('without a single result there is a sentence', () => {
  expect(() => draw([arm({ arm: 'a' }, {})])).toThrow(
    /a\.pipeline\.ts has no results yet\.[\s\S]*espalier run a\.pipeline\.ts\. If it was run with --set/,
  )
})
