/** Addition, subtraction, multiplication and division of two values, of a value and a constant, and of constants. */
import { sizeOf } from '../../../../../stdlib/network.ts'
import type { Draft } from '../../../import/drafts.ts'
import { broadcast, type Constant } from '../constant.ts'
import { type Operator, shortest, type Translate, weight } from '../operator.ts'
import {
  batchAxis,
  type Computed,
  isComputed,
  naturalOrder,
  ordered,
  placesOf,
  sameOrder,
  sizeAlong,
  unmixed,
  type Value,
} from '../value.ts'
import { pointwise } from './activation.ts'
import { combined } from './constants.ts'

type Name = 'add' | 'subtract' | 'multiply' | 'divide'

const compute: { readonly [N in Name]: (a: number, b: number) => number } = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
}
const layers = { add: 'Add', subtract: 'Subtract', multiply: 'Multiply', divide: 'Divide' } as const

export const arithmetic =
  (name: Name): Translate =>
  (operator) => {
    const [a, b] = [operator.input(0), operator.input(1)].map((value, i) => (isComputed(value) ? operator.anywhere(i) : value)) as [
      Value,
      Value,
    ]
    if (isComputed(a)) return isComputed(b) ? both(operator, layers[name], [a, b]) : withConstant(operator, name, a, b)
    if (isComputed(b)) return constantFirst(operator, name, a, b)
    const whole = a.whole && b.whole
    return combined(operator, whole, [a, b], (x, y) => (whole && name === 'divide' ? Math.trunc(x! / y!) : compute[name](x!, y!)))
  }

/** Elementwise maximum, minimum, sum or mean of several values. */
export const several =
  (kind: 'Maximum' | 'Minimum' | 'Add' | 'Average'): Translate =>
  (operator) => {
    const all = Array.from({ length: operator.count }, (_, i) => operator.anywhere(i))
    if (all.length === 1) return all[0]!
    if (all.some(({ shape }) => shape.join() !== all[0]!.shape.join()))
      throw operator.refused(
        'inputs',
        all.map(({ shape }) => shape.join('×')),
        'of one shape',
      )
    return both(operator, kind, all)
  }

/** A layer with several inputs, which are broadcast. */
function both(
  operator: Operator,
  kind: 'Add' | 'Subtract' | 'Multiply' | 'Divide' | 'Maximum' | 'Minimum' | 'Average',
  values: readonly Computed[],
): Computed {
  const [first] = values as readonly [Computed, ...Computed[]]
  const [rank, batch] = [first.shape.length, batchAxis(first)]
  const shape = values
    .map((value) => value.shape.with(batchAxis(value), 1))
    .reduce<readonly number[]>((a, b) => broadcast(a, b) ?? [], [])
    .map((size, axis) => (axis === batch ? Number.NaN : size))
  if (values.some((value) => value.shape.length !== rank || batchAxis(value) !== batch || value.within) || shape.length !== rank)
    throw operator.refused(
      'inputs',
      values.map((value) => `[${value.shape.map((size) => (size >= 0 ? size : 'batch')).join(', ')}]`).join(' and '),
      'of one shape, or of sizes 1 to be stretched',
    )
  const alike = values.every((value) => sameOrder(value.order, first.order) && value.channels === first.channels)
  if (alike && first.channels !== undefined)
    return {
      ...first,
      shape,
      draft: added(
        operator,
        kind,
        values.map(({ draft }) => draft),
        first.draft.shape,
      ),
    }
  const plain = values.map((value) => unmixed(operator.drafts, operator.where, value))
  // Use the order of the value with the most axes, which then needs no transposition.
  const longest = plain.reduce((a, b) => (b.order.length > a.order.length ? b : a)).order
  const missing = naturalOrder(first).filter((axis) => shape[axis] !== 1 && !longest.includes(axis))
  const order = missing.length === 0 ? longest : naturalOrder(first)
  const drafts = plain.map((value) => ordered(operator.drafts, operator.where, value, order))
  return {
    shape,
    order,
    draft: added(
      operator,
      kind,
      drafts,
      order.map((axis) => shape[axis]!),
    ),
  }
}

const added = (operator: Operator, kind: Parameters<typeof both>[1], from: readonly Draft[], shape: readonly number[]): Draft =>
  operator.drafts.add(kind, operator.where, { from, shape })

function withConstant(operator: Operator, name: Name, value: Computed, constant: Constant): Value {
  if (sizeOf(constant.shape) !== 1 || constant.shape.length > value.shape.length) {
    const role = name === 'add' || name === 'subtract' ? 'beta' : 'gamma'
    const of = {
      add: (each: number) => each,
      subtract: (each: number) => -each,
      multiply: (each: number) => each,
      divide: (each: number) => 1 / each,
    }
    return scaled(operator, value, constant, role, of[name])
  }
  const number = constant.values()[0]!
  if (!Number.isFinite(number) || (name === 'divide' && number === 0))
    throw operator.refused('constant', number, 'a finite number, to divide by not 0')
  const a = shortest(number)
  const constants = { a: name === 'subtract' ? -a : name === 'divide' ? 1 / a : a }
  return pointwise(operator, name === 'add' || name === 'subtract' ? 'add' : 'multiply', constants, value)
}

function constantFirst(operator: Operator, name: Name, constant: Constant, value: Computed): Value {
  if (name === 'add' || name === 'multiply') return withConstant(operator, name, value, constant)
  if (sizeOf(constant.shape) !== 1) throw operator.refused('input 1', `[${constant.shape.join(', ')}]`, 'one number')
  return pointwise(operator, name === 'subtract' ? 'subtractFrom' : 'divide', { a: shortest(constant.values()[0]!) }, value)
}

/** A constant per channel, or per position of an image, as the weight of a separate layer. */
function scaled(operator: Operator, value: Computed, constant: Constant, role: 'gamma' | 'beta', of: (each: number) => number): Computed {
  const rank = value.shape.length
  const sizes = [...Array.from({ length: Math.max(0, rank - constant.shape.length) }, () => 1), ...constant.shape]
  const fits = sizes.length === rank && sizes.every((size, axis) => size === 1 || size === value.shape[axis])
  if (!fits) throw operator.refused('constant', `[${constant.shape.join(', ')}]`, 'of sizes that stretch to what it is computed with')
  const first = value.order.findIndex((axis) => sizes[axis] !== 1)
  const own = value.order.slice(first)
  const places = placesOf(value)
  const shape = value.draft.shape.slice(first)
  const from = (here: number): number => {
    let [left, there, step] = [here, 0, 1]
    const along = new Map<number, number>()
    for (const axis of own.toReversed()) {
      const size = sizeAlong(value, axis)
      along.set(axis, axis === own.at(-1) ? places(left % size) : left % size)
      left = Math.floor(left / size)
    }
    for (let axis = rank - 1; axis >= 0; axis--) {
      if (sizes[axis] !== 1) there += along.get(axis)! * step
      step *= sizes[axis]!
    }
    return there
  }
  const read = weight(constant, shape, from)
  const draft = operator.drafts.add('Scale', operator.named(isComputed(operator.input(0)) ? 1 : 0), {
    from: [value.draft],
    shape: value.draft.shape,
    options: { rank: shape.length, scale: role === 'gamma', center: role === 'beta' },
    weights: { [role]: { shape, values: () => read.values().map(of) } },
  })
  return { ...value, draft }
}
