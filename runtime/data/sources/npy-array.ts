/**
 * NumPy's array format (numpy.lib.format, versions 1 to 3): a magic string, a header that is a Python dictionary literal, the values. Files
 * are untrusted input: the header may contain only its three entries, and sizes are checked against the file before anything is allocated.
 */
import { ofHalf } from '../../format/half.ts'
import { dataProblems } from '../problems.ts'

export interface NpyArray {
  readonly shape: readonly number[]
  /** Number of elements; accessors use C order. */
  readonly count: number
  /** Accessor for numbers; undefined for texts. */
  readonly number: ((i: number) => number) | undefined
  readonly text: ((i: number) => string) | undefined
}

/** Bytes to read for the header: far more than the few dozen that it usually takes. */
export const longestHeader = 65_536

/** Decoded header; `bytes` is the expected size of the whole file. */
export interface NpyHeader {
  readonly start: number
  readonly bytes: number
  readonly shape: readonly number[]
  readonly fortran: boolean
  readonly type: ElementType
}

interface ElementType {
  readonly kind: 'b' | 'i' | 'u' | 'f' | 'U'
  /** Per element. */
  readonly bytes: number
  readonly little: boolean
}

const sizes: { readonly [kind: string]: readonly number[] } = { b: [1], i: [1, 2, 4, 8], u: [1, 2, 4, 8], f: [2, 4, 8] }
const entries =
  /^\{\s*'descr':\s*'([<>|=]?)([a-zA-Z])(\d{1,4})',\s*'fortran_order':\s*(True|False),\s*'shape':\s*\(([\d,\sL]*)\),?\s*\}\s*$/

/** @param head the first `longestHeader` bytes, or all @throws DataProblem */
export function npyHeader(data: string, place: string, head: Uint8Array): NpyHeader {
  const refuse = (cause: string): never => {
    throw dataProblems.notNpy(data, place, cause)
  }
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  if (head.byteLength < 12 || Buffer.from(head.subarray(0, 6)).toString('latin1') !== '\x93NUMPY') return refuse('it does not begin as one')
  const version = head[6]!
  if (version < 1 || version > 3) return refuse(`its version is ${version}`)
  const [at, length] = version === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)]
  if (at + length > head.byteLength) return refuse(`its header is said to have ${length} bytes`)
  const text = Buffer.from(head.subarray(at, at + length)).toString('latin1')
  const [, order, kind = '', size = '', fortran, axes = ''] = entries.exec(text) ?? []
  if (fortran === undefined) return refuse('its header has no plain type of numbers or texts, order and shape')
  const isText = kind === 'U'
  if (!isText && !sizes[kind]?.includes(Number(size))) return refuse(`its type is ${kind}${size}`)
  const shape = axes
    .split(',')
    .map((axis) => axis.trim().replace(/L$/, ''))
    .filter((axis) => axis !== '')
    .map(Number)
  const bytes = isText ? 4 * Number(size) : Number(size)
  const values = shape.reduce((product, axis) => product * axis, 1)
  if (!shape.every(Number.isSafeInteger) || !Number.isSafeInteger(values * bytes)) return refuse(`its shape is (${shape.join(', ')})`)
  const type = { kind: kind as ElementType['kind'], bytes, little: order !== '>' }
  return { start: at + length, bytes: at + length + values * bytes, shape, fortran: fortran === 'True', type }
}

/** @throws DataProblem for a truncated file or trailing bytes */
export function npyArray(data: string, place: string, content: Uint8Array): NpyArray {
  const header = npyHeader(data, place, content.subarray(0, longestHeader))
  const { start, bytes, shape, fortran, type } = header
  if (content.byteLength !== bytes)
    throw dataProblems.notNpy(data, place, `its header asks for ${bytes} bytes, and it has ${content.byteLength}`)
  const view = new DataView(content.buffer, content.byteOffset + start, bytes - start)
  const count = shape.reduce((product, axis) => product * axis, 1)
  const position = fortran ? inColumns(shape) : (i: number) => i
  if (type.kind === 'U') return { shape, count, number: undefined, text: (i) => textAt(data, place, view, position(i), type) }
  const read = reader(view, type)
  return { shape, count, number: (i) => read(position(i) * type.bytes), text: undefined }
}

function reader(view: DataView, { kind, bytes, little }: ElementType): (at: number) => number {
  switch (`${kind}${bytes}`) {
    case 'b1':
    case 'u1':
      return (at) => view.getUint8(at)
    case 'i1':
      return (at) => view.getInt8(at)
    case 'u2':
      return (at) => view.getUint16(at, little)
    case 'i2':
      return (at) => view.getInt16(at, little)
    case 'u4':
      return (at) => view.getUint32(at, little)
    case 'i4':
      return (at) => view.getInt32(at, little)
    case 'u8':
      return (at) => Number(view.getBigUint64(at, little))
    case 'i8':
      return (at) => Number(view.getBigInt64(at, little))
    case 'f2':
      return (at) => ofHalf(view.getUint16(at, little))
    case 'f4':
      return (at) => view.getFloat32(at, little)
    default:
      return (at) => view.getFloat64(at, little)
  }
}

/** UTF-32, zero-padded. */
function textAt(data: string, place: string, view: DataView, position: number, { bytes, little }: ElementType): string {
  let text = ''
  for (let at = position * bytes; at < (position + 1) * bytes; at += 4) {
    const code = view.getUint32(at, little)
    if (code === 0) break
    if (code > 0x10ffff) throw dataProblems.notNpy(data, place, `text ${position} has a sign that there is none of`)
    text += String.fromCodePoint(code)
  }
  return text
}

/** Maps an index in C order to the position in a Fortran-order file. */
function inColumns(shape: readonly number[]): (i: number) => number {
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, each) => product * each, 1))
  return (i) => {
    let [rest, at] = [i, 0]
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += (rest % shape[axis]!) * strides[axis]!
      rest = Math.floor(rest / shape[axis]!)
    }
    return at
  }
}
