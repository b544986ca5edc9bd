import { expect, test } from 'vitest'
import { fuzz } from './fuzz.ts'
import { fuzzers } from './fuzzers.ts'

test.each(fuzzers.map(({ name }) => [name]))('of %s, whatever comes is taken or ends in a sentence', async (name) => {
  const { taken, refused, crashes } = await fuzz({ name }, { inputs: 20, seed: 20_000 })
  expect(crashes).toEqual([])
  expect(taken).toBeGreaterThan(0)
  expect(refused).toBeGreaterThan(0)
})
