import { expect, test } from 'vitest'
import { type Criterion, type MeasuredArm, nameOf, ranking } from '../../../../runtime/project/pick/winner.ts'

const arm = (sparsity: string, seed: string, accuracy: number | undefined): MeasuredArm => ({
  choices: [
    { axis: 'seed', label: seed },
    { axis: 'sparsity', label: sparsity },
  ],
  metrics: accuracy === undefined ? undefined : { 'validation/accuracy': accuracy, 'validation/loss': 1 - accuracy },
})

const by = (metric: string, onTest = false): Criterion => ({ metric, onTest })

test('the mean over the seeds decides, not the best single run', () => {
  // Means by hand: 0.5 → (0.90 + 0.80) / 2 = 0.85, 0.9 → (0.86 + 0.88) / 2 = 0.87; deviations 0.1/√2 and 0.02/√2.
  const [first, second] = ranking(
    't',
    [arm('0.5', '0', 0.9), arm('0.9', '0', 0.86), arm('0.5', '1', 0.8), arm('0.9', '1', 0.88)],
    by('validation/accuracy'),
  )
  expect(nameOf(first!.choices)).toBe('sparsity=0.9')
  expect(first!.mean).toBeCloseTo(0.87, 12)
  expect(first!.deviation).toBeCloseTo(0.02 / Math.SQRT2, 12)
  expect(first!.seeds).toBe(2)
  expect(second!.mean).toBeCloseTo(0.85, 12)
})

test('of a loss the least is best', () => {
  const arms = [arm('0.5', '0', 0.9), arm('0.9', '0', 0.8)]
  expect(nameOf(ranking('t', arms, by('validation/loss'))[0]!.choices)).toBe('sparsity=0.5')
})

test.each([
  [
    'no results',
    [arm('0.5', '0', undefined), arm('0.9', '0', undefined)],
    'validation/accuracy',
    'a.ts#t has no results yet.',
    'espalier run a.ts#t',
  ],
  ['some results', [arm('0.5', '0', 1), arm('0.9', '0', undefined)], 'validation/accuracy', '1 of the 2 arms of a.ts#t', 'Run it first'],
  ['seeds alone', [arm('0.5', '0', 1), arm('0.5', '1', 1)], 'validation/accuracy', 'a.ts#t has nothing to pick from', 'Seeds are averaged'],
  ['a metric that nobody measured', [arm('0.5', '0', 1), arm('0.9', '0', 0)], 'acc', "There is no metric 'acc'", 'validation/accuracy'],
  ['two that are equal', [arm('0.5', '0', 0.5), arm('0.9', '0', 0.5)], 'validation/accuracy', '2 arms are tied.', 'another metric'],
])('with %s nothing is picked, and a sentence says why', (_, arms, metric, title, hint) => {
  expect(() => ranking('a.ts#t', arms, by(metric))).toThrow(
    expect.objectContaining({ title: expect.stringContaining(title), hint: expect.stringContaining(hint) }),
  )
})

/** Two arms, `few` with the smaller value. */
const measuring = (metric: string, few: number, many: number): MeasuredArm[] =>
  [few, many].map((value, i) => ({ choices: [{ axis: 'arm', label: ['few', 'many'][i]! }], metrics: { [metric]: value } }))
const bestBy = (metric: string, onTest = false) => nameOf(ranking('t', measuring(metric, 0.1, 0.2), by(metric, onTest))[0]!.choices)

test.each([
  'validation/loss',
  'validation/ece',
  'validation/brier',
  'validation/teacher-kl',
  'parameters',
  'macs',
  'density',
  'training/macs',
  'training/teacher-macs',
])('of %s less is better', (metric) => expect(bestBy(metric)).toBe('few'))

test.each(['validation/accuracy', 'validation/top5', 'validation/teacher-agreement', 'sparsity', 'compressionRatio', 'speedup'])(
  'of %s more is better',
  (metric) => expect(bestBy(metric)).toBe('many'),
)

test('the test split decides only when it is asked for', () => {
  for (const metric of ['test/accuracy', 'test/loss', 'test/calibrated-loss', 'test/calibrated-ece']) {
    expect(() => bestBy(metric)).toThrow(expect.objectContaining({ hint: expect.stringContaining('--select-on-test') }))
    expect(bestBy(metric, true)).toBe(metric === 'test/accuracy' ? 'many' : 'few')
  }
  expect(() => bestBy('test/calibrated-loss')).toThrow('--best validation/loss.')
})

test.each(['temperature', 'density/fc1', 'validation/sharpness', 'toString', 'validation/constructor'])(
  'by %s, of which no better is known, nothing is picked',
  (metric) => expect(() => bestBy(metric)).toThrow(`The metric '${metric}' has no better direction.`),
)

test('a metric that some arms lack, or that is not finite, is refused with their names', () => {
  const [few, many] = measuring('validation/loss', 0.1, Number.NaN) as [MeasuredArm, MeasuredArm]
  expect(() => ranking('t', [few, many], by('validation/loss'))).toThrow(
    expect.objectContaining({ title: "'validation/loss' is not a finite number for every arm.", facts: [['not for', 'many']] }),
  )
  expect(() => ranking('t', [few, { ...many, metrics: {} }], by('validation/loss'))).toThrow(
    expect.objectContaining({ title: "'validation/loss' was not measured for every arm.", facts: [['not for', 'many']] }),
  )
})

test('arms are distinguished by their labels, not by how these look together', () => {
  const labelled = (labels: readonly string[], accuracy: number): MeasuredArm => ({
    choices: labels.map((label) => ({ axis: 'arm', label })),
    metrics: { 'validation/accuracy': accuracy },
  })
  const arms = [labelled(['a, b'], 0.1), labelled(['a', 'b'], 0.3), labelled(['a/b'], 0.2)]
  expect(ranking('t', arms, by('validation/accuracy')).map(({ mean }) => mean)).toEqual([0.3, 0.2, 0.1])
})

test('a metric of the user’s decides in the direction that the file says, and is refused where none does', () => {
  const arms = [arm('0.5', '0', 0.9), arm('0.9', '0', 0.8)].map((one, i) => ({ ...one, metrics: { 'validation/mae': 1 + i } }))
  const directed = arms.map((one) => ({ ...one, better: { 'validation/mae': 'lower' as const } }))
  expect(nameOf(ranking('t', directed, by('validation/mae'))[0]!.choices)).toBe('sparsity=0.5')
  expect(
    nameOf(
      ranking(
        't',
        arms.map((one) => ({ ...one, better: { 'validation/mae': 'higher' as const } })),
        by('validation/mae'),
      )[0]!.choices,
    ),
  ).toBe('sparsity=0.9')
  expect(() => ranking('t', arms, by('validation/mae'))).toThrow()
})
