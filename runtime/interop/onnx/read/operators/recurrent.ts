/** Recurrent layers. In ONNX the time axis comes before the batch, and gates have another order. */
import { sizeOf } from '../../../../../stdlib/network.ts'
import type { Draft, DraftWeight } from '../../../import/drafts.ts'
import type { Constant } from '../constant.ts'
import { type Operator, type Translate, weight } from '../operator.ts'
import { batchAxis, type Computed, isComputed, ordered, part, reshaped, type Value } from '../value.ts'
import { reversed } from './parts.ts'
import { slice } from './window.ts'

interface Cell {
  readonly kind: 'SimpleRNN' | 'GRU' | 'LSTM'
  /** ONNX's positions of our gates, in our order. */
  readonly gates: readonly number[]
  /** Options for the activations, in ONNX's order, with ONNX's defaults. */
  readonly activations: readonly (readonly [option: 'activation' | 'recurrentActivation', without: string])[]
}

const cells = {
  RNN: { kind: 'SimpleRNN', gates: [0], activations: [['activation', 'Tanh']] },
  GRU: {
    kind: 'GRU',
    gates: [0, 1, 2],
    activations: [
      ['recurrentActivation', 'Sigmoid'],
      ['activation', 'Tanh'],
    ],
  },
  // ONNX: input, output, forget, cell; here: input, forget, cell, output.
  LSTM: {
    kind: 'LSTM',
    gates: [0, 2, 3, 1],
    activations: [
      ['recurrentActivation', 'Sigmoid'],
      ['activation', 'Tanh'],
      ['activation', 'Tanh'],
    ],
  },
} as const satisfies { readonly [operator: string]: Cell }

/** Maps ONNX's names to those of tf.layers; with default constants the functions are equal. */
const activations: { readonly [name: string]: string } = {
  Tanh: 'tanh',
  Sigmoid: 'sigmoid',
  HardSigmoid: 'hardSigmoid',
  Relu: 'relu',
  Elu: 'elu',
  Softsign: 'softsign',
  Softplus: 'softplus',
}

/** X, W, R, B, lengths, initial states → all states [length, directions, batch, units], final states, final cell states. */
export const recurrent =
  (name: keyof typeof cells): Translate =>
  (operator) => {
    const cell: Cell = cells[name]
    const sequence = operator.anywhere()
    if (sequence.shape.length !== 3 || batchAxis(sequence) !== 1 || sequence.within !== undefined)
      throw operator.refused(
        'input 1',
        `[${sequence.shape.map((size) => (size >= 0 ? size : 'batch')).join(', ')}]`,
        '[length, batch, features]',
      )
    const direction = operator.text('direction', 'forward')
    if (!['forward', 'reverse', 'bidirectional'].includes(direction)) throw operator.unfit(`its direction is ${direction}`)
    const ways = direction === 'bidirectional' ? [false, true] : [direction === 'reverse']
    const [length, , features] = sequence.shape as readonly [number, number, number]
    const units = operator.whole('hidden_size', operator.constant(2).shape.at(-1) ?? 0)
    const given = weightsOf(operator, cell, { ways: ways.length, units, features })
    const options = { units, useBias: operator.optional(3) !== undefined, ...activationsOf(operator, cell, ways.length) }
    onlyPlain(operator, name)

    const from = ordered(operator.drafts, operator.where, sequence, [0, 2])
    const { outputs } = operator.node
    const asked = outputs.map((output) => output !== '' && operator.of.read.has(output))
    if (asked[2]) throw operator.refused('output 3', outputs[2], 'the first two: the states of the cells are not given')
    const where = (back: boolean) => (ways.length === 1 ? operator.named(1) : part(operator.where, back ? 'backward' : 'forward'))
    const layer = (back: boolean, i: number, returnSequences: boolean): Draft =>
      operator.drafts.add(cell.kind, where(back), {
        from: [from],
        shape: returnSequences ? [length, units] : [units],
        options: { ...options, returnSequences, goBackwards: back },
        weights: given[i]!,
      })
    if (asked[0] !== true) {
      const last = ways.map((back, i) => layer(back, i, false))
      const states = asked[1] ? [joined(operator, last)] : []
      return states.length === 0 ? [] : [nothing, ...states]
    }
    // For the backward direction, tf.layers returns the steps in the order of reading.
    const each = ways.map((back, i): Computed => {
      const made: Computed = { draft: layer(back, i, true), shape: [length, Number.NaN, units], order: [0, 2] }
      return back ? reversed(operator, made, 0) : made
    })
    const all = joined(
      operator,
      each.map(({ draft }) => draft),
    )
    if (!asked[1]) return [all]
    const last = each.map(({ draft }, i) => {
      const at = ways[i] ? 0 : length - 1
      const step = length === 1 ? draft : slice(operator, draft, { axis: 1, begin: at, end: at + 1 }, `last${i + 1}`)
      return reshaped(operator.drafts, operator.where, step, [units])
    })
    return [all, joined(operator, last)]
  }

