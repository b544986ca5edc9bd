/** ONNX files written down by hand, right or wrong: nothing is checked. */
import { PbfWriter } from 'pbf'

export interface FileNode {
  readonly operator: string
  readonly name?: string
  readonly domain?: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes?: { readonly [name: string]: FileAttribute }
}

/** A whole number, or another as `{ float }`; lists of whole numbers; texts; tensors; graphs in graphs, so many deep. */
export type FileAttribute = number | string | readonly number[] | { readonly float: number } | FileTensor | { readonly graphs: number }

export interface FileTensor {
  readonly shape: readonly number[]
  readonly values: readonly number[]
  /** `TensorProto.DataType`; 1 is float32, the default, 7 is int64. */
  readonly type?: number
  /** Where it says its data are. */
  readonly outside?: { readonly [key: string]: string }
}

export interface OnnxFile {
  readonly opset?: number
  readonly input?: { readonly name: string; readonly shape: readonly (number | string)[]; readonly type?: number }
  readonly outputs?: readonly string[]
  readonly constants?: { readonly [name: string]: FileTensor }
  readonly nodes: readonly FileNode[]
}

/** By default it reads `x` [batch, 3, 8, 8] and gives `y`. */
export function onnxFile({
  opset = 17,
  input = { name: 'x', shape: ['batch', 3, 8, 8] },
  outputs = ['y'],
  constants = {},
  nodes,
}: OnnxFile): Uint8Array {
  const pbf = new PbfWriter()
  pbf.writeVarintField(1, 8)
  pbf.writeMessage(7, (_, to) => writeGraph({ input, outputs, constants, nodes }, to), undefined)
  pbf.writeMessage(8, (version, to) => to.writeVarintField(2, version), opset)
  return pbf.finish()
}

function writeGraph({ input, outputs, constants, nodes }: Required<Omit<OnnxFile, 'opset'>>, pbf: PbfWriter): void {
  for (const node of nodes) pbf.writeMessage(1, writeNode, node)
  for (const [name, tensor] of Object.entries(constants)) pbf.writeMessage(5, (one, to) => writeTensor(one, to, name), tensor)
  pbf.writeMessage(11, writeValue, input)
  for (const name of outputs) pbf.writeMessage(12, writeValue, { name, shape: ['batch', 10] })
}

function writeNode({ operator, name, domain, inputs, outputs, attributes = {} }: FileNode, pbf: PbfWriter): void {
  for (const each of inputs) pbf.writeStringField(1, each)
  for (const each of outputs) pbf.writeStringField(2, each)
  if (name !== undefined) pbf.writeStringField(3, name)
  pbf.writeStringField(4, operator)
  for (const attribute of Object.entries(attributes)) pbf.writeMessage(5, writeAttribute, attribute)
  if (domain !== undefined) pbf.writeStringField(7, domain)
}

function writeAttribute([name, value]: readonly [string, FileAttribute], pbf: PbfWriter): void {
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
  } else if ('graphs' in value) pbf.writeBytesField(6, nested(value.graphs))
  else if ('shape' in value) {
    pbf.writeMessage(5, (tensor, to) => writeTensor(tensor, to), value)
    pbf.writeVarintField(20, 4)
  } else {
    for (const each of value) pbf.writeVarintField(8, each)
    pbf.writeVarintField(20, 7)
  }
}

/** A graph of a node with a graph in an attribute, and so on; from the inside out, since the writer's own calls would be too deep. */
function nested(depth: number): Uint8Array {
  let graph = new Uint8Array()
  for (let level = 0; level < depth; level++) {
    const [attribute, node, outer] = [new PbfWriter(), new PbfWriter(), new PbfWriter()]
    attribute.writeBytesField(6, graph)
    node.writeStringField(4, 'If')
    node.writeBytesField(5, attribute.finish())
    outer.writeBytesField(1, node.finish())
    graph = Uint8Array.from(outer.finish())
  }
  return graph
}

function writeTensor({ shape, values, type = 1, outside }: FileTensor, pbf: PbfWriter, name?: string): void {
  for (const size of shape) pbf.writeVarintField(1, size)
  pbf.writeVarintField(2, type)
  if (name !== undefined) pbf.writeStringField(8, name)
  if (outside === undefined) {
    const data = type === 7 ? BigInt64Array.from(values, (value) => BigInt(Math.trunc(value))) : Float32Array.from(values)
    pbf.writeBytesField(9, new Uint8Array(data.buffer))
    return
  }
  for (const pair of Object.entries(outside))
    pbf.writeMessage(
      13,
      ([key, value], to) => {
        to.writeStringField(1, key)
        to.writeStringField(2, value)
      },
      pair,
    )
  pbf.writeVarintField(14, 1)
}

function writeValue(
  { name, shape, type = 1 }: { readonly name: string; readonly shape: readonly (number | string)[]; readonly type?: number },
  pbf: PbfWriter,
): void {
  pbf.writeStringField(1, name)
  const dimension = (size: number | string, to: PbfWriter) =>
    typeof size === 'number' ? to.writeVarintField(1, size) : to.writeStringField(2, size)
  pbf.writeMessage(
    2,
    (_, value) =>
      value.writeMessage(
        1,
        (__, tensor) => {
          tensor.writeVarintField(1, type)
          tensor.writeMessage(
            2,
            (___, sizes) => {
              for (const size of shape) sizes.writeMessage(1, dimension, size)
            },
            undefined,
          )
        },
        undefined,
      ),
    undefined,
  )
}
