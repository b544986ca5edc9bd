import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { philox } from '../../../stdlib/random/philox.ts'
import { permutation, Stream, stepSeed } from '../../../stdlib/random/stream.ts'

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const words = (stream: Stream, count: number) => Array.from({ length: count }, () => stream.word())

describe('a stream', () => {
  test('is Philox with the seed and purpose as key, and the block and index as counter', () => {
    const expected = [...philox([7, 1], [0, 0, 3, 0]), ...philox([7, 1], [1, 0, 3, 0])]
    expect(words(new Stream(7, 'init', 3), 8)).toEqual(expected)
  })

  test('of another purpose, seed or index is another one', () => {
    const first = [
      new Stream(1, 'init', 0),
      new Stream(1, 'order', 0),
      new Stream(1, 'step', 0),
      new Stream(2, 'init', 0),
      new Stream(1, 'init', 1),
    ].map((stream) => stream.word())
    expect(new Set(first).size).toBe(first.length)
  })

  test('draws whole numbers below n, every one of them', () => {
    const stream = new Stream(0, 'order', 0)
    const counts = new Array<number>(7).fill(0)
    for (let i = 0; i < 70_000; i++) counts[stream.below(7)]!++
    // Six standard deviations of a binomial with p = 1/7.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(6 * Math.sqrt(70_000 * (1 / 7) * (6 / 7)))
  })

  test('draws standard normal numbers: mean 0, variance 1, a tenth outside ±1.645', () => {
    const stream = new Stream(11, 'init', 0)
    const values = Array.from({ length: 20_000 }, () => stream.normals()).flat()
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    const outside = values.filter((value) => Math.abs(value) > 1.645).length / values.length
    expect(Math.abs(mean)).toBeLessThan(6 / Math.sqrt(values.length))
    expect(variance).toBeCloseTo(1, 1)
    expect(outside).toBeCloseTo(0.1, 2)
  })
})

describe('the order of an epoch', () => {
  test('visits every example once', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 300 }), (seed, epoch, n) => {
        expect([...permutation(seed, epoch, n)].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i))
      }),
      { numRuns: 50 },
    )
  })

  test('is a function of seed and epoch alone, and both matter', () => {
    expect(permutation(5, 7, 100)).toEqual(permutation(5, 7, 100))
    expect(permutation(5, 7, 100)).not.toEqual(permutation(5, 8, 100))
    expect(permutation(5, 7, 100)).not.toEqual(permutation(6, 7, 100))
  })

  test('puts an example at every place equally often', () => {
    const counts = new Array<number>(4).fill(0)
    for (let epoch = 0; epoch < 8000; epoch++) counts[permutation(3, epoch, 4).indexOf(0)]!++
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(6 * Math.sqrt(8000 * 0.25 * 0.75))
  })
})

test('every step has its own seed, a signed 32-bit number', () => {
  const all = Array.from({ length: 1000 }, (_, step) => stepSeed(0, step))
  expect(new Set(all).size).toBe(1000)
  expect(all.every((seed) => Number.isInteger(seed) && seed >= -(2 ** 31) && seed < 2 ** 31)).toBe(true)
  expect(all.some((seed) => seed < 0)).toBe(true)
})
