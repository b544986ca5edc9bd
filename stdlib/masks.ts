/** Masks and what is counted by them. Sparsity is read off masks, never off zeros. */
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

/** Of a parameter's values, how many its mask leaves; without a mask all. */
export function keptOf(masks: Masks, { name, shape }: Pick<Parameter, 'name' | 'shape'>): number {
  const mask = masks.get(name)
  return mask === undefined ? sizeOf(shape) : kept(mask)
}

/** Bits that differ. No mask afterwards is one that keeps everything. */
export function flips(before: Uint8Array, after: Uint8Array | undefined): number {
  if (after === undefined) return before.length - kept(before)
  let count = 0
  for (let i = 0; i < before.length; i++) if (before[i] !== after[i]) count++
  return count
}

/**
 * As many weights removed from each parameter, at random places: the control that asks whether the places matter. Where masks have a
 * pattern they keep it: weights change places in their block.
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

/** A parameter's name and position where a masked weight is not exactly zero; undefined when all are. */
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
