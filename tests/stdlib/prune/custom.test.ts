import { expect, test } from 'vitest'
import type { KernelFacts, Score } from '../../../dsl/parts/criteria.ts'
import { criterion } from '../../../stdlib/index.ts'
import { customScores } from '../../../stdlib/prune/custom.ts'
import { rankedMasks } from '../../../stdlib/prune/ranking.ts'
import { FunctionProblem } from '../../../stdlib/user-functions.ts'
import { bits, tiny } from '../networks.ts'

const network = tiny({ fc1: [1, 2, 3, 4, 5, 6], out: [-1, -2, -3, -4, -5, -6] }, { fc1: [1, 1, 0, 1, 1, 1] })

test('a criterion is asked for each kernel, with its layer, its shape and what is alive, and its smallest scores go', () => {
  const asked: KernelFacts[] = []
  const largestGo: Score = (weights, kernel) => {
    asked.push(kernel)
    return weights.map((weight) => -Math.abs(weight))
  }
  const scores = customScores(network, largestGo, 0.36)
  const told = { fraction: 0.36, step: 0, random: expect.any(Function) }
  expect(asked).toEqual([
    { layer: 'fc1', shape: [2, 3], mask: Uint8Array.of(1, 1, 0, 1, 1, 1), ...told },
    { layer: 'out', shape: [3, 2], mask: Uint8Array.of(1, 1, 1, 1, 1, 1), ...told },
  ])
  // 4 of the 11 left: −6, −6, −5, −5.
  expect(bits(rankedMasks(network, scores, criterion(0.36, largestGo).spec))).toEqual({
    fc1: [1, 1, 0, 1, 0, 0],
    out: [1, 1, 1, 1, 0, 0],
  })
})

test('what it does to the weights it was given stays with it', () => {
  customScores(
    network,
    (weights, { mask }) => {
      mask.fill(0)
      return weights.fill(0)
    },
    0.5,
  )
  expect([...network.weights.get('fc1/kernel')!]).toEqual([1, 2, 3, 4, 5, 6])
  expect([...network.masks.get('fc1/kernel')!]).toEqual([1, 1, 0, 1, 1, 1])
})

test.each<[what: string, score: Score, given: RegExp]>([
  ['NaN', (weights) => weights.map((weight) => (weight === 2 ? Number.NaN : weight)), /NaN at position 1/],
  ['too few numbers', (weights) => weights.subarray(1), /5 numbers/],
  ['another kind of list', (weights) => [...weights] as never, /Array/],
  ['nothing', () => undefined as never, /undefined/],
])('%s is refused in one sentence with the layer', (_, score, given) => {
  const refused = () => customScores(network, score, 0.5)
  expect(refused).toThrow(FunctionProblem)
  expect(refused).toThrow('Your criterion did not give one score for each weight.')
  expect(refused).toThrow(/layer: fc1/)
  expect(refused).toThrow(given)
})

test('what it throws is told as its own, with what was thrown', () => {
  const broken = () => {
    throw new RangeError('no such layer')
  }
  try {
    customScores(network, broken, 0.5)
    expect.unreachable()
  } catch (problem) {
    expect(problem).toMatchObject({ title: 'Your criterion threw an error.', role: 'criterion', thrown: expect.any(RangeError) })
    expect((problem as FunctionProblem).facts).toEqual([
      ['function', 'broken'],
      ['error', 'no such layer'],
    ])
  }
})

test('it gets the fraction of its layer, and the step of a training', () => {
  const told: unknown[] = []
  const score: Score = (weights, { layer, fraction, step }) => {
    told.push([layer, fraction, step])
    return weights
  }
  customScores({ ...network, step: 40 }, score, { fc1: 0.25 })
  expect(told).toEqual([
    ['fc1', 0.25, 40],
    ['out', 0, 40],
  ])
})

test('what it draws is the same for the same weights at the same step, and another number at each call', () => {
  const drawn = (given: typeof network, step: number) => [
    ...customScores({ ...given, step }, (weights, { random }) => weights.map(() => random()), 0.5).values(),
  ]
  const [first, second] = drawn(network, 0)
  expect(drawn(network, 0)).toEqual([first, second])
  expect(new Set([...first!, ...second!]).size).toBe(12)
  expect([...first!, ...second!].every((value) => value > 0 && value < 1)).toBe(true)
  expect(drawn(network, 1)).not.toEqual([first, second])
  expect(drawn(tiny({ fc1: [1, 2, 3, 4, 5, 7], out: [-1, -2, -3, -4, -5, -6] }), 0)[0]).not.toEqual(first)
})

test('the gradient, where it is asked for, is of every weight, and none is given where it is not', () => {
  const gradient = new Map([
    ['fc1/kernel', Float64Array.of(1, 2, 3, 4, 5, 6)],
    ['out/kernel', Float64Array.of(6, 5, 4, 3, 2, 1)],
  ])
  const score: Score = (weights, kernel) => kernel.gradient?.map((value, i) => value * weights[i]!) ?? weights.fill(-1)
  expect([...customScores(network, score, 0.5, gradient).get('fc1/kernel')!]).toEqual([1, 4, 9, 16, 25, 36])
  expect([...customScores(network, score, 0.5).get('fc1/kernel')!]).toEqual([-1, -1, -1, -1, -1, -1])
})
