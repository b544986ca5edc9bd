import { describe, expect, test } from 'vitest'
import { agreement, agreementPage, armsIn, readReference, slackOf } from '../../results/agreement.ts'
import { page } from '../../results/page.ts'

describe('two means agree within the noise of seeds', () => {
  // s² = (2·1 + 2·4) / 4 = 2.5, SE = √2.5 · √(2/3) = 1.29099.
  const [ours, reference] = [
    { mean: 90, std: 1, count: 3 },
    { mean: 92, std: 2, count: 3 },
  ]

  test('by hand: 2 pooled standard errors and the slack', () => {
    const { difference, allowed, agrees } = agreement(ours, reference, 0.3)
    expect(difference).toBe(-2)
    expect(allowed).toBeCloseTo(2.88199, 5)
    expect(agrees).toBe(true)
  })

  test('too far on either side they do not', () => {
    expect(agreement(ours, { ...reference, mean: 92.9 }, 0.3).agrees).toBe(false)
    expect(agreement(ours, { ...reference, mean: 87.1 }, 0.3).agrees).toBe(false)
    expect(agreement(ours, { ...reference, mean: 87.2 }, 0.3).agrees).toBe(true)
  })

  test('one seed has the deviation of the other side; of one and one nothing is known', () => {
    // SE = 2 · √(1 + 1/3).
    expect(agreement({ mean: 90, count: 1 }, reference, 0).allowed).toBeCloseTo(4 * Math.sqrt(4 / 3), 10)
    expect(agreement({ mean: 90, count: 1 }, { mean: 90, count: 1 }, 0.3)).toEqual({ difference: 0, allowed: undefined, agrees: undefined })
  })

  test('the slack is 0.3 points of accuracy, 2 % of a loss', () => {
    expect(slackOf('test/accuracy', 90)).toBe(0.3)
    expect(slackOf('test/loss', 0.5)).toBeCloseTo(0.01)
  })
})

const studyOf = (file: string, title: string, arms: { readonly [arm: string]: readonly (readonly [number, number])[] }) => ({
  file,
  title,
  question: 'Is it so?',
  source: 'Table 1.',
  seeds: 2,
  metrics: ['test/accuracy', 'test/loss'],
  claims: [{ of: 'pruned', than: 'dense', expect: 'better' as const, metric: file === 'likely' ? 'test/loss' : 'test/accuracy' }],
  found: {
    recipe: 'One epoch.',
    arms: new Map(
      Object.entries(arms).map(([arm, seeds]) => [
        arm,
        new Map(seeds.map(([accuracy, loss], seed) => [String(seed), { 'test/accuracy': accuracy, 'test/loss': loss }])),
      ]),
    ),
    stages: 2,
    missing: 0,
    seconds: 1,
    finished: 0,
    numerics: [],
  },
})
const studies = [
  studyOf('small', 'A study', {
    dense: [
      [0.9, 0.5],
      [0.92, 0.4],
    ],
    pruned: [[0.91, 0.45]],
    unknown: [[0.5, 1]],
    again: [
      [0.9, 0.5],
      [0.92, 0.4],
    ],
  }),
  studyOf('likely', 'A study of loss', {
    dense: [
      [0.8, 0.5],
      [0.81, 0.502],
    ],
  }),
  studyOf('alone', 'A study of ours', { dense: [[0.9, 0.5]] }),
]
const results = page(studies, { processor: 'a processor', cores: 2 })
const dense = { 0: { accuracy: 0.905, loss: 9 }, 1: { accuracy: 0.915, loss: 9 } }
const reference = {
  pytorch: '2.13.0',
  studies: {
    small: { dense, again: dense, pruned: { 0: { accuracy: 0.7, loss: 9 } } },
    likely: { dense: { 0: { accuracy: 0.8, loss: 0.6 }, 1: { accuracy: 0.81, loss: 0.602 } } },
  },
}

describe('the page', () => {
  const written = agreementPage(studies, results, reference)

  test('has our numbers from the tables of results.md', () => {
    expect(
      armsIn(
        '## A\n\n|  | test accuracy % | seeds |\n| --- | --: | --: |\n| a | 90.00 ± 1.50 | 3 |\n| b | 80.00 | 1 |\n\n| c | 1 |',
        'test/accuracy',
      ),
    ).toEqual(
      new Map([
        ['a', { mean: 90, std: 1.5, count: 3 }],
        ['b', { mean: 80, count: 1 }],
      ]),
    )
    expect(armsIn('## A\n\nNothing was run.', 'test/accuracy').size).toBe(0)
    // s² = (1.41² + 0.7071²) / 2 with the page's two digits, SE = s.
    expect(written).toContain('| dense | 91.00 ± 1.41 (2) | 91.00 ± 0.71 (2) | +0.00 | 2.53 | yes |')
  })

  test('says which arms do not agree, which cannot be decided, and which studies the reference has not', () => {
    expect(written).toContain('**2 of 3 comparisons agree**, 2 of them without the slack as well')
    expect(written).toContain('These do not: likely, dense (test NLL).')
    expect(written).toContain('Not decided, with one seed on either side: 1.')
    // Of 0, 21 and 0 points.
    expect(written).toContain('The median of the differences of accuracy is +0.00')
    expect(written).toContain('Not in the reference: A study of ours.')
    expect(written).toContain('| pruned | 91.00 (1) | 70.00 (1) | +21.00 | – | one seed |')
  })

  test('compares the loss where a study claims something about it, and only arms that both have', () => {
    expect(written).toContain('| dense, test NLL | 0.5010 ± 0.0014 (2) | 0.6010 ± 0.0014 (2) | −0.1000 | 0.0148 | **no** |')
    expect(written).not.toContain('9.0000')
    expect(written).not.toContain('| unknown |')
  })
})

test('arms that are one training are one comparison', () => {
  expect(agreementPage(studies, results, reference)).not.toContain('| again |')
})

test('numbers of the reference are read whole or not at all', () => {
  expect(readReference(JSON.stringify(reference))).toEqual(reference)
  for (const wrong of [
    '',
    '[]',
    '{}',
    '{"pytorch":"2","studies":{"a":{"dense":{"0":{"accuracy":"0.9","loss":1}}}}}',
    '{"pytorch":"2","studies":{"a":3}}',
  ])
    expect(readReference(wrong)).toBeUndefined()
})
