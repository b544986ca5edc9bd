/** Elementwise functions, and softmax. */
import type { Json } from '../../../../../dsl/check/canonical.ts'
import type { PointwiseFunction } from '../../../../../stdlib/models/blocks/computations.ts'
import type { ImportedKind } from '../../../../../stdlib/models/networks/imported.ts'
import { type Operator, shortest, type Translate } from '../operator.ts'
import { batchAxis, type Computed, isComputed, naturalOrder, ordered, unmixed, type Value } from '../value.ts'

/** An elementwise layer, which keeps the order of axes. */
function alike(operator: Operator, kind: ImportedKind, options: { readonly [option: string]: Json }, value = operator.anywhere()): Value {
  return { ...value, draft: operator.drafts.add(kind, operator.where, { from: [value.draft], shape: value.draft.shape, options }) }
}

export const activation =
  (name: string): Translate =>
  (operator) =>
    alike(operator, 'Activation', { activation: name })

interface Constants {
  readonly a?: number
  readonly b?: number
}

export const pointwise = (operator: Operator, name: PointwiseFunction, constants: Constants = {}, value?: Computed): Value =>
  alike(operator, 'Pointwise', { function: name, ...constants }, value)

export const relu: Translate = activation('relu')

export const leakyRelu: Translate = (operator) => alike(operator, 'LeakyReLU', { alpha: operator.number('alpha', 0.01) })

/** PRelu with a single slope for all channels. */
export const parametricRelu: Translate = (operator) => {
  const slope = operator.constant(1)
  const [first] = Array.from(slope.shape.every((size) => size === 1) ? slope.values() : [])
  if (first === undefined) throw operator.refused('slope', `[${slope.shape.join(', ')}]`, 'one number')
  return alike(operator, 'LeakyReLU', { alpha: shortest(first) })
}

export const elu: Translate = (operator) => alike(operator, 'ELU', { alpha: operator.number('alpha', 1) })

export const selu: Translate = (operator) => {
  const [alpha, gamma] = [operator.number('alpha', 1.67326), operator.number('gamma', 1.0507)]
  if (Math.abs(alpha - 1.67326) > 1e-4 || Math.abs(gamma - 1.0507) > 1e-4)
    throw operator.refused('alpha and gamma', [alpha, gamma], '1.67326, 1.0507')
  return alike(operator, 'Activation', { activation: 'selu' })
}

/** The limits are inputs since operator set 11. */
export const clip: Translate = (operator) => {
  const limit = (name: string, index: number, without: number): number => {
    if (operator.of.opset < 11) return operator.number(name, without)
    if (operator.optional(index) === undefined) return without
    const { shape, values } = operator.constant(index)
    if (shape.some((size) => size !== 1)) throw operator.unfit(`its ${name} is not one number`)
    return shortest(values()[0]!)
  }
  const [least, most] = [limit('min', 1, -lowest), limit('max', 2, lowest)]
  if (!(least <= most)) throw operator.refused('min', least, 'no more than max')
  if (least === 0) return alike(operator, 'ReLU', most >= lowest ? {} : { maxValue: most })
  return pointwise(operator, 'clip', { a: least, b: most })
}

const lowest = 3.4028234663852886e38

export const hardSigmoid: Translate = (operator) =>
  pointwise(operator, 'hardSigmoid', { a: operator.number('alpha', 0.2), b: operator.number('beta', 0.5) })

export const gelu: Translate = (operator) => {
  const approximate = operator.text('approximate', 'none')
  if (approximate !== 'none' && approximate !== 'tanh') throw operator.refused('approximate', approximate, 'none, tanh')
  return pointwise(operator, approximate === 'tanh' ? 'geluTanh' : 'gelu')
}

export const function_ =
  (name: PointwiseFunction, constants: Constants = {}): Translate =>
  (operator) => {
    const [value, compute] = [operator.input(0), ofConstants[name]]
    if (isComputed(value) || compute === undefined) return pointwise(operator, name, constants)
    const values = value.values()
    return operator.of.folding.made(value.shape, value.whole && name === 'multiply', (at) => compute(values[at]!, constants.a ?? 0))
  }

/** Functions that are also applied to constants, as in the computation of shapes and scales. */
const ofConstants: { readonly [F in PointwiseFunction]?: (x: number, a: number) => number } = {
  sqrt: Math.sqrt,
  multiply: (x, a) => x * a,
  divide: (x, a) => a / x,
}

/** Along one axis, which is moved to the end here. */
export const softmax: Translate = (operator) => {
  const value = unmixed(operator.drafts, operator.where, operator.anywhere())
  const rank = value.shape.length
  const given = operator.whole('axis', operator.of.opset < 13 ? 1 : -1)
  const axis = given < 0 ? given + rank : given
  if (!(axis >= 0 && axis < rank && axis !== batchAxis(value))) throw operator.refused('axis', given, `below ${rank}, and not the batch's`)
  // Before operator set 13, softmax flattened all axes from this one on.
  if (operator.of.opset < 13 && value.shape.slice(axis + 1).some((size) => size !== 1)) throw operator.refused('axis', given, 'the last')
  const order = value.order.at(-1) === axis ? value.order : [...naturalOrder(value).filter((each) => each !== axis), axis]
  const from = ordered(operator.drafts, operator.where, value, order)
  return {
    ...value,
    order,
    draft: operator.drafts.add('Activation', operator.where, { from: [from], shape: from.shape, options: { activation: 'softmax' } }),
  }
}

/** No effect at inference. */
export const nothing: Translate = (operator) => operator.input(0)

/** Also accepts constants. */
export const dropout: Translate = (operator) => {
  operator.number('ratio', 0.5)
  operator.whole('seed', 0)
  return operator.input(0)
}

export const cast: Translate = (operator) => {
  const value = operator.input(0)
  const to = operator.whole('to', 1)
  operator.whole('saturate', 1)
  if (isComputed(value)) {
    const floats = [1, 10, 11, 16].includes(to)
    if (!floats && !(value.tokens && [6, 7].includes(to)))
      throw operator.refused('to', to, value.tokens ? 'floats, int32, int64' : 'floats')
    const { tokens: _, ...rest } = value
    return floats ? rest : value
  }
  const whole = ![1, 10, 11, 16].includes(to)
  if (whole === value.whole) return value
  const values = value.values()
  return operator.of.folding.made(value.shape, whole, (at) => (whole ? Math.trunc(values[at]!) : values[at]!))
}

/** Casts to the type of another value. Everything computed from the input is float32 here. */
export const castLike: Translate = (operator) => {
  const [value, like] = [operator.input(0), operator.input(1)]
  operator.whole('saturate', 1)
  const whole = !isComputed(like) && like.whole
  if (isComputed(value) ? whole : whole && !value.whole) throw operator.refused('type', 'whole numbers', 'floats')
  return isComputed(value) ? value : { ...value, whole }
}

/** The exponent must be a constant. */
export const power: Translate = (operator) => {
  const { shape, values } = operator.constant(1)
  if (shape.some((size) => size !== 1)) throw operator.refused('exponent', `[${shape.join(', ')}]`, 'one number')
  return pointwise(operator, 'power', { a: shortest(values()[0]!) })
}
