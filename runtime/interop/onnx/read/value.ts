/**
 * An input or output of an operator. The order of axes is tracked instead of materialised: `order` maps our axes to ONNX's, and a
 * transposition is inserted only when an operator needs another order.
 */
import { sizeOf } from '../../../../stdlib/network.ts'
import type { Draft, Drafts } from '../../import/drafts.ts'
import type { Where } from '../../import/problems.ts'
import type { Constant } from './constant.ts'

/** A value computed from the network's input. */
export interface Computed {
  readonly draft: Draft
  /** ONNX's shape; NaN for the size of the batch. */
  readonly shape: readonly number[]
  /** For each axis of the draft's output for one example, the corresponding axis in ONNX. Axes of size 1 may be missing. */
  readonly order: readonly number[]
  /** Set when one axis of ONNX combines the batch with one of our axes (listed in `order`): whether ours is before or after the batch. */
  readonly within?: 'before' | 'after'
  /** Integers that index an embedding. */
  readonly tokens?: true
  /** Number of channels of a flattened image whose elements are channels-last here and channels-first in ONNX. */
  readonly channels?: number
}

export type Value = Constant | Computed

export const isComputed = (value: Value): value is Computed => 'draft' in value

/** The order of images: [batch, channels, height, width] in ONNX, [height, width, channels] here. */
export const pictureOrder = [2, 3, 1] as const

export const sameOrder = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((axis, i) => axis === b[i])

export const batchAxis = ({ shape }: Pick<Computed, 'shape'>): number => shape.findIndex(Number.isNaN)

/** Size of one of ONNX's axes for one example. */
export const sizeAlong = ({ draft, shape, order }: Computed, axis: number): number =>
  Number.isNaN(shape[axis]) ? (draft.shape[order.indexOf(axis)] ?? 1) : shape[axis]!

/** Axes in ONNX's order, without the batch. */
export const naturalOrder = ({ shape, within }: Computed): readonly number[] =>
  [...shape.keys()].filter((axis) => within !== undefined || !Number.isNaN(shape[axis]))

/** A layer that has the value in this order of axes; axes of size 1 may be omitted. */
export function ordered(drafts: Drafts, where: Where, value: Computed, order: readonly number[]): Draft {
  const { draft } = unmixed(drafts, where, value)
  if (sameOrder(value.order, order)) return draft
  const size = (axis: number) => sizeAlong(value, axis)
  const kept = order.filter((axis) => value.order.includes(axis))
  const moved = [...kept, ...value.order.filter((axis) => !order.includes(axis))]
  const long = (axis: number) => size(axis) !== 1
  const same = sameOrder(value.order.filter(long), order.filter(long))
  const placed = same
    ? draft
    : drafts.add('Permute', part(where, 'order'), {
        from: [draft],
        shape: moved.map(size),
        options: { dims: moved.map((axis) => value.order.indexOf(axis) + 1) },
      })
  const wanted = order.map(size)
  return same || !sameOrder(moved, order) ? reshaped(drafts, where, placed, wanted) : placed
}

/** Adding or removing axes of size 1 keeps the channel axis; after other reshapes it is unknown. */
export function reshaped(drafts: Drafts, where: Where, draft: Draft, shape: readonly number[]): Draft {
  if (sameOrder(draft.shape, shape)) return draft
  if (draft.kind === 'Reshape' && sameOrder(draft.from[0]!.shape, shape)) return draft.from[0]!
  const channels = shape.at(-1)!
  const pixel = sizeOf(shape) === channels && sizeOf(draft.shape) === draft.shape.at(-1)
  if (pixel && draft.shape.length === 1 && shape.length === 3) return drafts.add('AsMap', part(where, 'map'), { from: [draft], shape })
  if (shape.length === 1) return drafts.add('Flatten', part(where, 'flat'), { from: [draft], shape })
  return drafts.add('Reshape', part(where, 'shape'), { from: [draft], shape, options: { targetShape: [...shape] } })
}

/** Permutes a flattened image to ONNX's order of elements. */
export function unmixed(drafts: Drafts, where: Where, value: Computed): Computed {
  const { channels, draft } = value
  if (channels === undefined) return value
  const pixels = draft.shape[0]! / channels
  const map = drafts.add('Reshape', part(where, 'map'), {
    from: [draft],
    shape: [pixels, channels],
    options: { targetShape: [pixels, channels] },
  })
  const turned = drafts.add('Permute', part(where, 'turned'), { from: [map], shape: [channels, pixels], options: { dims: [2, 1] } })
  const { channels: _, ...rest } = value
  return { ...rest, draft: drafts.add('Flatten', part(where, 'flat'), { from: [turned], shape: draft.shape }) }
}

/** Maps an index along our last axis to the index in ONNX. */
export function placesOf({ channels, draft }: Computed): (here: number) => number {
  if (channels === undefined) return (here) => here
  const pixels = draft.shape.at(-1)! / channels
  return (here) => (here % channels) * pixels + Math.floor(here / channels)
}

export const part = ({ kind, name }: Where, what: string): Where => ({ kind, name: `${name}/${what}` })
