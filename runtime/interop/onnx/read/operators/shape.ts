/** Operators that change the shape or the order of axes. */
import { sizeOf } from '../../../../../stdlib/network.ts'
import type { Operator, Translate } from '../operator.ts'
import {
  batchAxis,
  type Computed,
  isComputed,
  naturalOrder,
  ordered,
  pictureOrder,
  reshaped,
  sameOrder,
  sizeAlong,
  unmixed,
  type Value,
} from '../value.ts'

export const transpose: Translate = (operator) => {
  const value = operator.input(0)
  const rank = value.shape.length
  const permutation = operator.list('perm') ?? value.shape.map((_, axis) => rank - 1 - axis)
  if (permutation.length !== rank || permutation.toSorted((a, b) => a - b).some((axis, i) => axis !== i))
    throw operator.unfit(`its perm is [${permutation.join(', ')}]`)
  if (!isComputed(value)) return operator.of.folding.transposed(value, permutation)
  const { shape, order, ...rest } = unmixed(operator.drafts, operator.where, value)
  return { ...rest, shape: permutation.map((axis) => shape[axis]!), order: order.map((axis) => permutation.indexOf(axis)) }
}

/** Merges all axes after the batch; ONNX's `axis` must be 1. */
export const flatten: Translate = (operator) => {
  const value = operator.computed()
  const axis = operator.whole('axis', 1)
  if (axis !== 1 && axis !== 1 - value.shape.length) throw operator.refused('axis', axis, '1')
  return flat(operator, value)
}

function flat(operator: Operator, value: Computed): Computed {
  const { drafts, where } = operator
  const count = sizeOf(value.shape.slice(1))
  const shape = [Number.NaN, count]
  if (value.draft.shape.length === 1) return { ...value, shape, order: [1] }
  const { draft, order } = unmixed(drafts, where, value)
  if (sameOrder(order, pictureOrder) && value.shape.length === 4) {
    const channels = value.shape[1]!
    const mixed = count === channels || channels === 1 ? {} : { channels }
    return { draft: drafts.add('Flatten', where, { from: [draft], shape: [count] }), shape, order: [1], ...mixed }
  }
  const natural = ordered(drafts, where, { draft, order, shape: value.shape }, naturalOrder(value))
  return { draft: drafts.add('Flatten', where, { from: [natural], shape: [count] }), shape, order: [1] }
}

export const reshape: Translate = (operator) => {
  const value = operator.input(0)
  const wanted = operator.given('shape', 1) ?? []
  const copies = operator.whole('allowzero', 0) === 0
  if (!isComputed(value)) {
    const shape = resolved(operator, value.shape, wanted, copies)
    return { ...value, shape }
  }
  return reformed(operator, value, formed(operator, value, wanted, copies))
}

/** A target shape; `within` describes the rest of the axis that contains the batch. */
interface Form {
  readonly shape: readonly number[]
  readonly within?: { readonly side: 'before' | 'after'; readonly size: number }
}

/**
 * Resolves a target shape. Reshape keeps the row-major order, so the batch moves to the axis that has as many elements of an example before
 * it as now, together with the rest of that axis.
 */
