/** A `model.json` of the Keras converter or TensorFlow.js: layers with options and connections, and the location of their weights. */
import { shown } from '../../../dsl/check/checks.ts'
import { sizeOf } from '../../../stdlib/network.ts'
import type { DraftWeight } from '../import/drafts.ts'
import { limits } from '../import/limits.ts'
import { importProblems } from '../import/problems.ts'

export type Options = { readonly [option: string]: unknown }

export interface KerasLayer {
  readonly kind: string
  readonly name: string
  readonly options: Options
  /** Input layers; undefined if it follows the previous layer. */
  readonly from: readonly string[] | undefined
}

export interface KerasModel {
  readonly layers: readonly KerasLayer[]
  /** Name of the output layer; undefined: the last one. */
  readonly output: string | undefined
  /** Major version of Keras: versions define `hard_sigmoid` differently. */
  readonly version: number
  readonly manifest: readonly Group[]
}

/** Consecutive weights in the concatenation of several files. */
interface Group {
  readonly paths: readonly string[]
  readonly weights: readonly { readonly name: string; readonly shape: readonly number[] }[]
}

const malformed = (what: string) => importProblems.malformed(what)
const record = (value: unknown, what: string): Options => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Options
  throw malformed(`${what} is no object`)
}
const list = (value: unknown, what: string): readonly unknown[] => {
  if (!Array.isArray(value)) throw malformed(`${what} is no list`)
  if (value.length > limits.parts) throw importProblems.tooLarge(what, value.length, limits.parts)
  return value
}
const text = (value: unknown, what: string): string => {
  if (typeof value === 'string') return value
  throw malformed(`${what} is no text`)
}

/** @throws ImportProblem for an invalid file */
export function readModelJson(bytes: Uint8Array): KerasModel {
  const json = record(parsed(bytes), 'what is in it')
  const topology = record(json.modelTopology, 'its modelTopology')
  const model = record(topology.model_config ?? topology, 'its model_config')
  const config = model.config
  const version = Number.parseInt(String(topology.keras_version ?? '2'), 10)
  const manifest = list(json.weightsManifest ?? [], 'its weightsManifest').map(groupIn)
  if (model.class_name === 'Sequential') {
    const layers = list(Array.isArray(config) ? config : record(config, 'its config').layers, 'its layers')
    return { layers: layers.map((layer) => layerIn(layer, false)), output: undefined, version, manifest }
  }
  if (model.class_name !== 'Model' && model.class_name !== 'Functional')
    throw importProblems.outside('it is neither a sequential nor a functional model', { 'class of model': shown(model.class_name) })
  const { layers, input_layers: inputs, output_layers: outputs } = record(config, 'its config')
  const [input, output] = [ends(inputs, 'its input_layers'), ends(outputs, 'its output_layers')]
  if (input.length !== 1 || output.length !== 1)
    throw importProblems.outside('it does not have one input and one output', { inputs: input.join(', '), outputs: output.join(', ') })
  return { layers: list(layers, 'its layers').map((layer) => layerIn(layer, true)), output: output[0], version, manifest }
}

function parsed(bytes: Uint8Array): unknown {
  const json = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
  if (deepest(json) > limits.depth) throw importProblems.tooLarge('objects inside each other', 'more', limits.depth)
  try {
    return JSON.parse(json)
  } catch (cause) {
    throw importProblems.malformed('it is not JSON', { reason: (cause as Error).message })
  }
}

/** Nesting depth of objects and lists. */
function deepest(json: string): number {
  let [depth, most, inText] = [0, 0, false]
  for (let at = 0; at < json.length; at++) {
    const letter = json[at]
    if (letter === '"') inText = !inText
    else if (inText && letter === '\\') at++
    else if (!inText && (letter === '{' || letter === '[')) most = Math.max(most, ++depth)
    else if (!inText && (letter === '}' || letter === ']')) depth--
  }
  return most
}

/** `['out', 0, 0]`, or a list of these. */
function ends(value: unknown, what: string): readonly string[] {
  const all = list(value, what)
  return (typeof all[0] === 'string' ? [all] : all).map((each) => text(list(each, what)[0], what))
}

function layerIn(value: unknown, wired: boolean): KerasLayer {
  const { class_name: kind, config, name, inbound_nodes: nodes } = record(value, 'a layer')
  const options = record(config, 'the config of a layer')
  const own = text(name ?? options.name, 'the name of a layer')
  const where = { kind: text(kind, 'the class of a layer'), name: own }
  if (!wired) return { ...where, options, from: undefined }
  const inbound = list(nodes ?? [], 'inbound_nodes')
  if (inbound.length > 1) throw importProblems.unsupported(where, 'inbound_nodes', inbound.length, 'one: a layer that is used once')
  return { ...where, options, from: inbound.length === 0 ? [] : readers(inbound[0], where) }
}

/** Keras 2: `[['conv1', 0, 0, {}], …]`; Keras 3: tensors with a `keras_history`, as arguments of a call. */
function readers(node: unknown, where: { readonly kind: string; readonly name: string }): readonly string[] {
  if (Array.isArray(node)) {
    return list(node, 'a node').map((each) => {
      const [layer, , , call] = list(each, 'a node')
      if (Object.keys(Object(call)).length > 0)
        throw importProblems.unsupported(where, 'call', Object.keys(Object(call)).join(', '), 'without arguments')
      return text(layer, 'the layer that a node reads')
    })
  }
  const { args } = record(node, 'a node')
  const given = list(args, 'the arguments of a node')
  return (Array.isArray(given[0]) ? list(given[0], 'the arguments of a node') : given.slice(0, 1)).map((tensor) => {
    const { keras_history: history } = record(record(tensor, 'an argument').config, 'an argument')
    return text(list(history, 'keras_history')[0], 'the layer that a node reads')
  })
}

function groupIn(value: unknown): Group {
  const { paths, weights } = record(value, 'a group of weights')
  return {
    paths: list(paths, 'the paths of weights').map((path) => text(path, 'a path of weights')),
    weights: list(weights, 'weights').map((each) => {
      const { name, shape, dtype, quantization } = record(each, 'a weight')
      const own = text(name, 'the name of a weight')
      if (dtype !== 'float32' || quantization !== undefined)
        throw importProblems.outside('a weight is not float32', {
          weight: own,
          type: quantization === undefined ? shown(dtype) : 'quantised',
        })
      const sizes = list(shape, 'the shape of a weight')
      if (sizes.length > limits.axes || !sizes.every((size) => Number.isSafeInteger(size) && Number(size) >= 0))
        throw importProblems.malformed('a weight has no sizes', { weight: own, sizes: shown(sizes) })
      return { name: own, shape: sizes as readonly number[] }
    }),
  }
}

/** The weights of a group, by name, read from the bytes of its files. */
export function* weightsIn({ weights }: Group, content: Uint8Array): Generator<readonly [name: string, weight: DraftWeight]> {
  let at = 0
  for (const { name, shape } of weights) {
    const [from, size] = [at, 4 * sizeOf(shape)]
    if (!(size <= content.length - from))
      throw importProblems.malformed('a weight lies outside its files', { weight: name, sizes: `[${shape.join(', ')}]` })
    yield [name, { shape, values: () => new Float32Array(new Uint8Array(content.subarray(from, from + size)).buffer) }]
    at += size
  }
  if (at !== content.length)
    throw importProblems.malformed('its files of weights hold more than it names', { named: at, found: content.length })
}
