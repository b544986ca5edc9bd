/**
 * Inputs and attributes of every TensorFlow operation, read from the library itself: TF_GetAllOpList returns a serialised OpList
 * (tensorflow/core/framework/op_def.proto), of which the few fields needed are decoded here.
 */

interface ArgDef {
  name: string
  numberAttr?: string
  typeListAttr?: string
}

export interface OpDef {
  name: string
  readonly inputs: ArgDef[]
  readonly outputs: ArgDef[]
  /** Type of each attribute: `int`, `list(type)`, … */
  readonly attrs: Map<string, string>
}

type Field = readonly [number: number, value: Uint8Array | bigint]

function* fields(bytes: Uint8Array): Generator<Field> {
  let at = 0
  const varint = (): bigint => {
    let result = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!
      result |= BigInt(byte & 127) << shift
      if (byte < 128) return result
    }
  }
  while (at < bytes.length) {
    const key = Number(varint())
    const wire = key & 7
    if (wire === 0) yield [key >> 3, varint()]
    else {
      const length = wire === 2 ? Number(varint()) : wire === 5 ? 4 : 8
      yield [key >> 3, bytes.subarray(at, at + length)]
      at += length
    }
  }
}

const text = (value: Field[1]): string => Buffer.from(value as Uint8Array).toString()

function argDef(bytes: Field[1]): ArgDef {
  const arg: ArgDef = { name: '' }
  for (const [number, value] of fields(bytes as Uint8Array)) {
    if (number === 1) arg.name = text(value)
    else if (number === 5) arg.numberAttr = text(value)
    else if (number === 6) arg.typeListAttr = text(value)
  }
  return arg
}

export function parseOpList(bytes: Uint8Array): Map<string, OpDef> {
  const ops = new Map<string, OpDef>()
  for (const [, op] of fields(bytes)) {
    const def: OpDef = { name: '', inputs: [], outputs: [], attrs: new Map() }
    for (const [number, value] of fields(op as Uint8Array)) {
      if (number === 1) def.name = text(value)
      else if (number === 2) def.inputs.push(argDef(value))
      else if (number === 3) def.outputs.push(argDef(value))
      else if (number === 4) {
        const attr = new Map([...fields(value as Uint8Array)].filter(([n]) => n <= 2).map(([n, v]) => [n, text(v)]))
        def.attrs.set(attr.get(1) ?? '', attr.get(2) ?? '')
      }
    }
    ops.set(def.name, def)
  }
  return ops
}

/** How many of `count` flat inputs each declared input takes; list inputs may take any number. */
export function splitInputs(
  def: OpDef,
  count: number,
  attr: (name: string) => unknown,
): { readonly size: number; readonly list: boolean }[] {
  const lists = def.inputs.filter((arg) => arg.numberAttr !== undefined || arg.typeListAttr !== undefined)
  const free = count - (def.inputs.length - lists.length)
  return def.inputs.map(({ numberAttr, typeListAttr }) => {
    if (numberAttr === undefined && typeListAttr === undefined) return { size: 1, list: false }
    const given = numberAttr !== undefined ? attr(numberAttr) : (attr(typeListAttr!) as unknown[] | undefined)?.length
    // A list has the length of its attribute, if that is given; otherwise lists share what is left.
    return { size: typeof given === 'number' ? given : free / lists.length, list: true }
  })
}
