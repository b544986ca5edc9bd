import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PruneOptions } from '../../../dsl/graph/stage-options.ts'
import { nm } from '../../../stdlib/index.ts'
import { checkInvariants } from '../../../stdlib/invariants.ts'
import { applyMasks, kept, shuffledMasks } from '../../../stdlib/masks.ts'
import { type Network, sizeOf } from '../../../stdlib/network.ts'
import { brokenPattern, withoutPatterns } from '../../../stdlib/pattern.ts'
import { magnitudes } from '../../../stdlib/prune/magnitude.ts'
import { refuseReturn } from '../../../stdlib/prune/pattern.ts'
import { rankedMasks, topologyAfter } from '../../../stdlib/prune/ranking.ts'
import { tiny } from '../networks.ts'

const numbers = (shape: readonly number[]) => Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 7919) % 101) - 50)
/** `tiny` with kernels of other shapes. */
const shaped = (fc1: readonly number[], out: readonly number[], values?: readonly number[]): Network => {
  const { topology, ...rest } = tiny({ fc1: values ?? numbers(fc1), out: numbers(out) })
  const shapes: { readonly [name: string]: readonly number[] } = { 'fc1/kernel': fc1, 'out/kernel': out }
  return {
    ...rest,
    topology: { ...topology, parameters: topology.parameters.map((one) => ({ ...one, shape: shapes[one.name] ?? one.shape })) },
  }
}
const pruned = (network: Network, { spec } = nm(2, 4)): Network => {
  const options = spec as PruneOptions
  return { ...network, topology: topologyAfter(network.topology, options), masks: rankedMasks(network, magnitudes(network), options) }
}

describe('blocks are of consecutive inputs', () => {
  test('of a linear layer, for each unit: by hand', () => {
    // 4 inputs, 2 units: of the first unit 1 4 −3 2, of the second −8 5 6 7.
    const { masks } = pruned(shaped([4, 2], [4, 1], [1, -8, 4, 5, -3, 6, 2, 7]))
    expect([...masks.get('fc1/kernel')!]).toEqual([0, 1, 1, 0, 1, 0, 0, 1])
  })

  test('of a convolution, for each channel and each place of its window, never over two places', () => {
    const network = pruned(shaped([2, 1, 4, 1, 1].slice(0, 4), [4, 2], [1, 2, 3, 4, 40, 30, 20, 10]))
    // A kernel with one output is as a depthwise one: dense.
    expect(kept(network.masks.get('fc1/kernel')!)).toBe(8)
    const two = pruned(shaped([2, 1, 4, 2], [4, 2], [1, 8, 2, 7, 3, 6, 4, 5, 40, 50, 30, 60, 20, 70, 10, 80]))
    expect([...two.masks.get('fc1/kernel')!]).toEqual([0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1])
  })

  test('of equal ones the first go, and what was gone counts', () => {
    const network = shaped([4, 1], [4, 2], [1, 1, 1, 1])
    expect([...pruned(network).masks.get('fc1/kernel')!]).toEqual([0, 0, 1, 1])
    const before = { ...network, masks: new Map([['fc1/kernel', Uint8Array.of(1, 1, 1, 0)]]) }
    expect([...pruned(before).masks.get('fc1/kernel')!]).toEqual([0, 1, 1, 0])
  })

  test('exactly N of every M are left of all layers that fit, whatever the weights', () => {
    const size = fc.integer({ min: 1, max: 3 })
    fc.assert(
      fc.property(
        size,
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 2, max: 6 }),
        fc.integer({ min: 1, max: 5 }),
        (blocks, units, m, n) => {
          const keep = Math.min(n, m - 1)
          const network = pruned(shaped([2, 1, blocks * m, units], [m, units]), nm(keep, m))
          expect(kept(network.masks.get('fc1/kernel')!)).toBe(2 * blocks * units * keep)
          expect(brokenPattern(network)).toBeUndefined()
        },
      ),
    )
  })

  test('layers that do not fit stay dense and have no pattern; without any the pruning is refused', () => {
    const network = pruned(shaped([6, 2], [4, 2]))
    expect(kept(network.masks.get('fc1/kernel')!)).toBe(12)
    expect(network.topology.parameters.map(({ pattern }) => pattern)).toEqual([undefined, undefined, undefined, { keep: 2, of: 4 }])
    expect(() => pruned(shaped([6, 2], [3, 2]))).toThrow('No layer has a multiple of 4 inputs.')
    expect(kept(pruned(shaped([4, 2], [4, 2]), nm(2, 4, { exclude: ['fc1'] as never })).masks.get('fc1/kernel')!)).toBe(8)
  })
})

describe('the pattern is an invariant', () => {
  const network = pruned(shaped([8, 3], [4, 2]))
  const masked = (masks: Network['masks']) => ({ ...network, masks, weights: applyMasks(network.weights, masks) })

  test('a mask that has lost its pattern fails its stage', () => {
    expect(() => checkInvariants(masked(network.masks))).not.toThrow()
    const more = network.masks.get('fc1/kernel')!.slice().fill(1, 0, 24)
    expect(() => checkInvariants(masked(new Map([...network.masks, ['fc1/kernel', more]])))).toThrow(
      'A mask has lost its pattern: fc1/kernel must keep at most 2 of every 4 inputs.',
    )
    expect(() => checkInvariants(masked(new Map()))).toThrow('A mask has lost its pattern')
    expect(() => checkInvariants({ ...network, masks: new Map(), topology: withoutPatterns(network.topology) })).not.toThrow()
  })

  test('fewer weights in a block keep it', () => {
    const fewer = network.masks.get('fc1/kernel')!.slice().fill(0, 0, 12)
    expect(() => checkInvariants(masked(new Map([...network.masks, ['fc1/kernel', fewer]])))).not.toThrow()
  })

  test('shuffled, weights change places in their blocks alone', () => {
    const elsewhere = shuffledMasks(network.masks, 3, network.topology)
    expect(elsewhere).not.toEqual(network.masks)
    expect(brokenPattern({ ...network, masks: elsewhere })).toBeUndefined()
    expect(kept(elsewhere.get('fc1/kernel')!)).toBe(12)
  })

  test('a training whose weights may return is refused', () => {
    expect(() => refuseReturn(network.topology, 'freeze')).not.toThrow()
    for (const mode of ['soft', 'recover', 'feedback', 'regrow'] as const)
      expect(() => refuseReturn(network.topology, mode)).toThrow('Weights that return would break the pattern of the masks.')
    expect(() => refuseReturn(withoutPatterns(network.topology), 'regrow')).not.toThrow()
  })
})
