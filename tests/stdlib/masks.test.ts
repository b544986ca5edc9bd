import { expect, test } from 'vitest'
import { magnitude } from '../../stdlib/index.ts'
import { applyMasks, flips, kept, leak, shuffledMasks } from '../../stdlib/masks.ts'
import { densityMetrics } from '../../stdlib/metrics/density.ts'
import { prunedByMagnitude, tiny } from './networks.ts'

const weights = { fc1: [1, 2, 3, 4, 5, 6], out: [1, 1, 1, 1, 1, 0] }

test('masked weights become exactly zero, also where they were not finite', () => {
  const network = tiny({ ...weights, fc1: [Number.NaN, -2, 3, 4, 5, 6] }, { fc1: [0, 0, 1, 1, 1, 1] })
  const masked = applyMasks(network.weights, network.masks).get('fc1/kernel')!
  expect([...masked]).toEqual([0, 0, 3, 4, 5, 6])
  expect(Object.is(masked[1], 0)).toBe(true)
})

test('sparsity is counted from masks, never from zeros; the ratio counts biases and batch norm on both sides', () => {
  const { topology, masks } = tiny(weights, { fc1: [0, 0, 0, 1, 1, 1] })
  // 12 prunable weights, 3 removed; 17 parameters in all.
  expect(densityMetrics({ topology, masks })).toEqual({ sparsity: 0.25, density: 0.75, compressionRatio: 17 / 14 })
})

test('a masked weight that is not zero is found', () => {
  expect(leak(tiny(weights, { fc1: [1, 0, 1, 1, 1, 1] }))).toEqual({ parameter: 'fc1/kernel', index: 1, value: 2 })
  expect(leak(tiny(weights, { out: [1, 1, 1, 1, 1, 0] }))).toBeUndefined()
})

test('a weight that happens to be zero is alive, through rounds of pruning', () => {
  const network = tiny({ fc1: [0, 0, 3, 4, 5, 6], out: [1, 1, 1, 1, 1, 1] }, { fc1: [0, 1, 1, 1, 1, 1] })
  expect(densityMetrics(network).sparsity).toBe(1 / 12)
  const again = prunedByMagnitude(network, magnitude({ out: 0.5 }).spec)
  expect([...again.get('fc1/kernel')!]).toEqual([0, 1, 1, 1, 1, 1])
})

test('what is left and what changed are counted by bit; no mask keeps everything', () => {
  const before = Uint8Array.of(1, 0, 0, 1, 1)
  expect(kept(before)).toBe(3)
  expect(flips(before, Uint8Array.of(0, 1, 0, 1, 1))).toBe(2)
  expect(flips(before, undefined)).toBe(2)
})

test('shuffled masks remove as many weights of each layer, elsewhere', () => {
  const mask = Uint8Array.from({ length: 400 }, (_, i) => (i < 300 ? 0 : 1))
  const masks = new Map([
    ['fc1/kernel', mask],
    ['out/kernel', mask],
  ])
  const shuffled = shuffledMasks(masks, 5, { parameters: [] })
  for (const [name, bits] of shuffled) {
    expect(bits.filter((bit) => bit === 0)).toHaveLength(300)
    expect([...bits]).not.toEqual([...masks.get(name)!])
  }
  expect([...shuffled.get('fc1/kernel')!]).not.toEqual([...shuffled.get('out/kernel')!])
  expect(shuffledMasks(masks, 5, { parameters: [] })).toEqual(shuffled)
})
