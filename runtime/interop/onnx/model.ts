/** An ONNX model (onnx.proto, IR version 8): nodes that read and write named values, and constants. */
import { PbfWriter } from 'pbf'

/** Version of the operator set: the lowest that has all operators written here, for compatibility with older runtimes. */
const opset = 17
const irVersion = 8

/** `onnx.TensorProto.DataType` */
export const dataTypes = { float32: 1, int64: 7 } as const

export interface Tensor {
  readonly shape: readonly number[]
  readonly data: Float32Array | BigInt64Array
}

export interface Node {
  readonly operator: string
  readonly name: string
  readonly inputs: readonly string[]
  /** In order; an empty name marks an omitted one. */
  readonly outputs: readonly string[]
  /** Numbers, also in lists, are written as integers; `float()` marks floats. */
  readonly attributes: { readonly [name: string]: number | readonly number[] | Float | string | readonly string[] }
}

export interface Float {
  readonly float: number
}
export const float = (value: number): Float => ({ float: value })

/** An input or output; a string in the shape is a symbolic size. */
interface Value {
  readonly name: string
  readonly shape: readonly (number | string)[]
  readonly type: keyof typeof dataTypes
}

export interface Model {
  readonly nodes: readonly Node[]
  readonly constants: ReadonlyMap<string, Tensor>
  readonly input: Value
  readonly output: Value
  /** Documentation without effect on the computation. */
  readonly metadata: { readonly [name: string]: string }
}

export function encodeModel({ nodes, constants, input, output, metadata }: Model): Uint8Array {
  const pbf = new PbfWriter()
  pbf.writeVarintField(1, irVersion)
  pbf.writeStringField(2, 'espalier')
  pbf.writeMessage(7, writeGraph, { nodes, constants, input, output })
  pbf.writeMessage(8, (version: number, to) => to.writeVarintField(2, version), opset)
  for (const [name, value] of Object.entries(metadata)) pbf.writeMessage(14, writeTexts, [name, value])
  return pbf.finish()
}

function writeGraph({ nodes, constants, input, output }: Omit<Model, 'metadata'>, pbf: PbfWriter): void {
  for (const node of nodes) pbf.writeMessage(1, writeNode, node)
  pbf.writeStringField(2, 'network')
  for (const constant of constants) pbf.writeMessage(5, writeTensor, constant)
  pbf.writeMessage(11, writeValue, input)
  pbf.writeMessage(12, writeValue, output)
}

function writeNode({ operator, name, inputs, outputs, attributes }: Node, pbf: PbfWriter): void {
  for (const input of inputs) pbf.writeStringField(1, input)
  for (const output of outputs) pbf.writeStringField(2, output)
  pbf.writeStringField(3, name)
  pbf.writeStringField(4, operator)
  for (const attribute of Object.entries(attributes)) pbf.writeMessage(5, writeAttribute, attribute)
}

function writeAttribute([name, value]: readonly [string, Node['attributes'][string]], pbf: PbfWriter): void {
  pbf.writeStringField(1, name)
  if (typeof value === 'number') {
    pbf.writeVarintField(3, value)
    pbf.writeVarintField(20, 2)
  } else if (typeof value === 'string') {
    pbf.writeStringField(4, value)
    pbf.writeVarintField(20, 3)
  } else if ('float' in value) {
    pbf.writeFloatField(2, value.float)
    pbf.writeVarintField(20, 1)
  } else if (isTexts(value)) {
    for (const each of value) pbf.writeStringField(9, each)
    pbf.writeVarintField(20, 8)
  } else {
    for (const each of value) pbf.writeVarintField(8, each)
    pbf.writeVarintField(20, 7)
  }
}

const isTexts = (list: readonly number[] | readonly string[]): list is readonly string[] => typeof list[0] === 'string'

function writeTensor([name, { shape, data }]: readonly [string, Tensor], pbf: PbfWriter): void {
  for (const size of shape) pbf.writeVarintField(1, size)
  pbf.writeVarintField(2, data instanceof Float32Array ? dataTypes.float32 : dataTypes.int64)
  pbf.writeStringField(8, name)
  pbf.writeBytesField(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
}

function writeValue({ name, shape, type }: Value, pbf: PbfWriter): void {
  pbf.writeStringField(1, name)
  const dimension = (size: number | string, to: PbfWriter) =>
    typeof size === 'number' ? to.writeVarintField(1, size) : to.writeStringField(2, size)
  const dimensions = (sizes: Value['shape'], to: PbfWriter) => {
    for (const size of sizes) to.writeMessage(1, dimension, size)
  }
  const tensor = (sizes: Value['shape'], to: PbfWriter) => {
    to.writeVarintField(1, dataTypes[type])
    to.writeMessage(2, dimensions, sizes)
  }
  pbf.writeMessage(2, (sizes: Value['shape'], to) => to.writeMessage(1, tensor, sizes), shape)
}

function writeTexts(texts: readonly string[], pbf: PbfWriter): void {
  for (const [i, text] of texts.entries()) pbf.writeStringField(i + 1, text)
}
