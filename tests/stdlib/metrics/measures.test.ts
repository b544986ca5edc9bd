import { describe, expect, test } from 'vitest'
import { topK } from '../../../stdlib/metrics/accuracy.ts'
import { agreement } from '../../../stdlib/metrics/agreement.ts'
import { brierScore } from '../../../stdlib/metrics/brier-score.ts'
import { expectedCalibrationError } from '../../../stdlib/metrics/calibration-error.ts'
import { calibratedMetrics, qualityMetrics, teacherMetrics } from '../../../stdlib/metrics/measures.ts'
import { mixture } from '../../../stdlib/metrics/mixture.ts'
import { negativeLogLikelihood } from '../../../stdlib/metrics/negative-log-likelihood.ts'
import type { Predictions } from '../../../stdlib/metrics/predictions.ts'
import { fitTemperature } from '../../../stdlib/metrics/temperature.ts'

const given = (rows: readonly (readonly number[])[], labels: readonly number[]): Predictions => ({
  logits: Float64Array.from(rows.flat()),
  labels: Int32Array.from(labels),
  classes: rows[0]!.length,
})
/** Logarithms of probabilities are logits. */
const probabilities = (rows: readonly (readonly number[])[], labels: readonly number[]) =>
  given(
    rows.map((row) => row.map(Math.log)),
    labels,
  )

describe('accuracy', () => {
  const five = given(
    [
      [5, 4, 3, 2, 1, 0],
      [5, 4, 3, 2, 1, 0],
      [0, 0, 0, 0, 0, 0],
    ],
    [0, 4, 5],
  )

  test('top-1 and top-5; of equal logits the first class is predicted', () => {
    expect(topK(five, 1)).toBeCloseTo(1 / 3, 12)
    expect(topK(five, 5)).toBeCloseTo(2 / 3, 12)
    expect(topK(five, 6)).toBe(1)
    expect(topK(given([[0, 0]], [0]), 1)).toBe(1)
  })
})

describe('likelihood', () => {
  test('−log p(label), in nats', () => {
    expect(negativeLogLikelihood(given([[Math.log(2), 0]], [0]))).toBeCloseTo(Math.log(1.5), 12)
    expect(
      negativeLogLikelihood(
        probabilities(
          [
            [0.5, 0.25, 0.25],
            [0.1, 0.2, 0.7],
          ],
          [0, 2],
        ),
      ),
    ).toBeCloseTo((Math.log(2) - Math.log(0.7)) / 2, 12)
  })

  test('logits of any size neither overflow nor vanish', () => {
    expect(negativeLogLikelihood(given([[5000, 0]], [1]))).toBe(5000)
    expect(negativeLogLikelihood(given([[-5000, -5000]], [1]))).toBeCloseTo(Math.log(2), 12)
  })

  test('Brier: squared distance to the label', () => {
    expect(brierScore(probabilities([[2 / 3, 1 / 3]], [0]))).toBeCloseTo(2 / 9, 12)
    expect(
      brierScore(
        probabilities(
          [
            [0.5, 0.3, 0.2],
            [1, 0, 0],
          ],
          [1, 1],
        ),
      ),
    ).toBeCloseTo((0.25 + 0.49 + 0.04 + 2) / 2, 12)
  })
})

describe('expected calibration error', () => {
  test('accuracy against confidence, bin by bin', () => {
    // 0.9 twice, once right: |0.5 − 0.9| of two thirds; 0.65 once, right: |1 − 0.65| of one third.
    const three = probabilities(
      [
        [0.9, 0.1],
        [0.9, 0.1],
        [0.35, 0.65],
      ],
      [0, 1, 1],
    )
    expect(expectedCalibrationError(three)).toBeCloseTo((2 * 0.4 + 0.35) / 3, 12)
  })

  test('bins are closed above: a half is in the lower one of two', () => {
    // In one bin with 0.4 the errors cancel: 0.5 wrong and 0.4 right.
    const edge = given(
      [
        [0, 0, -Infinity],
        [Math.log(0.4), Math.log(0.3), Math.log(0.3)],
      ],
      [1, 0],
    )
    expect(expectedCalibrationError(edge, 1, 2)).toBeCloseTo(Math.abs(1 - 0.9) / 2, 12)
    expect(expectedCalibrationError(given([[9999, 0]], [0]))).toBe(0)
  })
})

