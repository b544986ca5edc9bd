import { expect, test } from 'vitest'
import type { PruneOptions } from '../../../dsl/graph/stage-options.ts'
import { magnitude, sparsityFor } from '../../../stdlib/index.ts'
import { densityMetrics } from '../../../stdlib/metrics/density.ts'
import { prunedByMagnitude, tiny } from '../networks.ts'

const lenet = { parameters: 266_610, prunable: 266_200 }

test('by hand: LeNet-300-100 eight times smaller has 33,326 parameters, 410 of them biases', () => {
  // 266,610 / 8 = 33,326.25, less 410 is 32,916.25, of 266,200.
  expect(sparsityFor({ compression: 8, ...lenet })).toBeCloseTo(1 - 32_916.25 / 266_200, 12)
  expect(sparsityFor({ compression: 1, ...lenet })).toBe(0)
})

test('a network pruned to it is as much smaller, to the weight', () => {
  // 17 parameters, 12 of them in kernels: 8 are left of 17, 3 of the 12.
  const network = tiny({ fc1: [1, 12, 3, 10, 5, 8], out: [2, 11, 4, 9, 6, 7] })
  const sparsity = sparsityFor({ compression: 17 / 8, parameters: 17, prunable: 12 })
  expect(sparsity).toBe(0.75)
  const masks = prunedByMagnitude(network, magnitude(sparsity).spec as PruneOptions)
  expect(densityMetrics({ topology: network.topology, masks }).compressionRatio).toBe(17 / 8)
})

test.each([
  ['compression', { compression: 0.5, ...lenet }, 'from 1 up to but not including 650.3'],
  ['compression', { compression: 700, ...lenet }, 'from 1 up to but not including 650.3'],
  ['prunable', { compression: 2, parameters: 10, prunable: 11 }, 'a whole number from 1 to 10'],
  ['parameters', { compression: 2, parameters: 0, prunable: 0 }, 'a whole number, 1 or more'],
])('%s out of reach is refused', (option, given, allowed) => {
  let facts: readonly (readonly [string, string])[] = []
  try {
    sparsityFor(given)
  } catch (cause) {
    facts = (cause as { facts: typeof facts }).facts
  }
  expect(Object.fromEntries(facts)).toMatchObject({ verb: 'sparsityFor()', option, allowed })
})
