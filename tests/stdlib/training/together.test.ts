import { expect, test } from 'vitest'
import { measuredTogether } from '../../../stdlib/training/together.ts'

const logs = (...probabilities: number[]) => Float32Array.from(probabilities, Math.log)

test('the probabilities are averaged, not the logits and not the losses', () => {
  // Two examples of three classes. Means: (0.4, 0.35, 0.25) and (0.35, 0.25, 0.4).
  const first = logs(0.7, 0.2, 0.1, 0.6, 0.3, 0.1)
  const second = logs(0.1, 0.5, 0.4, 0.1, 0.2, 0.7)
  const { accuracy, crossEntropy } = measuredTogether([first, second], Int32Array.of(0, 0), 3)
  expect(accuracy).toBe(0.5)
  expect(crossEntropy).toBeCloseTo(-(Math.log(0.4) + Math.log(0.35)) / 2, 6)
  // The mean of the members' losses would be −log √(0.7 · 0.1) for the first.
  expect(crossEntropy).toBeLessThan(-(Math.log(0.07) + Math.log(0.06)) / 4)
})

test('a constant added to logits changes nothing, and one member that is sure saves the others', () => {
  const sure = Float32Array.of(200, 0)
  const wrong = Float32Array.of(-2000, 2000)
  const { accuracy, crossEntropy } = measuredTogether([sure.map((z) => z + 50), wrong], Int32Array.of(0), 2)
  expect(crossEntropy).toBeCloseTo(Math.log(2), 6)
  expect(accuracy).toBe(1)
})
