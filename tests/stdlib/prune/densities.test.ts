import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PruneOptions } from '../../../dsl/graph/stage-options.ts'
import type { PrunerSpec } from '../../../dsl/parts/pruner.ts'
import { magnitude } from '../../../stdlib/index.ts'
import { kept } from '../../../stdlib/masks.ts'
import { type Network, sizeOf } from '../../../stdlib/network.ts'
import { erdosRenyiKernel, type Layer } from '../../../stdlib/prune/densities.ts'
import { magnitudes } from '../../../stdlib/prune/magnitude.ts'
import { rankedMasks } from '../../../stdlib/prune/ranking.ts'
import { tiny } from '../networks.ts'

const dense = (...shapes: readonly (readonly number[])[]): Layer[] => shapes.map((shape) => ({ shape, left: sizeOf(shape) }))

describe('the Erdős–Rényi kernel', () => {
  test('a layer keeps in proportion to the sum of its shape, by hand', () => {
    // Sums 104, 110 and 12: ε = 142 / 226, so 65.35, 69.12 and 7.54; the one that is missing goes to the last.
    expect(erdosRenyiKernel(dense([4, 100], [100, 10], [10, 2]), 142)).toEqual([65, 69, 8])
  })

  test('a layer that would exceed density 1 is dense, and the others are found again, so that the whole is met', () => {
    // ε = 692 / 71: 146 of the 72 weights of the first. Dense, it leaves 620 / 56, and then 288 of the 160 of the last.
    expect(erdosRenyiKernel(dense([3, 3, 1, 8], [3, 3, 8, 16], [16, 10]), 692)).toEqual([72, 460, 160])
  })

  test('height and width of a kernel are in the sum', () => {
    // 3 + 3 + 2 + 4 = 12 against 2 + 4 = 6.
    expect(erdosRenyiKernel(dense([3, 3, 2, 4], [2, 4]), 9)).toEqual([6, 3])
  })

  test('the whole is met exactly, no layer keeps more than it has, and asked for less none keeps more', () => {
    const layer = fc.record({
      shape: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 4 }),
      gone: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(layer, { minLength: 1, maxLength: 5 }), fc.double({ min: 0, max: 1, noNaN: true }), (given, part) => {
        const layers = given.map(({ shape, gone }) => ({ shape, left: Math.round(sizeOf(shape) * (1 - gone)) }))
        const keep = Math.round(part * layers.reduce((sum, { left }) => sum + left, 0))
        const counts = erdosRenyiKernel(layers, keep)
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(keep)
        counts.forEach((count, i) => {
          expect(count).toBeGreaterThanOrEqual(0)
          expect(count).toBeLessThanOrEqual(layers[i]!.left)
        })
      }),
    )
  })
})

/** A linear layer of 6 × 2 beside one of 2 × 2. */
const uneven = (): Network => {
  const { topology, ...rest } = tiny({ fc1: [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.11, 0.12, 0.13], out: [5, 4, 3, 2] })
  const shapes: { readonly [name: string]: readonly number[] } = { 'fc1/kernel': [6, 2], 'out/kernel': [2, 2] }
  const parameters = topology.parameters.map((parameter) => ({ ...parameter, shape: shapes[parameter.name] ?? parameter.shape }))
  return { ...rest, topology: { ...topology, parameters } }
}
const left = (network: Network, { spec }: { readonly spec: PrunerSpec }) => {
  const masks = rankedMasks(network, magnitudes(network), spec as PruneOptions)
  return [kept(masks.get('fc1/kernel')!), kept(masks.get('out/kernel')!)]
}

describe("pruned with scope: 'erk'", () => {
  test('each layer is ranked by itself to its share of what the network keeps', () => {
    // Half of 16 stay: 8 · 8/12 = 5.33 and 8 · 4/12 = 2.67. One ranking would keep all of the second, a uniform one two.
    expect(left(uneven(), magnitude(0.5, { scope: 'erk' }))).toEqual([5, 3])
    expect(left(uneven(), magnitude(0.5))).toEqual([4, 4])
    expect(left(uneven(), magnitude(0.5, { scope: 'layer' }))).toEqual([6, 2])
  })

  test('a second time of what is left: half of 8', () => {
    const network = uneven()
    const masks = rankedMasks(network, magnitudes(network), magnitude(0.5, { scope: 'erk' }).spec as PruneOptions)
    // 4 · 8/12 = 2.67 and 4 · 4/12 = 1.33.
    expect(left({ ...network, masks }, magnitude(0.5, { scope: 'erk' }))).toEqual([3, 1])
    expect(left({ ...network, masks }, magnitude(0.75, { scope: 'erk', of: 'all' }))).toEqual([3, 1])
    expect(left({ ...network, masks }, magnitude(0.25, { scope: 'erk', of: 'all' }))).toEqual([5, 3])
  })

  test('layers left alone are dense, and the fraction is of the others', () => {
    expect(left(uneven(), magnitude(0.5, { scope: 'erk', outputLayer: 'keep' }))).toEqual([6, 4])
    expect(left(uneven(), magnitude(0.5, { scope: 'erk', exclude: ['fc1'] as never }))).toEqual([12, 2])
  })
})
