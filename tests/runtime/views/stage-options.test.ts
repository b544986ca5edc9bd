import { expect, test } from 'vitest'
import { stageOptions } from '../../../runtime/views/stage-options.ts'

const training = {
  epochs: 3,
  batch: 64,
  from: 0,
  seed: 1,
  data: { name: 'digits', options: {}, content: 'sha256:0' },
  optimizer: { kind: 'adam', lr: 0.1, beta1: 0.9, beta2: 0.5, epsilon: 1e-8 },
}
const of = (options: object, kind = 'train') =>
  new Map(stageOptions(kind, { kind, options: JSON.parse(JSON.stringify(options)) }).map(({ name, ...rest }) => [name, rest]))

test('an option that has the value of its default is said to be so, inside of parts too', () => {
  const options = of(training)
  expect(options.get('batch')).toEqual({ value: 64, standard: true })
  expect(of({ ...training, batch: 32 }).get('batch')).toEqual({ value: 32, standard: false })
  expect(options.get('optimizer.beta1')).toEqual({ value: 0.9, standard: true })
  expect(options.get('optimizer.beta2')).toEqual({ value: 0.5, standard: false })
  expect(options.get('epochs')).toEqual({ value: 3, standard: false })
})

test('what was left out is there with its default; infinity is a word', () => {
  expect(of(training).get('labelSmoothing')).toEqual({ value: 0, standard: true })
  expect(of(training).get('clipNorm')).toEqual({ value: 'Infinity', standard: true })
  expect(of({ ...training, labelSmoothing: 0.1 }).get('labelSmoothing')).toEqual({ value: 0.1, standard: false })
})

test('options of a kind that is no more, or of nothing, are told as they are', () => {
  expect([...of({ strength: { of: 2 } }, 'forgotten')]).toEqual([['strength.of', { value: 2, standard: false }]])
  expect(stageOptions('train', undefined).every(({ standard }) => standard)).toBe(true)
})