/** Placeholder for an unused output. */
const nothing: Value = { shape: [0], values: () => [], whole: false }

/** Concatenates the directions: [length, directions, batch, units], or [directions, batch, units] for final states. */
function joined(operator: Operator, drafts: readonly Draft[]): Computed {
  const [{ shape: own }] = drafts as readonly [Draft]
  const [steps, units] = [own.slice(0, -1), own.at(-1)!]
  const shape = [...steps, drafts.length, Number.NaN, units]
  const [direction, last] = [steps.length, steps.length + 2]
  if (drafts.length === 1) return { draft: drafts[0]!, shape, order: [...steps.keys(), last] }
  const beside = operator.drafts.add('Concatenate', part(operator.where, 'both'), {
    from: drafts,
    shape: [...steps, drafts.length * units],
    options: { axis: -1 },
  })
  const draft = reshaped(operator.drafts, part(operator.where, 'directions'), beside, [...steps, drafts.length, units])
  return { draft, shape, order: [...steps.keys(), direction, last] }
}

interface Sizes {
  readonly ways: number
  readonly units: number
  readonly features: number
}

/** Weights per direction: [gates · units, inputs] in ONNX, [inputs, gates · units] here; ONNX's two biases are summed. */
function weightsOf(
  operator: Operator,
  { gates }: Cell,
  { ways, units, features }: Sizes,
): readonly { readonly [role: string]: DraftWeight }[] {
  const rows = gates.length * units
  const sized = (index: number, shape: readonly number[]): Constant => {
    const found = operator.constant(index)
    if (found.shape.join() !== shape.join())
      throw operator.unfit(`its input ${index + 1} is [${found.shape.join(', ')}], and [${shape.join(', ')}] goes with its other inputs`)
    return found
  }
  if (!(units > 0)) throw operator.unfit(`it has ${units} units`)
  const there = (here: number) => gates[Math.floor(here / units)]! * units + (here % units)
  const turned = (of: Constant, way: number, columns: number) =>
    weight(of, [columns, rows], (here) => (way * rows + there(here % rows)) * columns + Math.floor(here / rows))
  const [kernel, recurrentKernel] = [sized(1, [ways, rows, features]), sized(2, [ways, rows, units])]
  const bias = operator.optional(3) === undefined ? undefined : sized(3, [ways, 2 * rows])
  return Array.from({ length: ways }, (_, way) => ({
    kernel: turned(kernel, way, features),
    recurrent_kernel: turned(recurrentKernel, way, units),
    ...(bias === undefined
      ? {}
      : {
          bias: {
            shape: [rows],
            values: () => {
              const values = bias.values()
              return Float32Array.from({ length: rows }, (_, here) => {
                const at = 2 * way * rows + there(here)
                return values[at]! + values[at + rows]!
              })
            },
          },
        }),
  }))
}

function activationsOf(operator: Operator, cell: Cell, ways: number): { readonly [option: string]: string } {
  const usual = cell.activations.map(([, without]) => without)
  const given = operator.texts('activations') ?? Array.from({ length: ways }, () => usual).flat()
  const found: { [option: string]: string } = {}
  for (const [i, name] of given.entries()) {
    const [option] = cell.activations[i % usual.length]!
    const known = activations[name]
    if (known === undefined || (found[option] ?? known) !== known)
      throw operator.refused(
        'activations',
        given,
        `${usual.join(', ')} or others of ${Object.keys(activations).join(', ')}, alike for input and output`,
      )
    found[option] = known
  }
  if (given.length !== ways * usual.length) throw operator.unfit(`it has ${given.length} activations`)
  return found
}

/** Rejects options that tf.layers does not support. */
function onlyPlain(operator: Operator, name: keyof typeof cells): void {
  operator.only('layout', operator.whole('layout', 0), 0)
  if (name === 'LSTM') operator.only('input_forget', operator.whole('input_forget', 0), 0)
  if (name === 'GRU' && operator.whole('linear_before_reset', 0) !== 0)
    throw operator.refused(
      'linear_before_reset',
      1,
      '0: the reset gate before the product with the recurrent kernel; PyTorch has it after it',
    )
  if (operator.optional(4) !== undefined) throw operator.refused('lengths', 'given', 'sequences of one length')
  for (const index of [5, 6]) {
    const state = operator.optional(index)
    const zero =
      state === undefined || (!isComputed(state) && sizeOf(state.shape) > 0 && Array.from(state.values()).every((each) => each === 0))
    if (!zero) throw operator.refused('first state', isComputed(state) ? 'computed' : 'other numbers', 'zeros')
  }
  if (operator.optional(7) !== undefined) throw operator.refused('peepholes', 'given', 'without them')
}
