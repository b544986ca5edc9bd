import { expect, test } from 'vitest'
import type { Json } from '../../dsl/check/canonical.ts'
import type { StageFunction } from '../../dsl/language/custom.ts'
import { customStage } from '../../stdlib/custom-stage.ts'
import { FunctionProblem } from '../../stdlib/user-functions.ts'
import { tiny } from './networks.ts'

type Fn = StageFunction<{ readonly [name: string]: Json }>

const network = tiny({ fc1: [1, 2, 3, 4, 5, 6], out: [1, 1, 1, 1, 1, 1] }, { fc1: [1, 0, 1, 1, 1, 1] })
const after = (fn: Fn, options = {}) =>
  customStage(network, fn, { name: 'mine', fn: { $: 'function', name: 'fn', fingerprint: 'f' }, options })

test('it is given weights, shapes, masks and its options; what it does not give stays', () => {
  const scaled: Fn = ({ weights, shapes, masks }, { by }) => {
    expect(shapes.get('fc1/kernel')).toEqual([2, 3])
    expect([...masks.get('fc1/kernel')!]).toEqual([1, 0, 1, 1, 1, 1])
    return new Map([['fc1/kernel', weights.get('fc1/kernel')!.map((weight) => weight * Number(by))]])
  }
  const weights = after(scaled, { by: 2 })
  expect([...weights.get('fc1/kernel')!]).toEqual([2, 4, 6, 8, 10, 12])
  expect(weights.get('out/kernel')).toBe(network.weights.get('out/kernel'))
})

test('it works on copies', () => {
  after(({ weights }) => {
    weights.get('fc1/kernel')!.fill(0)
    return new Map()
  })
  expect([...network.weights.get('fc1/kernel')!]).toEqual([1, 2, 3, 4, 5, 6])
})

test.each<[what: string, fn: Fn, given: RegExp]>([
  ['no map', () => ({}) as never, /given: Object/],
  ['a promise', (async () => new Map()) as never, /given: Promise/],
  ['a weight that the network does not have', () => new Map([['fc9/kernel', new Float32Array(1)]]), /given: fc9\/kernel/],
  ['a weight of another length', () => new Map([['fc1/bias', new Float32Array(2)]]), /2 numbers for fc1\/bias/],
  ['a plain list', () => new Map([['fc1/bias', [0, 0, 0]]]) as never, /fc1\/bias as Array/],
  ['what is not finite', () => new Map([['fc1/bias', Float32Array.of(0, Number.NaN, 0)]]), /NaN in fc1\/bias at position 1/],
])('%s is refused in one sentence', (_, fn, given) => {
  expect(() => after(fn)).toThrow(FunctionProblem)
  expect(() => after(fn)).toThrow('Your stage did not give weights of its network.')
  expect(() => after(fn)).toThrow(given)
})