function formed(operator: Operator, value: Computed, wanted: readonly number[], copies: boolean): Form {
  const refused = () => operator.refused('shape', wanted, 'with the batch in one axis')
  const { batch: fixed } = operator.of
  const count = sizeOf(value.draft.shape)
  const before = sizeOf(
    naturalOrder(value)
      .filter((axis) => axis < batchAxis(value) || (axis === batchAxis(value) && value.within === 'before'))
      .map((axis) => sizeAlong(value, axis)),
  )
  const copied = wanted.map((size, axis) => (size === 0 && copies ? (value.shape[axis] ?? 0) : size))
  const open = copied.some(Number.isNaN)
  const known = sizeOf(copied.filter((size) => size > 0))
  const left = (of: number) => (of % known === 0 ? of / known : 0)
  const rest = open ? left(count) : fixed === undefined ? Number.NaN : left(count * fixed)
  const sizes = copied.map((size) => (size === -1 ? rest : size))
  const given = (axis: number) => sizeOf(sizes.slice(0, axis))
  const at = sizes.findIndex((size, axis) =>
    open || fixed === undefined
      ? Number.isNaN(size)
      : before % given(axis) === 0 && size % ((before / given(axis)) * fixed) === 0 && given(axis) * size >= before * fixed,
  )
  if (at < 0) throw refused()
  const shape = sizes.with(at, Number.NaN)
  const others = sizeOf(shape.filter((_, axis) => axis !== at))
  const [both, first] = [count / others, before / given(at)]
  if (
    shape.length > 8 ||
    !shape.every((size, axis) => axis === at || (Number.isSafeInteger(size) && size > 0)) ||
    !Number.isSafeInteger(both)
  )
    throw operator.unfit(`what it reads cannot become [${wanted.join(', ')}]`)
  if (both === 1 && first === 1) return { shape }
  if (first === both) return { shape, within: { side: 'before', size: both } }
  if (first === 1) return { shape, within: { side: 'after', size: both } }
  throw refused()
}

/** The axes of one example in ONNX's order, as if the batch came first. */
const axesWithin = (form: Form): readonly { readonly axis: number; readonly size: number }[] =>
  form.shape.flatMap((size, axis) => {
    if (!Number.isNaN(size)) return [{ axis, size }]
    return form.within === undefined ? [] : [{ axis, size: form.within.size }]
  })

/** Reshapes without changing the order of elements. */
function reformed(operator: Operator, value: Computed, form: Form): Computed {
  const { within: side, tokens, ...rest } = value
  const from = axesWithin({
    shape: value.shape,
    ...(side === undefined ? {} : { within: { side, size: sizeAlong(value, batchAxis(value)) } }),
  })
  const to = axesWithin(form)
  const place = (axis: number) => 1 + from.findIndex((each) => each.axis === axis)
  const made = ofExamples(operator, { ...rest, shape: [Number.NaN, ...from.map(({ size }) => size)], order: value.order.map(place) }, [
    Number.NaN,
    ...to.map(({ size }) => size),
  ])
  return {
    ...made,
    shape: form.shape,
    order: made.order.map((axis) => to[axis - 1]!.axis),
    ...(form.within === undefined ? {} : { within: form.within.side }),
    ...(tokens === undefined ? {} : { tokens }),
  }
}

/** Adds or removes axes of size 1; the batch remains in its axis. */
export const withAxes = (operator: Operator, value: Computed, shape: readonly number[]): Computed =>
  reformed(operator, value, {
    shape,
    ...(value.within === undefined ? {} : { within: { side: value.within, size: sizeAlong(value, batchAxis(value)) } }),
  })

/** Resolves sizes 0 (copy) and -1 (infer) of a constant's target shape. */
function resolved(operator: Operator, from: readonly number[], wanted: readonly number[], copies: boolean): readonly number[] {
  const sizes = wanted.map((size, axis) => (size === 0 && copies ? (from[axis] ?? Number.NaN) : size))
  const count = sizeOf(from)
  const known = sizeOf(sizes.filter((size) => size !== -1))
  const shape = sizes.map((size) => (size === -1 ? count / known : size))
  if (shape.length <= 8 && shape.every((size) => Number.isSafeInteger(size) && size >= 0) && sizeOf(shape) === count) return shape
  throw operator.unfit(`[${from.join(', ')}] cannot become [${wanted.join(', ')}]`)
}

/** Reshapes examples, with the batch first in both shapes. */
function ofExamples(operator: Operator, value: Computed, shape: readonly number[]): Computed {
  if (sameShape(value.shape, shape)) return value
  const long = (sizes: readonly number[]) => sizes.flatMap((size, axis) => (axis > 0 && size !== 1 ? [axis] : []))
  const [before, after] = [long(value.shape), long(shape)]
  if (before.length === after.length && before.every((axis, i) => value.shape[axis] === shape[after[i]!])) {
    // Only axes of size 1 are added or removed. They are also removed from our layer, so that it has no untracked axis.
    const order = value.order.filter((axis) => value.shape[axis] !== 1)
    const kept = order.length === 0 ? [] : order
    const draft =
      kept.length === value.order.length ? value.draft : ordered(operator.drafts, operator.where, value, kept.length === 0 ? [1] : kept)
    if (kept.length === 0) return { draft, shape, order: [shape.length - 1] }
    return { ...value, draft, shape, order: kept.map((axis) => after[before.indexOf(axis)]!) }
  }
  if (shape.length === 2) return flat(operator, value)
  return regrouped(operator, unmixed(operator.drafts, operator.where, value), shape)
}

