import { expect, test } from 'vitest'
import { permutation } from '../../../stdlib/random/stream.ts'
import { epochBatches } from '../../../stdlib/training/examples.ts'

test("an epoch's batches are its permutation in order, without the last partial one", () => {
  const batches = epochBatches(3, 5, 10, 4)
  expect(batches.map((batch) => [...batch])).toEqual([[...permutation(3, 5, 10).slice(0, 4)], [...permutation(3, 5, 10).slice(4, 8)]])
})

test('fewer examples than a batch give no step', () => {
  expect(epochBatches(0, 0, 3, 4)).toEqual([])
})
