import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PipelineProblem } from '../../../dsl/check/problem.ts'
import type { PrunerSpec } from '../../../dsl/parts/pruner.ts'
import { magnitude } from '../../../stdlib/index.ts'
import { bits, prunedByMagnitude, tiny } from '../networks.ts'

const all = (options: PrunerSpec, ...network: Parameters<typeof tiny>) => bits(prunedByMagnitude(tiny(...network), options))
const weights = { fc1: [0.1, -0.9, 0.3, -0.2, 0.8, 0.05], out: [0.4, -0.15, 0.25, 0.7, -0.6, 0.35] }

describe('over the whole network', () => {
  test('the smallest absolute values go, whatever their sign and layer', () => {
    // In order: 0.05 0.1 0.15 0.2 0.25 0.3 | 0.35 …
    expect(all(magnitude(0.5).spec, weights)).toEqual({ fc1: [0, 1, 0, 0, 1, 0], out: [1, 0, 0, 1, 1, 1] })
  })

  test('round(fraction · n) of them: 0.2 of 12 is 2.4, 0.3 is 3.6', () => {
    expect(all(magnitude(0.2).spec, weights)).toEqual({ fc1: [0, 1, 1, 1, 1, 0], out: [1, 1, 1, 1, 1, 1] })
    expect(all(magnitude(0.3).spec, weights)).toEqual({ fc1: [0, 1, 1, 0, 1, 0], out: [1, 0, 1, 1, 1, 1] })
  })

  test('of equal values the first ones go', () => {
    const ties = { fc1: [0.5, -0.5, 0.5, 0.5, 0.5, 0.5], out: [0.5, 0.5, 0.5, 0.5, 0.5, 0.5] }
    expect(all(magnitude(0.25).spec, ties)).toEqual({ fc1: [0, 0, 0, 1, 1, 1], out: [1, 1, 1, 1, 1, 1] })
  })

  test('biases and batch norm stay, small as they are', () => {
    expect([...prunedByMagnitude(tiny(weights), magnitude(0.5).spec).keys()]).toEqual(['fc1/kernel', 'out/kernel'])
  })

  test('weights that are zero already are the first to go', () => {
    expect(all(magnitude(0.25).spec, { ...weights, out: [0, 0, 0, 0.7, -0.6, 0.35] }).out).toEqual([0, 0, 0, 1, 1, 1])
  })
})

describe('in rounds', () => {
  const masks = { fc1: [0, 1, 0, 0, 1, 0], out: [1, 0, 0, 1, 1, 1] }
  const survivors = { fc1: [0, -0.9, 0, 0, 0.8, 0], out: [0.4, 0, 0, 0.7, -0.6, 0.35] }

  test('a fraction counts what is left: half of 6 is 3, and what was gone stays gone', () => {
    expect(all(magnitude(0.5).spec, survivors, masks)).toEqual({ fc1: [0, 1, 0, 0, 1, 0], out: [0, 0, 0, 1, 0, 0] })
  })

  test('or all weights: two thirds of 12 are 8, of which 6 are gone', () => {
    expect(all(magnitude(2 / 3, { of: 'all' }).spec, survivors, masks)).toEqual({ fc1: [0, 1, 0, 0, 1, 0], out: [0, 0, 0, 1, 1, 0] })
  })

  test('asking for less than is gone already removes nothing', () => {
    expect(all(magnitude(0.25, { of: 'all' }).spec, survivors, masks)).toEqual(masks)
  })
})

describe('layer by layer', () => {
  test('each loses the same fraction of its own', () => {
    expect(all(magnitude(0.5, { scope: 'layer' }).spec, weights)).toEqual({ fc1: [0, 1, 1, 0, 1, 0], out: [1, 0, 0, 1, 1, 0] })
  })

  test('the output layer loses half of it, or nothing', () => {
    const half = magnitude(2 / 3, { scope: 'layer', outputLayer: 'half' }).spec
    expect(all(half, weights)).toEqual({ fc1: [0, 1, 0, 0, 1, 0], out: [1, 0, 0, 1, 1, 1] })
    const keep = magnitude(2 / 3, { scope: 'layer', outputLayer: 'keep' }).spec
    expect(all(keep, weights).out).toEqual([1, 1, 1, 1, 1, 1])
  })

  test('layers that are not named, or excluded, are left alone', () => {
    expect(all(magnitude({ out: 0.5 }).spec, weights)).toEqual({ fc1: [1, 1, 1, 1, 1, 1], out: [1, 0, 0, 1, 1, 0] })
    expect(all(magnitude(0.5, { exclude: ['fc1'] as never }).spec, weights)).toEqual({ fc1: [1, 1, 1, 1, 1, 1], out: [1, 0, 0, 1, 1, 0] })
  })
})