const sameShape = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((size, axis) => axis === 0 || size === b[axis])

/** Axes that are merged or split together stay together if they are adjacent in our order. */
function regrouped(operator: Operator, value: Computed, shape: readonly number[]): Computed {
  const groups = groupsOf(value.shape, shape)
  const inPlace = groups.every(({ from }) => {
    const first = value.order.indexOf(from[0]!)
    return from.every((axis, i) => value.order[first + i] === axis)
  })
  const complete = value.order.length === value.shape.length - 1
  const order = inPlace && complete ? value.order : naturalOrder(value)
  const draft = ordered(operator.drafts, operator.where, value, order)
  const made = order.flatMap((axis) => groups.find(({ from }) => from[0] === axis)?.to ?? [])
  const sizes = made.map((axis) => shape[axis]!)
  return { draft: reshaped(operator.drafts, operator.where, draft, sizes), shape, order: made }
}

/** The smallest groups of consecutive axes with equal products in both shapes. Axes of size 1 belong to the preceding group. */
function groupsOf(
  from: readonly number[],
  to: readonly number[],
): readonly { readonly from: readonly number[]; readonly to: readonly number[] }[] {
  const groups: { from: number[]; to: number[] }[] = []
  let [i, j] = [1, 1]
  while (i < from.length || j < to.length) {
    const group = { from: [] as number[], to: [] as number[] }
    let [a, b] = [1, 1]
    do {
      if ((a <= b && i < from.length) || j >= to.length) {
        a *= from[i]!
        group.from.push(i++)
      } else {
        b *= to[j]!
        group.to.push(j++)
      }
    } while (a !== b && (i < from.length || j < to.length))
    const last = groups.at(-1)
    // A group that is empty on one side (axes of size 1) is merged with the preceding one.
    if (last !== undefined && (group.from.length === 0 || group.to.length === 0)) {
      last.from.push(...group.from)
      last.to.push(...group.to)
    } else groups.push(group)
  }
  return groups
}

/** Normalises negative axes. @throws ImportProblem for axes that are out of range or repeated */
export function axesOf(operator: Operator, given: readonly number[], rank: number): readonly number[] {
  const axes = given.map((axis) => (axis < 0 ? axis + rank : axis))
  if (axes.some((axis) => !Number.isInteger(axis) || axis < 0 || axis >= rank) || new Set(axes).size !== axes.length)
    throw operator.unfit(`its axes are [${given.join(', ')}] of ${rank}`)
  return axes
}

const reshapedTo = (operator: Operator, value: Value, shape: readonly number[]): Value =>
  isComputed(value) ? withAxes(operator, value, shape) : { ...value, shape }

export const squeeze: Translate = (operator) => {
  const value = operator.input(0)
  const given = operator.given('axes', 1) ?? value.shape.flatMap((size, axis) => (size === 1 ? [axis] : []))
  const axes = axesOf(operator, given, value.shape.length)
  if (axes.some((axis) => value.shape[axis] !== 1)) throw operator.unfit('it takes away an axis whose size is not 1')
  return reshapedTo(
    operator,
    value,
    value.shape.filter((_, axis) => !axes.includes(axis)),
  )
}

export const unsqueeze: Translate = (operator) => {
  const value = operator.input(0)
  const given = operator.given('axes', 1) ?? []
  const rank = value.shape.length + given.length
  if (rank > 8) throw operator.unfit('it makes more than 8 axes')
  const axes = axesOf(operator, given, rank)
  const left = [...value.shape]
  return reshapedTo(
    operator,
    value,
    Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : left.shift()!)),
  )
}
