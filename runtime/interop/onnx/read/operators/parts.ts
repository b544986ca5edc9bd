/** Operators that concatenate, slice or reduce along axes, and those on shapes. */
import { sizeOf } from '../../../../../stdlib/network.ts'
import { type Constant, constant } from '../constant.ts'
import { type Operator, type Translate, weight } from '../operator.ts'
import { batchAxis, type Computed, isComputed, naturalOrder, ordered, part, reshaped, unmixed, type Value } from '../value.ts'
import { axesOf, withAxes } from './shape.ts'
import { slice } from './window.ts'

export const concatenate: Translate = (operator) => {
  const values = Array.from({ length: operator.count }, (_, i) => operator.input(i))
  const [first] = values
  if (first === undefined) throw operator.unfit('it joins nothing')
  const [axis] = axesOf(operator, [operator.whole('axis', 1)], first.shape.length) as [number]
  const batch = values.filter(isComputed).map(batchAxis)[0]
  const fits = values.every(
    ({ shape }) =>
      shape.length === first.shape.length && shape.every((size, i) => i === axis || i === batch || Object.is(size, first.shape[i])),
  )
  if (!fits) throw operator.unfit('what it joins differs in other sizes too')
  if (values.every((value): value is Constant => !isComputed(value))) return operator.of.folding.joined(values, axis)
  const beside = operator.anywhere(values.findIndex(isComputed))
  if (axis === batchAxis(beside) || beside.within) throw operator.refused('axis', axis, "another than the batch's")
  const computed = values.map((value, i) =>
    isComputed(value) ? unmixed(operator.drafts, operator.where, operator.anywhere(i)) : forEach(operator, value, beside, i),
  )
  const longest = computed.reduce((a, b) => (b.order.length > a.order.length ? b : a)).order
  const missing = naturalOrder(computed[0]!).some(
    (each) => !longest.includes(each) && (each === axis || computed.some(({ shape }) => shape[each] !== 1)),
  )
  const order = missing ? naturalOrder(computed[0]!) : longest
  const from = computed.map((value) => ordered(operator.drafts, operator.where, value, order))
  const at = order.indexOf(axis)
  const size = computed.reduce((sum, { shape }) => sum + shape[axis]!, 0)
  const last = at === order.length - 1
  const draft = operator.drafts.add('Concatenate', operator.where, {
    from,
    shape: from[0]!.shape.with(at, size),
    options: { axis: last ? -1 : at + 1 },
  })
  return { draft, shape: computed[0]!.shape.with(axis, size), order }
}

/** A constant that is the same for each example, as a layer's weight; the input `beside` provides the size of the batch. */
function forEach(operator: Operator, of: Constant, beside: Computed, index: number): Computed {
  const batch = batchAxis(beside)
  const own = of.shape.filter((_, axis) => axis !== batch)
  const [inner, size] = [sizeOf(of.shape.slice(batch + 1)), of.shape[batch]!]
  const at = (here: number, example: number) => Math.floor(here / inner) * inner * size + example * inner + (here % inner)
  const alike = () => {
    const values = of.values()
    for (let here = 0; here < sizeOf(own); here++)
      for (let each = 1; each < size; each++) if (values[at(here, each)] !== values[at(here, 0)]) return false
    return true
  }
  if (size !== 1 && !(size === operator.of.batch && alike()))
    throw operator.refused(`input ${index + 1}`, 'a constant', 'the same for each example')
  const draft = operator.drafts.add('Constant', part(operator.where, `constant${index + 1}`), {
    from: [beside.draft],
    shape: own,
    options: { shape: own },
    weights: { constant: weight(of, own, (here) => at(here, 0)) },
  })
  const shape = of.shape.with(batch, Number.NaN)
  return { draft, shape, order: [...shape.keys()].filter((axis) => axis !== batch) }
}

/** The shape as a constant, with the unknown size of the batch as NaN. */
export const shapeOf: Translate = (operator) => {
  const { shape } = operator.input(0)
  const end = operator.whole('end', shape.length)
  return constantShape(shape.slice(operator.whole('start', 0), end))
}

