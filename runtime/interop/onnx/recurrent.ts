/**
 * Recurrent layers in ONNX, where the time axis comes before the batch, and gates have another order. Each direction is a separate
 * operator. For the backward direction, tf.layers returns steps in the order of reading, ONNX in the order of the input.
 */
import type { Config } from '../../../stdlib/models/structure/rebuild.ts'
import { lastFirst } from './computations.ts'
import type { Graph } from './graph.ts'
import type { LayerToWrite, WriteLayer } from './layer.ts'
import type { Node } from './model.ts'

interface Cell {
  readonly operator: 'RNN' | 'GRU' | 'LSTM'
  /** For ONNX's gates in ONNX's order, their positions here. */
  readonly gates: readonly number[]
  /** Options for the activations, in ONNX's order. */
  readonly activations: readonly ('activation' | 'recurrentActivation')[]
  readonly attributes?: Node['attributes']
}

const cells: { readonly [kind: string]: Cell } = {
  SimpleRNN: { operator: 'RNN', gates: [0], activations: ['activation'] },
  // Update, reset, candidate in both; the reset gate is applied before the product with the recurrent kernel.
  GRU: { operator: 'GRU', gates: [0, 1, 2], activations: ['recurrentActivation', 'activation'], attributes: { linear_before_reset: 0 } },
  // Here: input, forget, cell, output; ONNX: input, output, forget, cell.
  LSTM: { operator: 'LSTM', gates: [0, 3, 1, 2], activations: ['recurrentActivation', 'activation', 'activation'] },
}

/** Maps Keras' names of activations to those of ONNX's recurrent operators with default constants. */
const activations: { readonly [name: string]: string } = {
  tanh: 'Tanh',
  sigmoid: 'Sigmoid',
  // The default in both tf.layers and ONNX: 0.2 x + 0.5.
  hardSigmoid: 'HardSigmoid',
  relu: 'Relu',
  elu: 'Elu',
  softsign: 'Softsign',
  softplus: 'Softplus',
}

export const recurrentKinds: { readonly [kind: string]: WriteLayer } = {
  ...Object.fromEntries(
    Object.keys(cells).map((kind): [string, WriteLayer] => [kind, (layer, graph) => direction(layer, graph, { kind, prefix: '' })]),
  ),

  Bidirectional(layer, graph) {
    const { name, config } = layer
    const { className: kind, config: own } = insideOf(config)!
    const backwards = own.goBackwards === true
    const given = (prefix: string, goBackwards: boolean) =>
      direction({ ...layer, name: `${name}/${prefix}`, config: { ...own, goBackwards } }, graph, { kind, prefix: `${prefix}_` })
    const [there, back] = [given('forward', backwards), given('backward', !backwards)]
    const both = [there, own.returnSequences === true ? lastFirst(graph, `${name}/in_order`, back, 1) : back]
    switch (config.mergeMode) {
      case 'sum':
        return graph.add('Add', name, both)
      case 'mul':
        return graph.add('Mul', name, both)
      case 'ave':
        return graph.add('Mean', name, both)
      default:
        return graph.add('Concat', name, both, { axis: -1 })
    }
  },
}

interface Direction {
  readonly kind: string
  /** Prefix of its weights' names. */
  readonly prefix: string
}

/** [batch, length, features] → [batch, length, units], or [batch, units] of the last step. */
function direction(layer: LayerToWrite, graph: Graph, { kind, prefix }: Direction): string {
  const { name, config, inputs, from } = layer
  const { operator, gates, activations: asked, attributes } = cells[kind]!
  const units = Number(config.units)
  const rows = (role: string, columns: number): string => {
    const { data } = layer.weight(`${prefix}${role}`)!
    const gate = (place: number) =>
      Array.from({ length: units * columns }, (_, at) => {
        const [unit, column] = [Math.floor(at / columns), at % columns]
        return data[column * units * gates.length + place * units + unit]!
      })
    return graph.constant(`${name}/${role}`, [1, gates.length * units, columns], Float32Array.from(gates.flatMap(gate)))
  }
  const weights = [rows('kernel', from.at(-1)!), rows('recurrent_kernel', units)]
  const bias = layer.weight(`${prefix}bias`)
  if (bias !== undefined) {
    const own = gates.flatMap((place) => [...bias.data.subarray(place * units, (place + 1) * units)])
    // ONNX has a second bias, added to the product with the recurrent kernel.
    const both = Float32Array.from([...own, ...own.map(() => 0)])
    weights.push(graph.constant(`${name}/bias`, [1, both.length], both))
  }
  const backwards = config.goBackwards === true
  const steps = graph.add('Transpose', `${name}/steps`, [inputs[0]!], { perm: [1, 0, 2] })
  const options = {
    hidden_size: units,
    direction: backwards ? 'reverse' : 'forward',
    activations: asked.map((option) => activationOf(config[option])!),
    ...attributes,
  }
  const axis = (at: number) => graph.integers(`${name}/direction`, [at])
  if (config.returnSequences !== true)
    return graph.add('Squeeze', name, [graph.add(operator, `${name}/cell`, [steps, ...weights], options, 1), axis(0)])
  const each = graph.add('Squeeze', `${name}/each`, [graph.add(operator, `${name}/cell`, [steps, ...weights], options), axis(1)])
  const inOrder = graph.add('Transpose', backwards ? `${name}/in_order` : name, [each], { perm: [1, 0, 2] })
  return backwards ? lastFirst(graph, name, inOrder, 1) : inOrder
}

const activationOf = (name: unknown): string | undefined => activations[String(name)]

interface Inside {
  readonly className: string
  readonly config: Config
}
/** The wrapped layer. */
export const insideOf = (config: Config): Inside | undefined => config.layer as Inside | undefined

export const isRecurrent = (kind: string): boolean => recurrentKinds[kind] !== undefined

/** The first option of a recurrent layer without an ONNX equivalent. */
export function untranslated(kind: string, config: Config): readonly [option: string, value: unknown] | undefined {
  const inside = insideOf(config)
  if (inside !== undefined) {
    if (cells[inside.className] === undefined) return ['layer', inside.className]
    return config.mergeMode === null ? ['mergeMode', null] : untranslated(inside.className, inside.config)
  }
  const kept = ['returnState', 'stateful'].find((option) => config[option] === true)
  const option = kept ?? cells[kind]!.activations.find((each) => activationOf(config[each]) === undefined)
  return option === undefined ? undefined : [option, config[option]]
}
