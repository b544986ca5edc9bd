import * as Schema from 'effect/Schema'
import { expect, test } from 'vitest'
import { withFiniteMetrics } from '../../../runtime/worker/finite-metrics.ts'
import { type Outcome, stageReports } from '../../../runtime/worker/stage-context.ts'

const outcome = (metrics: Outcome['metrics']): Outcome => ({ artifact: null, snapshots: {}, metrics, numerics: null })

test('a stage whose measures are not finite has failed, and says which', () => {
  expect(() => withFiniteMetrics(outcome({ sparsity: 0, 'test/loss': Number.NaN }))).toThrow(
    'The network gives no numbers to compare: test/loss is NaN.',
  )
  expect(() => withFiniteMetrics(outcome({ speedup: Number.POSITIVE_INFINITY }))).toThrow('speedup is Infinity')
  expect(withFiniteMetrics(outcome({ sparsity: 0 }))).toEqual(outcome({ sparsity: 0 }))
})

test('points of curves may be NaN or infinite on their way from a worker', () => {
  const decode = Schema.decodeUnknownSync(Schema.Union(stageReports))
  const point = (value: unknown) => ({ type: 'metrics', points: [{ series: 'train/loss', step: 1, value }] })
  expect(['NaN', 'Infinity', '-Infinity', 0.5].map((value) => decode(point(value)))).toEqual(
    [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.5].map(point),
  )
  expect(() => decode(point(null))).toThrow()
  expect(() => decode(point('much'))).toThrow()
})
