/**
 * An input or output of an operator. Transposing is free here: the axes in ONNX are stored separately from the order in our layers,
 * and a layer is inserted only if an operator needs another order.
 */
import { sizeOf } from '../../../../stdlib/network.ts'
import type { Draft, Drafts } from '../../import/drafts.ts'
import type { Where } from '../../import/problems.ts'
import type { Constant } from './constant.ts'

/** Of what comes in. */
export interface Computed {
  readonly draft: Draft
  /** As ONNX has it; NaN where the batch is. */
  readonly shape: readonly number[]
  /** For each axis of what the draft gives for one example, ONNX's axis that it is. Axes of size 1 may be missing. */
  readonly order: readonly number[]
  /** Where an axis of ours and the batch are one axis of ONNX's, which `order` names for it: whether ours comes before or after the batch. */
  readonly within?: 'before' | 'after'
  /** Whole numbers, which stand for rows of an embedding. */
  readonly tokens?: true
  /** Of a flattened map whose channels come last here and first there: how many channels. */
  readonly channels?: number
}

export type Value = Constant | Computed

export const isComputed = (value: Value): value is Computed => 'draft' in value

/** That of pictures: [batch, channels, height, width] there, [height, width, channels] here. */
export const pictureOrder = [2, 3, 1] as const

export const sameOrder = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((axis, i) => axis === b[i])

export const batchAxis = ({ shape }: Pick<Computed, 'shape'>): number => shape.findIndex(Number.isNaN)

/** Along an axis of ONNX's, for one example. */
export const sizeAlong = ({ draft, shape, order }: Computed, axis: number): number =>
  Number.isNaN(shape[axis]) ? (draft.shape[order.indexOf(axis)] ?? 1) : shape[axis]!

/** Axes in ONNX's own order, without the batch's. */
export const naturalOrder = ({ shape, within }: Computed): readonly number[] =>
  [...shape.keys()].filter((axis) => within !== undefined || !Number.isNaN(shape[axis]))

/** A layer with the value in this axis order; axes of size 1 may be omitted. */
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

/** With the numbers of a flattened map in ONNX's order. */
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

/** Of the numbers along the last axis here, where each is there. */
export function placesOf({ channels, draft }: Computed): (here: number) => number {
  if (channels === undefined) return (here) => here
  const pixels = draft.shape.at(-1)! / channels
  return (here) => (here % channels) * pixels + Math.floor(here / channels)
}

export const part = ({ kind, name }: Where, what: string): Where => ({ kind, name: `${name}/${what}` })
