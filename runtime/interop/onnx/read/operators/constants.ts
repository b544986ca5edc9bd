/** Operators that create constants. */
import { sizeOf } from '../../../../../stdlib/network.ts'
import { broadcast, type Constant, constant, constantOf } from '../constant.ts'
import type { TensorProto } from '../model-proto.ts'
import type { Operator, Translate } from '../operator.ts'
import { isComputed, ordered, type Value } from '../value.ts'

export const constantOperator: Translate = (operator) => {
  const tensor = operator.tensor('value')
  if (isTensor(tensor)) {
    return constantOf(tensor, () => {
      throw operator.refused('value', 'in another file', 'a value in the file')
    })
  }
  const [float, whole, floats, wholes] = ['value_float', 'value_int', 'value_floats', 'value_ints'].map((name) => operator.tensor(name))
  if (typeof float === 'number') return constant([], [float], false)
  if (typeof whole === 'number') return constant([], [whole], true)
  for (const list of [floats, wholes]) if (isList(list)) return constant([list.length], list, list === wholes)
  throw operator.refused('value', 'none', 'numbers')
}

export const filled: Translate = (operator) => {
  const shape = onceFor(operator.numbers(0))
  const tensor = operator.tensor('value')
  if (shape.length > 8 || !shape.every((size) => Number.isSafeInteger(size) && size >= 0))
    throw operator.unfit(`its shape is [${shape.join(', ')}]`)
  const value = isTensor(tensor)
    ? constantOf(tensor, () => {
        throw operator.refused('value', 'in another file', 'a value in the file')
      })
    : constant([1], [0], false)
  if (sizeOf(value.shape) !== 1) throw operator.unfit('its value is not one number')
  const number = value.values()[0]!
  return operator.of.folding.made(shape, value.whole, () => number)
}

/** Expands a constant, or repeats a vector along a sequence. */
export const expanded: Translate = (operator) => {
  const given = operator.input(0)
  if (isComputed(given)) return repeated(operator)
  const [value, shape] = [operator.constant(0), onceFor(operator.numbers(1))]
  if (shape.length > 8 || !shape.every((size) => Number.isSafeInteger(size) && size >= 0))
    throw operator.unfit(`its shape is [${shape.join(', ')}]`)
  return combined(operator, value.whole, [value, { shape, values: () => none, whole: value.whole }], (one) => one!)
}
const none: ArrayLike<number> = []

function repeated(operator: Operator): Value {
  const value = operator.computed()
  const wanted = onceFor(operator.numbers(1))
  const shape = broadcast(value.shape.with(0, 1), wanted.length === value.shape.length ? wanted.with(0, 1) : wanted)
  const changed = [...(shape ?? []).keys()].filter((axis) => axis > 0 && shape![axis] !== value.shape[axis])
  const [axis] = changed
  if (shape?.length === value.shape.length && axis === undefined) return value
  if (shape?.length !== 3 || changed.length !== 1 || axis !== 1)
    throw operator.refused('shape', wanted, 'a vector [batch, 1, features] repeated')
  const vector = ordered(operator.drafts, operator.where, value, [2])
  const [count, features] = shape.slice(1) as [number, number]
  const draft = operator.drafts.add('RepeatVector', operator.where, { from: [vector], shape: [count, features], options: { n: count } })
  return { draft, shape: shape.with(0, Number.NaN), order: [1, 2] }
}

/** The size of the batch is unknown; constants that are the same for all examples are kept once and broadcast. */
const onceFor = (shape: readonly number[]): readonly number[] => shape.map((size) => (Number.isNaN(size) ? 1 : size))

/** Elementwise over broadcast constants. @throws ImportProblem when the shapes cannot be broadcast */
export function combined(
  operator: Operator,
  whole: boolean,
  all: readonly Constant[],
  compute: (...values: readonly number[]) => number,
): Constant {
  const made = operator.of.folding.combined(all, whole, compute)
  if (made !== undefined) return made
  throw operator.unfit(`${all.map(({ shape }) => `[${shape.join(', ')}]`).join(' and ')} do not go together`)
}

/** Operators on constants only, used by exporters to compute shapes. */
const ofConstants =
  (count: number, compute: (...values: readonly number[]) => number): Translate =>
  (operator) => {
    const all = Array.from({ length: count }, (_, i) => operator.constant(i))
    return combined(
      operator,
      all.every(({ whole }) => whole),
      all,
      compute,
    )
  }

export const equal = ofConstants(2, (a, b) => Number(a === b))
export const where = ofConstants(3, (condition, a, b) => (condition === 0 ? b! : a!))

export const modulo: Translate = (operator) => {
  operator.only('fmod', operator.whole('fmod', 0), 0)
  return ofConstants(2, (a, b) => a! - Math.floor(a! / b!) * b!)(operator)
}

const isTensor = (value: unknown): value is TensorProto => typeof value === 'object' && value !== null && 'listed' in value
const isList = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every((each) => typeof each === 'number')
