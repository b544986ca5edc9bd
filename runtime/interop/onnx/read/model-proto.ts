/** The parts of an ONNX file (onnx.proto) that the import reads. Names and numbers are untrusted and not yet validated. */
import { limits } from '../../import/limits.ts'
import { importProblems } from '../../import/problems.ts'
import { bytes, type FieldValue, fieldsOf, numbers, text, whole, wholeNumbers } from './wire.ts'

export interface TensorProto {
  readonly name: string
  readonly shape: readonly number[]
  /** `TensorProto.DataType` */
  readonly type: number
  /** Little-endian, of the type `type`. */
  readonly raw: Uint8Array | undefined
  /** The elements, if there is no `raw`. */
  readonly listed: readonly number[]
  /** Location of the data, if they are in an external file. */
  readonly outside: { readonly [key: string]: string } | undefined
}

export type Attribute = number | string | readonly number[] | readonly string[] | TensorProto | undefined

export interface NodeProto {
  readonly operator: string
  readonly domain: string
  readonly name: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: ReadonlyMap<string, Attribute>
}

export interface ValueProto {
  readonly name: string
  /** Undefined if it is not a tensor or has no shape; a symbolic size is a string. */
  readonly shape: readonly (number | string)[] | undefined
  readonly type: number | undefined
}

export interface ModelProto {
  /** Version of ONNX's default operator set. */
  readonly opset: number
  readonly nodes: readonly NodeProto[]
  readonly constants: readonly TensorProto[]
  readonly inputs: readonly ValueProto[]
  readonly outputs: readonly ValueProto[]
}

const empty = new Uint8Array()

/** Handlers of a message's fields. */
type Readers<T> = { readonly [field: number]: (made: T, value: FieldValue) => void }

function message<T>(value: FieldValue, made: T, readers: Readers<T>): T {
  for (const [field, each] of fieldsOf(bytes(value))) readers[field]?.(made, each)
  return made
}

function push<V>(list: V[], value: V): void {
  if (list.length === limits.parts) throw importProblems.tooLarge('parts of one kind', 'more', limits.parts)
  list.push(value)
}

