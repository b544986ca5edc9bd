/** Matrix products and normalisation. */
import { sizeOf } from '../../../../../stdlib/network.ts'
import type { DraftWeight } from '../../../import/drafts.ts'
import type { Constant } from '../constant.ts'
import { type Operator, type Translate, weight } from '../operator.ts'
import { type Computed, isComputed, naturalOrder, ordered, placesOf, unmixed } from '../value.ts'

/** alpha · A·B + beta · C, where the rows of A are [batch, units]. */
export const gemm: Translate = (operator) => {
  const rows = operator.anywhere()
  const kernel = operator.constant(1)
  const bias = operator.optional(2) === undefined ? undefined : operator.constant(2)
  const transposed = operator.whole('transB', 0) === 1
  const [alpha, beta] = [operator.number('alpha', 1), operator.number('beta', 1)]
  operator.only('transA', operator.whole('transA', 0), 0)
  if (rows.shape.length !== 2 || kernel.shape.length !== 2) throw operator.unfit('it multiplies what are no matrices')
  const [units, inputs] = transposed ? [kernel.shape[0]!, kernel.shape[1]!] : [kernel.shape[1]!, kernel.shape[0]!]
  if (bias !== undefined && ((sizeOf(bias.shape) !== units && sizeOf(bias.shape) !== 1) || ![units, 1].includes(bias.shape.at(-1) ?? 1)))
    throw operator.refused('input 3', `[${bias.shape.join(', ')}]`, `a bias of ${units}`)
  const one = bias !== undefined && sizeOf(bias.shape) === 1
  const shifted = bias === undefined ? undefined : weight(bias, [units], one ? () => 0 : undefined, beta)
  return product(operator, rows, kernel, { inputs, units, transposed, times: alpha }, shifted)
}

export const matrixProduct: Translate = (operator) => {
  if (isComputed(operator.input(1))) return productOfTwo(operator, operator.computed(0), operator.computed(1))
  const rows = operator.anywhere()
  const kernel = operator.constant(1)
  if (kernel.shape.length !== 2) throw operator.refused('input 2', `[${kernel.shape.join(', ')}]`, 'a matrix')
  return product(operator, rows, kernel, { inputs: kernel.shape[0]!, units: kernel.shape[1]!, transposed: false, times: 1 })
}

/** A batched product of matrices in the last two axes. */
function productOfTwo(operator: Operator, ...values: readonly [Computed, Computed]): Computed {
  const [rank, shapes] = [values[0].shape.length, values.map(({ shape }) => shape)] as const
  const [[rows, inner], [inner2, columns]] = shapes.map((shape) => shape.slice(-2)) as unknown as readonly (readonly [
    number,
    number,
  ])[] as [readonly [number, number], readonly [number, number]]
  const [before, before2] = shapes.map((shape) => shape.slice(1, -2))
  if (rank < 3 || shapes[1]!.length !== rank || inner !== inner2 || before!.join() !== before2!.join())
    throw operator.refused(
      'inputs',
      shapes.map((shape) => `[batch, ${shape.slice(1).join(', ')}]`).join(' and '),
      'matrices that go together, with equal axes before them',
    )
  const order = naturalOrder(values[0])
  const from = values.map((value) => ordered(operator.drafts, operator.where, value, order))
  const own = [...before!, rows, columns]
  return { draft: operator.drafts.add('MatMul', operator.where, { from, shape: own }), shape: [Number.NaN, ...own], order }
}

interface Product {
  readonly inputs: number
  readonly units: number
  /** Whether the kernel in the file is [units, inputs]. */
  readonly transposed: boolean
  readonly times: number
}

function product(
  operator: Operator,
  value: Computed,
  kernel: Constant,
  { inputs, units, transposed, times }: Product,
  bias?: DraftWeight,
): Computed {
  const last = value.shape.length - 1
  const rows =
    value.order.at(-1) === last
      ? value
      : { ...value, draft: ordered(operator.drafts, operator.where, value, naturalOrder(value)), order: naturalOrder(value) }
  if (value.shape[last] !== inputs) throw operator.unfit(`its kernel is for ${inputs} numbers, and it reads ${value.shape[last]}`)
  const places = placesOf(rows)
  const from = (here: number) => {
    const [input, unit] = [places(Math.floor(here / units)), here % units]
    return transposed ? unit * inputs + input : input * units + unit
  }
  const draft = operator.drafts.add('Dense', operator.named(1), {
    from: [rows.draft],
    shape: rows.draft.shape.with(-1, units),
    options: { units, useBias: bias !== undefined },
    weights: { kernel: weight(kernel, [inputs, units], from, times), ...(bias === undefined ? {} : { bias }) },
  })
  const { channels: _, ...rest } = rows
  return { ...rest, draft, shape: value.shape.with(last, units) }
}

export const batchNormalization: Translate = (operator) => {
  const value = operator.computed()
  const order = [...naturalOrder(value).slice(1), 1]
  const from = value.order.at(-1) === 1 ? value : { ...value, draft: ordered(operator.drafts, operator.where, value, order), order }
  const channels = value.shape[1]!
  const places = placesOf(from)
  const roles = ['gamma', 'beta', 'moving_mean', 'moving_variance'] as const
  const weights = roles.map((role, i): readonly [string, DraftWeight] => {
    const of = operator.constant(i + 1)
    if (of.shape.join() !== String(channels))
      throw operator.unfit(`its input ${i + 2} is [${of.shape.join(', ')}] for ${channels} channels`)
    return [role, weight(of, of.shape, places)]
  })
  const [epsilon, momentum] = [operator.number('epsilon', 1e-5), operator.number('momentum', 0.9)]
  if (!(epsilon > 0)) throw operator.refused('epsilon', epsilon, 'more than 0')
  if (!(momentum >= 0 && momentum < 1)) throw operator.refused('momentum', momentum, 'from 0, less than 1')
  operator.whole('training_mode', 0) // evaluation uses the running statistics in either case
  operator.whole('spatial', 1)
  const draft = operator.drafts.add('BatchNormalization', operator.named(1), {
    from: [from.draft],
    shape: from.draft.shape,
    options: { epsilon, momentum },
    weights: Object.fromEntries(weights),
  })
  return { ...from, draft }
}

/** Only over the last axis. */
export const layerNormalization: Translate = (operator) => {
  const value = operator.anywhere()
  const last = value.shape.length - 1
  const axis = operator.whole('axis', -1)
  if (axis !== -1 && axis !== last) throw operator.refused('axis', axis, 'the last')
  operator.only('stash_type', operator.whole('stash_type', 1), 1)
  const plain = unmixed(operator.drafts, operator.where, value)
  const order = naturalOrder(value)
  const from = plain.order.at(-1) === last ? plain : { ...plain, draft: ordered(operator.drafts, operator.where, plain, order), order }
  const scale = operator.constant(1)
  const shift = operator.optional(2) === undefined ? undefined : operator.constant(2)
  for (const each of [scale, shift])
    if (each !== undefined && each.shape.join() !== String(value.shape[last]))
      throw operator.unfit(`its constants are [${each.shape.join(', ')}] for ${value.shape[last]} numbers`)
  const epsilon = operator.number('epsilon', 1e-5)
  if (!(epsilon > 0)) throw operator.refused('epsilon', epsilon, 'more than 0')
  const draft = operator.drafts.add('LayerNormalization', operator.named(1), {
    from: [from.draft],
    shape: from.draft.shape,
    options: { axis: -1, epsilon, center: shift !== undefined },
    weights: { gamma: weight(scale), ...(shift === undefined ? {} : { beta: weight(shift) }) },
  })
  return { ...from, draft }
}
