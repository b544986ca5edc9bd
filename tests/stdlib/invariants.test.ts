import { expect, test } from 'vitest'
import { checkInvariants } from '../../stdlib/invariants.ts'
import { tiny } from './networks.ts'

const out = [1, 2, 3, 4, 5, 6]

test('finite weights under masks that hold pass', () => {
  expect(() => checkInvariants(tiny({ fc1: [0, 2, 3, 4, 5, 6], out }, { fc1: [0, 1, 1, 1, 1, 1] }))).not.toThrow()
})

test.each([Number.NaN, Number.POSITIVE_INFINITY])('a weight of %d fails the stage, with its place', (value) => {
  expect(() => checkInvariants(tiny({ fc1: [1, 2, value, 4, 5, 6], out }))).toThrow('A weight is not finite: fc1/kernel at position 2.')
})

test('so does a pruned weight that is not zero, however small', () => {
  const network = tiny({ fc1: [1, 1e-30, 3, 4, 5, 6], out }, { fc1: [1, 0, 1, 1, 1, 1] })
  expect(() => checkInvariants(network)).toThrow('A pruned weight is not zero: fc1/kernel at position 1.')
})