/** @throws ImportProblem for an invalid file */
export function readModelProto(file: Uint8Array): ModelProto {
  const model: Mutable<ModelProto> & Lists = { opset: 0, nodes: [], constants: [], inputs: [], outputs: [] }
  let graphs = 0
  message(file, model, {
    7: (made, value) => {
      graphs++
      message<Lists>(value, made, graph)
    },
    8: (made, value) => {
      const { domain, version } = message(value, { domain: '', version: 0 }, opset)
      if (domain === '' || domain === 'ai.onnx') made.opset = version
    },
  })
  if (graphs !== 1 || model.nodes.length === 0) throw importProblems.malformed('there is no graph of operators in it')
  return model
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
interface Lists {
  readonly nodes: NodeProto[]
  readonly constants: TensorProto[]
  readonly inputs: ValueProto[]
  readonly outputs: ValueProto[]
}

const opset: Readers<{ domain: string; version: number }> = {
  1: (made, value) => {
    made.domain = text(value)
  },
  2: (made, value) => {
    made.version = whole(value)
  },
}

const graph: Readers<Lists> = {
  1: ({ nodes }, value) => push(nodes, nodeIn(value)),
  5: ({ constants }, value) => push(constants, tensorIn(value)),
  11: ({ inputs }, value) => push(inputs, valueIn(value)),
  12: ({ outputs }, value) => push(outputs, valueIn(value)),
  15: () => {
    throw importProblems.outside('it has sparse constants', {})
  },
}

const nodeIn = (value: FieldValue): NodeProto => {
  const made = {
    operator: '',
    domain: '',
    name: '',
    inputs: [] as string[],
    outputs: [] as string[],
    attributes: new Map<string, Attribute>(),
  }
  return message(value, made, {
    1: (node, each) => push(node.inputs, text(each)),
    2: (node, each) => push(node.outputs, text(each)),
    3: (node, each) => {
      node.name = text(each)
    },
    4: (node, each) => {
      node.operator = text(each)
    },
    5: ({ attributes }, each) => {
      const [name, of] = attributeIn(each)
      attributes.set(name, of)
    },
    7: (node, each) => {
      const domain = text(each)
      node.domain = domain === 'ai.onnx' ? '' : domain
    },
  })
}

/** Subgraphs and lists of tensors are not read: no supported operator has them. */
function attributeIn(value: FieldValue): readonly [name: string, value: Attribute] {
  const made = { name: '', of: undefined as Attribute, list: [] as number[], texts: [] as string[], type: 0 }
  message(value, made, {
    1: (attribute, each) => {
      attribute.name = text(each)
    },
    2: (attribute, each) => {
      attribute.of = numbers(each, 4)[0]
    },
    3: (attribute, each) => {
      attribute.of = whole(each)
    },
    4: (attribute, each) => {
      attribute.of = text(each)
    },
    5: (attribute, each) => {
      attribute.of = tensorIn(each)
    },
    7: ({ list }, each) => {
      for (const number of numbers(each, 4)) push(list, number)
    },
    8: ({ list }, each) => {
      for (const number of wholeNumbers(each)) push(list, number)
    },
    9: ({ texts }, each) => push(texts, text(each)),
    20: (attribute, each) => {
      attribute.type = whole(each)
    },
  })
  const { name, of, list, texts, type } = made
  if (type === 8 || texts.length > 0) return [name, texts]
  // Omitted values are zero or empty, by `AttributeProto.AttributeType`.
  const left = type === 1 || type === 2 ? 0 : type === 3 ? '' : undefined
  return [name, type === 6 || type === 7 || list.length > 0 ? list : (of ?? left)]
}

function tensorIn(value: FieldValue): TensorProto {
  const made = {
    name: '',
    shape: [] as number[],
    type: 0,
    raw: undefined as Uint8Array | undefined,
    listed: [] as number[],
    elsewhere: false,
  }
  const outside: { [key: string]: string } = Object.create(null)
  const whole64 = (each: FieldValue) => {
    for (const number of wholeNumbers(each)) made.listed.push(number)
  }
  const floats = (size: 4 | 8) => (_: unknown, each: FieldValue) => {
    for (const number of numbers(each, size)) made.listed.push(number)
  }
  message(value, made, {
    1: ({ shape }, each) => {
      for (const size of wholeNumbers(each)) push(shape, size)
    },
    2: (tensor, each) => {
      tensor.type = whole(each)
    },
    4: floats(4),
    5: (_, each) => whole64(each),
    7: (_, each) => whole64(each),
    8: (tensor, each) => {
      tensor.name = text(each)
    },
    9: (tensor, each) => {
      tensor.raw = bytes(each)
    },
    10: floats(8),
    13: (_, each) => {
      const pair = new Map(fieldsOf(bytes(each)))
      outside[text(pair.get(1) ?? empty)] = text(pair.get(2) ?? empty)
    },
    14: (tensor, each) => {
      tensor.elsewhere = whole(each) === 1
    },
  })
  const { name, shape, type, raw, listed, elsewhere } = made
  if (shape.length > limits.axes || !shape.every((size) => Number.isSafeInteger(size) && size >= 0))
    throw importProblems.malformed('a constant has no sizes', { constant: name, sizes: `[${shape.slice(0, 20).join(', ')}]` })
  return { name, shape, type, raw, listed, outside: elsewhere || 'location' in outside ? outside : undefined }
}

function valueIn(value: FieldValue): ValueProto {
  const made = { name: '', shape: undefined as (number | string)[] | undefined, type: undefined as number | undefined }
  const dimension = (each: FieldValue): number | string => {
    const size = new Map(fieldsOf(bytes(each)))
    const [value, name] = [size.get(1), size.get(2)]
    return value === undefined ? text(name ?? empty) : whole(value)
  }
  return message(value, made, {
    1: (one, each) => {
      one.name = text(each)
    },
    2: (one, each) =>
      void message(each, one, {
        1: (tensor, type) =>
          void message(type, tensor, {
            1: (it, element) => {
              it.type = whole(element)
            },
            2: (it, sizes) => {
              const shape: (number | string)[] = []
              message(sizes, shape, { 1: (list, size) => push(list, dimension(size)) })
              it.shape = shape
            },
          }),
      }),
  })
}