const constantShape = (sizes: readonly number[]): Constant => constant([sizes.length], sizes, true)

export const gather: Translate = (operator) => {
  const tokens = operator.input(1)
  if (isComputed(tokens)) return embedded(operator, tokens)
  const [value, indices] = [operator.input(0), operator.constant(1)]
  const [axis] = axesOf(operator, [operator.whole('axis', 0)], value.shape.length) as [number]
  const size = value.shape[axis]!
  if (indices.shape.length > 1) throw operator.refused('indices', `[${indices.shape.join(', ')}]`, 'a number, or a list')
  const list = Array.from(indices.values(), (index) => (index < 0 ? index + size : index))
  if (list.length === 0 || list.some((index) => !(Number.isInteger(index) && index >= 0 && index < size)))
    throw operator.unfit('it takes what is not there')
  const without = indices.shape.length === 0
  const rest = value.shape.filter((_, each) => !without || each !== axis)
  if (!isComputed(value))
    return { ...operator.of.folding.taken(value, axis, list), shape: without ? rest : value.shape.with(axis, list.length) }
  if (list.length > 1) throw operator.refused('indices', list, 'one')
  const taken = cut(operator, value, axis, list[0]!, list[0]! + 1)
  return without ? withAxes(operator, taken, rest) : taken
}

/** An embedding: rows of a constant, indexed by the input tokens. */
function embedded(operator: Operator, { draft, shape, order, tokens }: Computed): Value {
  const rows = operator.constant(0)
  const [count, size] = rows.shape
  operator.only('axis', operator.whole('axis', 0), 0)
  if (!tokens) throw operator.refused('indices', 'numbers that are computed', 'the tokens that come in')
  if (count === undefined || size === undefined || rows.shape.length !== 2)
    throw operator.refused('input 1', `[${rows.shape.join(', ')}]`, 'a row for each token')
  const made = operator.drafts.add('Embedding', operator.named(0), {
    from: [draft],
    shape: [...draft.shape, size],
    options: { inputDim: count, outputDim: size },
    weights: { embeddings: weight(rows) },
  })
  return { draft: made, shape: [...shape, size], order: [...order, shape.length] }
}

/** The range `begin` to `end` (exclusive) of one of ONNX's axes. */
function cut(operator: Operator, value: Computed, axis: number, begin: number, end: number, name = 'part'): Computed {
  if (axis === batchAxis(value)) throw operator.refused('axis', axis, "another than the batch's")
  if (begin === 0 && end === value.shape[axis]) return value
  const plain = unmixed(operator.drafts, operator.where, value)
  const at = plain.order.indexOf(axis)
  return { ...plain, draft: slice(operator, plain.draft, { axis: at + 1, begin, end }, name), shape: value.shape.with(axis, end - begin) }
}

export const sliced: Translate = (operator) => {
  const value = operator.input(0)
  const [starts, ends] = [operator.given('starts', 1) ?? [], operator.given('ends', 2) ?? []]
  const axes = axesOf(operator, operator.given('axes', 3) ?? starts.map((_, axis) => axis), value.shape.length)
  const steps = operator.optional(4) === undefined ? starts.map(() => 1) : operator.numbers(4)
  if (ends.length !== starts.length || axes.length !== starts.length || steps.length !== starts.length)
    throw operator.unfit('its starts, ends, axes and steps differ in number')
  return axes.reduce<Value>((from, axis, i) => {
    const size = from.shape[axis]!
    if (!isComputed(from)) return operator.of.folding.taken(from, axis, stepped(operator, size, starts[i]!, ends[i]!, steps[i]!))
    const bounded = (place: number) => Math.min(Math.max(place < 0 ? place + size : place, 0), size)
    const [begin, end] = [bounded(starts[i]!), bounded(ends[i]!)]
    const whole = ends[i]! > 2 ** 31 - 2
    if (axis === batchAxis(from) && starts[i] === 0 && whole && steps[i] === 1) return from
    // The whole axis, reversed.
    if (steps[i] === -1 && axis !== batchAxis(from) && (starts[i] === -1 || starts[i]! >= size - 1) && ends[i]! < -size)
      return reversed(operator, from, axis)
    if (steps[i] !== 1) throw operator.refused('steps', steps, '1, or -1 for all of an axis')
    if (!(end > begin)) throw operator.unfit('it leaves nothing')
    return cut(operator, from, axis, begin, end, `part${i}`)
  }, value)
}