describe('temperature', () => {
  // Four examples with logits (4, 0), three of class 0: the likelihood is largest where p = 3/4, at 4 / T = ln 3.
  const sure = given(Array(4).fill([4, 0]), [0, 0, 0, 1])

  test('is that of the largest likelihood', () => {
    expect(fitTemperature(sure)).toBeCloseTo(4 / Math.log(3), 8)
    expect(expectedCalibrationError(sure, fitTemperature(sure))).toBeCloseTo(0, 8)
    expect(negativeLogLikelihood(sure, fitTemperature(sure))).toBeCloseTo(-(3 * Math.log(0.75) + Math.log(0.25)) / 4, 12)
  })

  test('no other one does better', () => {
    const mixed = given(
      [
        [3, 0, 1],
        [0, 2, 0],
        [1, 1, 5],
        [4, 0, 0],
        [0, 0, 3],
        [2, 2, 0],
      ],
      [0, 1, 2, 1, 2, 0],
    )
    const best = fitTemperature(mixed)
    for (const other of [0.99, 1.01]) expect(negativeLogLikelihood(mixed, best)).toBeLessThan(negativeLogLikelihood(mixed, best * other))
  })

  test('ends within bounds where likelihood goes on growing, and is 1 where nothing is said', () => {
    expect(
      fitTemperature(
        given(
          [
            [1, 0],
            [0, 1],
          ],
          [0, 1],
        ),
      ),
    ).toBe(0.05)
    expect(
      fitTemperature(
        given(
          [
            [1, 0],
            [0, 1],
          ],
          [1, 0],
        ),
      ),
    ).toBe(20)
    expect(fitTemperature(given([[0, 0]], [1]))).toBe(1)
  })
})

describe('agreement with a teacher', () => {
  test('KL(teacher ‖ student) and equal predictions', () => {
    const student = probabilities(
      [
        [0.5, 0.5],
        [0.2, 0.8],
      ],
      [0, 0],
    )
    const teacher = probabilities(
      [
        [0.75, 0.25],
        [0.6, 0.4],
      ],
      [1, 1],
    )
    const kl = (0.75 * Math.log(1.5) + 0.25 * Math.log(0.5) + 0.6 * Math.log(3) + 0.4 * Math.log(0.5)) / 2
    expect(agreement(student, teacher).kl).toBeCloseTo(kl, 12)
    expect(agreement(student, teacher).top1).toBe(0.5)
    expect(agreement(student, student)).toEqual({ kl: 0, top1: 1 })
  })

  test('what the teacher rules out counts nothing', () => {
    expect(agreement(probabilities([[0.5, 0.5]], [0]), probabilities([[1, 0]], [0])).kl).toBeCloseTo(Math.log(2), 12)
  })
})

describe('several networks together', () => {
  test('the mean of their probabilities, not of their logits', () => {
    const both = mixture([probabilities([[0.9, 0.1]], [0]), probabilities([[0.3, 0.7]], [0])])
    expect([...both.logits].map(Math.exp).map((p) => p.toFixed(12))).toEqual(['0.600000000000', '0.400000000000'])
    expect(negativeLogLikelihood(both)).toBeCloseTo(-Math.log(0.6), 12)
  })

  test('one alone is as it was, and what all think impossible stays finite', () => {
    const one = given([[1, 2]], [0])
    expect(mixture([one])).toBe(one)
    const sure = given([[4000, 0]], [1])
    expect(negativeLogLikelihood(mixture([sure, sure]))).toBeCloseTo(4000, 6)
  })
})

test('names of results', () => {
  const two = given([[2, 0]], [0])
  expect(Object.keys(qualityMetrics('test', two))).toEqual(['test/accuracy', 'test/loss', 'test/brier', 'test/ece'])
  expect(Object.keys(qualityMetrics('test', given([[2, 0, 0, 0, 0, 0]], [0])))).toContain('test/top5')
  expect(calibratedMetrics('test', two, 2)['test/calibrated-loss']).toBeCloseTo(Math.log(1 + Math.exp(-1)), 12)
  expect(teacherMetrics('test', two, two)).toEqual({ 'test/teacher-kl': 0, 'test/teacher-agreement': 1 })
})
