import { expect, test } from 'vitest'
import { type MeasuredArm, nameOf, ranking } from '../../../../runtime/project/pick/winner.ts'

const arm = (sparsity: string, seed: string, accuracy: number | undefined): MeasuredArm => ({
  choices: [
    { axis: 'seed', label: seed },
    { axis: 'sparsity', label: sparsity },
  ],
  metrics: accuracy === undefined ? undefined : { 'validation/accuracy': accuracy, 'validation/loss': 1 - accuracy },
})

test('the mean over the seeds decides, not the best single run', () => {
  // Means by hand: 0.5 → (0.90 + 0.80) / 2 = 0.85, 0.9 → (0.86 + 0.88) / 2 = 0.87; deviations 0.1/√2 and 0.02/√2.
  const [first, second] = ranking(
    't',
    [arm('0.5', '0', 0.9), arm('0.9', '0', 0.86), arm('0.5', '1', 0.8), arm('0.9', '1', 0.88)],
    'validation/accuracy',
  )
  expect(nameOf(first!.choices)).toBe('sparsity=0.9')
  expect(first!.mean).toBeCloseTo(0.87, 12)
  expect(first!.deviation).toBeCloseTo(0.02 / Math.SQRT2, 12)
  expect(first!.seeds).toBe(2)
  expect(second!.mean).toBeCloseTo(0.85, 12)
})

test('of a loss the least is best', () => {
  const arms = [arm('0.5', '0', 0.9), arm('0.9', '0', 0.8)]
  expect(nameOf(ranking('t', arms, 'validation/loss')[0]!.choices)).toBe('sparsity=0.5')
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
  [
    'seeds alone',
    [arm('0.5', '0', 1), arm('0.5', '1', 1)],
    'validation/accuracy',
    'nothing to pick from in a.ts#t',
    'Seeds are averaged over',
  ],
  ['a metric that nobody measured', [arm('0.5', '0', 1), arm('0.9', '0', 0)], 'acc', "Nothing called 'acc'", 'validation/accuracy'],
  [
    'two that are equal',
    [arm('0.5', '0', 0.5), arm('0.9', '0', 0.5)],
    'validation/accuracy',
    '2 arms did equally well.',
    'another measure',
  ],
])('with %s nothing is picked, and a sentence says why', (_, arms, metric, title, hint) => {
  expect(() => ranking('a.ts#t', arms, metric)).toThrow(
    expect.objectContaining({ title: expect.stringContaining(title), hint: expect.stringContaining(hint) }),
  )
})
