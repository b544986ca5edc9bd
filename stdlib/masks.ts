/** Masks and counts of them. Sparsity is computed from masks, never from zero weights. */
import { type Masks, type Network, type Parameter, sizeOf, type Topology, type Weights } from './network.ts'
import { blocksOf } from './pattern.ts'
import { Stream, shuffled } from './random/stream.ts'

/** Masked weights set to exactly zero. Parameters without a mask are shared, not copied. */
export function applyMasks(weights: Weights, masks: Masks): Weights {
  return new Map(
    [...weights].map(([name, values]) => {
      const mask = masks.get(name)
      return [name, mask === undefined ? values : masked(values, mask)]
    }),
  )
}

function masked(values: Float32Array, mask: Uint8Array): Float32Array {
  const left = new Float32Array(values.length)
  for (let i = 0; i < values.length; i++) if (mask[i] === 1) left[i] = values[i]!
  return left
}

/** Bits that are 1. */
export function kept(mask: Uint8Array): number {
  let count = 0
  for (let i = 0; i < mask.length; i++) count += mask[i]!
  return count
}

/** The number of a parameter's values that its mask keeps; all of them without a mask. */
export function keptOf(masks: Masks, { name, shape }: Pick<Parameter, 'name' | 'shape'>): number {
  const mask = masks.get(name)
  return mask === undefined ? sizeOf(shape) : kept(mask)
}

/** The number of bits that differ. A missing mask afterwards counts as all ones. */
export function flips(before: Uint8Array, after: Uint8Array | undefined): number {
  if (after === undefined) return before.length - kept(before)
  let count = 0
  for (let i = 0; i < before.length; i++) if (before[i] !== after[i]) count++
  return count
}

/**
 * Permutes the mask of each parameter at random: the control that tests whether the positions matter. N:M patterns are kept: weights move
 * within their block.
 */
export function shuffledMasks(masks: Masks, seed: number, { parameters }: Pick<Topology, 'parameters'>): Masks {
  return new Map(
    [...masks].map(([name, mask], index) => {
      const stream = new Stream(seed, 'shuffle', index)
      const blocks = blocksOf(parameters.find((parameter) => parameter.name === name))
      const moved = mask.slice()
      for (const positions of blocks ?? [[...mask.keys()]]) {
        const order = shuffled(stream, positions.length)
        positions.forEach((to, i) => {
          moved[to] = mask[positions[order[i]!]!]!
        })
      }
      return [name, moved]
    }),
  )
}

/** The parameter and position of a masked weight that is not exactly zero; undefined if there is none. */
export function leak({
  weights,
  masks,
}: Pick<Network, 'weights' | 'masks'>): { readonly parameter: string; readonly index: number; readonly value: number } | undefined {
  for (const [parameter, mask] of masks) {
    const values = weights.get(parameter)!
    const index = values.findIndex((value, i) => mask[i] === 0 && value !== 0)
    if (index !== -1) return { parameter, index, value: values[index]! }
  }
  return undefined
}
