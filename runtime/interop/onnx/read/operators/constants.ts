/** Operators that give constants. */
import { sizeOf } from '../../../../../stdlib/network.ts'
import { constant, constantOf } from '../constant.ts'
import type { TensorProto } from '../model-proto.ts'
import type { Translate } from '../operator.ts'

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
  const shape = operator.numbers(0)
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

/** A constant, stretched. */
export const expanded: Translate = (operator) => {
  const [value, shape] = [operator.constant(0), operator.numbers(1)]
  if (shape.length > 8 || !shape.every((size) => Number.isSafeInteger(size) && size >= 0))
    throw operator.unfit(`its shape is [${shape.join(', ')}]`)
  const made = operator.of.folding.combined(value, { shape, values: () => none, whole: value.whole }, (one) => one)
  if (made === undefined) throw operator.unfit(`[${value.shape.join(', ')}] cannot be stretched to [${shape.join(', ')}]`)
  return made
}
const none: ArrayLike<number> = []

const isTensor = (value: unknown): value is TensorProto => typeof value === 'object' && value !== null && 'listed' in value
const isList = (value: unknown): value is readonly number[] => Array.isArray(value)