/** @param axis in ONNX's order */
export function reversed(operator: Operator, value: Computed, axis: number): Computed {
  const plain = unmixed(operator.drafts, operator.where, value)
  const at = plain.order.indexOf(axis)
  if (at < 0) return plain
  const { draft } = plain
  const twice = draft.kind === 'Reverse' && draft.options.axis === at + 1
  const options = { axis: at + 1 }
  const made = twice
    ? draft.from[0]!
    : operator.drafts.add('Reverse', part(operator.where, 'reversed'), { from: [draft], shape: draft.shape, options })
  return { ...plain, draft: made }
}

/** The selected indices along an axis; the step may be negative. */
function stepped(operator: Operator, size: number, start: number, end: number, step: number): readonly number[] {
  if (!Number.isSafeInteger(step) || step === 0) throw operator.unfit('its steps are no whole numbers, or 0')
  const [least, most] = step > 0 ? [0, size] : [-1, size - 1]
  const [first, last] = [start, end].map((place) => Math.min(Math.max(place < 0 ? place + size : place, least), most))
  const count = Math.max(0, Math.ceil((last! - first!) / step))
  return Array.from({ length: count }, (_, at) => first! + at * step)
}

/** Splits along one axis. */
export const split: Translate = (operator) => {
  const value = operator.anywhere()
  const [axis] = axesOf(operator, [operator.whole('axis', 0)], value.shape.length) as [number]
  const size = value.shape[axis]!
  const count = operator.node.outputs.length
  const parts = operator.whole('num_outputs', count)
  const even = Math.ceil(size / parts)
  const sizes = operator.given('split', 1) ?? Array.from({ length: count }, (_, i) => Math.min(even, size - i * even))
  if (parts !== count || sizes.length !== count || sizes.some((each) => !(each > 0)) || sizes.reduce((sum, each) => sum + each, 0) !== size)
    throw operator.unfit(`its parts are [${sizes.join(', ')}] of ${size}`)
  let begin = 0
  return sizes.map((each, i) => {
    const from = begin
    begin += each
    return cut(operator, value, axis, from, begin, `part${i}`)
  })
}

/** Mean or maximum over height and width, or over the tokens of [batch, tokens, units]. */
export const reduced =
  (of: 'means' | 'maxima'): Translate =>
  (operator) => {
    const value = unmixed(operator.drafts, operator.where, operator.computed())
    const rank = value.shape.length
    const axes = axesOf(operator, operator.given('axes', 1) ?? value.shape.map((_, axis) => axis), rank)
    const keep = operator.whole('keepdims', 1) === 1
    operator.only('noop_with_empty_axes', operator.whole('noop_with_empty_axes', 0), 0)
    const left = naturalOrder(value).filter((axis) => !axes.includes(axis))
    if (axes.includes(0) || left.length !== 1 || axes.length > 2) throw operator.refused('axes', axes, 'all but the batch and one')
    const order = [...naturalOrder(value).filter((axis) => axes.includes(axis)), left[0]!]
    const units = value.shape[left[0]!]!
    const kind = of === 'maxima' ? 'GlobalMaxPooling2D' : axes.length === 2 ? 'GlobalAveragePooling2D' : 'GlobalAveragePooling1D'
    const given = ordered(operator.drafts, operator.where, value, order)
    // There is no 1D layer for the maximum: the axis becomes the width of an image.
    const from = kind === 'GlobalMaxPooling2D' ? reshaped(operator.drafts, operator.where, given, [1, ...given.shape].slice(-3)) : given
    const draft = operator.drafts.add(kind, operator.where, {
      from: [from],
      shape: [units],
      options: kind === 'GlobalAveragePooling1D' ? {} : { dataFormat: 'channelsLast' },
    })
    const shape = value.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    return keep ? { draft, shape, order: [left[0]!] } : { draft, shape: [Number.NaN, units], order: [1] }
  }
