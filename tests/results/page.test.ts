import { expect, test } from 'vitest'
import { usualMargins } from '../../results/claims.ts'
import { page } from '../../results/page.ts'

const found = {
  recipe: 'Digits, one epoch.',
  arms: new Map([
    [
      'dense',
      new Map([
        ['0', { 'test/accuracy': 0.9, 'test/loss': 0.5, parameters: 266_610 }],
        ['1', { 'test/accuracy': 0.92, 'test/loss': 0.4, parameters: 266_610 }],
      ]),
    ],
    ['pruned', new Map([['0', { 'test/accuracy': 0.91, 'test/loss': 0.45, parameters: 26_990 }]])],
  ]),
  stages: 9,
  missing: 2,
  seconds: 150,
  finished: Date.UTC(2026, 1, 3),
  numerics: [
    {
      engine: 'tensorflow',
      version: '2.21.0',
      device: 'cpu',
      deviceName: 'x',
      threads: 1,
      oneDNN: true,
      xla: false,
      precision: 'float32',
    } as const,
  ],
}
const study = {
  file: 'small',
  title: 'A study',
  question: 'Is it so?',
  source: 'Table 1.',
  seeds: 2,
  metrics: ['test/accuracy', 'test/loss', 'parameters', 'test/ece'],
  claims: [
    { of: 'pruned', than: 'dense', expect: 'better' as const },
    { of: 'gone', than: 'dense', expect: 'not worse' as const, metric: 'test/loss' },
  ],
  found,
}
const written = page([study], { processor: 'a processor', cores: 2 })

test('arms are rows: mean and deviation over seeds, columns that nothing has are left out', () => {
  expect(written).toContain('|  | test accuracy % | test NLL | parameters | seeds |')
  expect(written).toContain('| dense | 91.00 ± 1.41 | 0.4500 ± 0.0707 | 266,610 | 2 |')
  expect(written).toContain('| pruned | 91.00 | 0.4500 | 26,990 | 1 |')
  expect(written).not.toContain('ECE')
})

test('claims are judged by the differences of the seeds that both have', () => {
  expect(written).toContain('| test accuracy %: pruned > dense | +1.00 |  | 1 |  | **one seed** | one seed |')
  expect(written).toContain('| test NLL: gone ≤ dense |  |  | 0 |  | not run |  |')
})

test('a study without claims has no table of them', () => {
  const shown = page([{ ...study, claims: [] }], { processor: 'a processor', cores: 2 })
  expect(shown).toContain('| dense | 91.00 ± 1.41 |')
  expect(shown).not.toContain('| claim |')
  expect(written).toContain('| claim |')
})

test('machine, engine, day, work and what is missing are said', () => {
  expect(written).toContain(
    '`results/studies/small.pipeline.ts`: Digits, one epoch. 9 stages, 3 min of work until 2026-02-03; a processor, 2 cores; tensorflow 2.21.0, cpu, 1 thread.',
  )
  expect(written).toContain('2 of its 9 stages have not been run.')
})

test('the summary counts what came out how', () => {
  expect(written).toContain('| A study | 2 | 0 | 0 | 0 | 0 | 2 |')
})

test('what was fixed before it ran is said, and what was not', () => {
  expect(written).toContain('Where it is from: Table 1. Fixed before it ran: n = 2, no margins.')
  const more = { ...study, seeds: 5, margins: usualMargins, inView: 'the rate', seedsAdded: 'Once, here.' }
  expect(page([more], { processor: 'a processor', cores: 2 })).toContain(
    'Fixed before it ran: n = 5 (2 here), the usual margins. Chosen with results in view: the rate. Of that it confirms an implementation, and no claim of a paper. Seeds were added: Once, here.',
  )
})

test('where a test set is small an interval over its examples stands beside that over seeds', () => {
  const right = (count: number) => new Map([['0', Uint8Array.from({ length: 100 }, (_, i) => (i < count ? 1 : 0))]])
  const few = {
    ...study,
    found: {
      ...found,
      right: new Map([
        ['dense', right(90)],
        ['pruned', right(91)],
      ]),
    },
  }
  const shown = page([few], { processor: 'a processor', cores: 2 })
  expect(shown).toContain('| claim | d | 95 % over seeds | 95 % over examples | n | p | verdict | in the family |')
  expect(shown).toMatch(/pruned > dense \| \+1\.00 \| {2}\| \+0\.00 … \+3\.00 \| 1 \|/)
})

test('a study that this store has not whole keeps what the page said of it when it was; the others are written again', () => {
  const part = { ...found, arms: new Map(), missing: 8 }
  const whole = { ...study, found: { ...found, missing: 0 } }
  const other = { ...study, file: 'other', title: 'Another study' }
  const before = page([whole, other], { processor: 'a processor', cores: 2 })
  const again = page(
    [
      { ...study, found: part },
      { ...other, found: part },
    ],
    { processor: 'a faster one', cores: 8 },
    before,
  )
  const section = (text: string) => text.slice(text.indexOf('## A study'), text.indexOf('## Another'))
  expect(section(again)).toBe(section(before))
  expect(again).toContain('| A study | 2 | 0 | 0 | 0 | 0 | 2 |')
  expect(again.match(/a faster one, 8 cores/g)).toHaveLength(1)
  expect(again.match(/8 of its 9 stages have not been run/g)).toHaveLength(1)
  expect(again.match(/^## /gm)).toHaveLength(2)
})