describe('left alone', () => {
  test('the first layer, of one ranking or of one a layer', () => {
    const global = magnitude(0.5, { firstLayer: 'keep' }).spec
    expect(all(global, weights)).toEqual({ fc1: [1, 1, 1, 1, 1, 1], out: [1, 0, 0, 1, 1, 0] })
    expect(all(magnitude(0.5, { scope: 'layer', firstLayer: 'keep' }).spec, weights)).toEqual(all(global, weights))
  })

  test('the best of each layer, as many as the minimum says, also when fewer go than were asked for', () => {
    const small = { fc1: [0.01, 0.02, 0.01, 0.03, 0.01, 0.02], out: [1, 2, 3, 4, 5, 6] }
    expect(all(magnitude(0.5, { minimum: 2 }).spec, small)).toEqual({ fc1: [0, 0, 0, 1, 0, 1], out: [1, 1, 1, 1, 1, 1] })
  })

  test('but never what an earlier round removed: a minimum brings nothing back', () => {
    const small = { fc1: [9, 0.02, 0.01, 0.03, 0.01, 0.02], out: [1, 2, 3, 4, 5, 6] }
    const before = { fc1: [0, 1, 1, 1, 1, 1], out: [1, 1, 1, 1, 1, 1] }
    expect(all(magnitude(0.4, { minimum: 2 }).spec, small, before).fc1).toEqual([0, 0, 0, 1, 0, 1])
  })
})

describe('one ranking over convolutions, one over linear layers', () => {
  test('each kind loses its fraction, wherever in its layers', () => {
    const { topology, ...rest } = tiny(weights)
    const [fc1, ...others] = topology.parameters
    const convolution = { ...fc1!, shape: [1, 1, 2, 3] }
    const network = { ...rest, topology: { ...topology, parameters: [convolution, ...others] } }
    const masks = bits(prunedByMagnitude(network, magnitude(0.5, { scope: 'group' }).spec))
    // Of the convolution 0.05 0.1 0.2 go, of the linear layer 0.15 0.25 0.35; one ranking over both would leave 0.35 and take 0.3.
    expect(masks).toEqual({ fc1: [0, 1, 1, 0, 1, 0], out: [1, 0, 0, 1, 1, 0] })
  })

  test('two layers of a kind compete', () => {
    expect(all(magnitude(0.5, { scope: 'group' }).spec, weights)).toEqual(all(magnitude(0.5).spec, weights))
  })
})

test('a layer that is not there is refused with those that are', () => {
  expect(() => all(magnitude({ fc9: 0.5 }).spec, weights)).toThrow(
    expect.objectContaining({ title: "There is no prunable layer called 'fc9'.", facts: [['prunable layers', 'fc1, out']] }),
  )
})

test('a layer that would lose every weight is refused', () => {
  const small = { fc1: [0.01, 0.02, 0.01, 0.02, 0.01, 0.02], out: [1, 2, 3, 4, 5, 6] }
  expect(() => all(magnitude(0.5).spec, small)).toThrow(PipelineProblem)
  expect(() => all(magnitude(0.5).spec, small)).toThrow('Pruning would remove every weight of layer fc1.')
})

test('exactly the number asked for goes, and nothing that stays is smaller than what went', () => {
  const value = fc.integer({ min: -4, max: 4 }).map((n) => n / 8)
  const six = fc.array(value, { minLength: 6, maxLength: 6 })
  fc.assert(
    fc.property(six, six, fc.integer({ min: 0, max: 5 }), (fc1, out, removed) => {
      const masks = all(magnitude(removed / 12).spec, { fc1, out })
      const pairs = [...fc1, ...out].map((value, i) => [Math.abs(value), [...masks.fc1!, ...masks.out!][i]!] as const)
      const [gone, kept] = [pairs.filter(([, bit]) => bit === 0), pairs.filter(([, bit]) => bit === 1)]
      expect(gone).toHaveLength(removed)
      expect(Math.max(0, ...gone.map(([size]) => size))).toBeLessThanOrEqual(Math.min(...kept.map(([size]) => size)))
    }),
  )
})
