/** Files as NumPy saves them. */
import { crc32, deflateRawSync } from 'node:zlib'

export interface ArrayOptions {
  /** Default `<f4`. */
  readonly type?: string
  /** The first axis runs fastest. */
  readonly fortran?: boolean
  /** In the place of the header that is right. */
  readonly header?: string
}

const writers: { readonly [kind: string]: (buffer: Buffer, value: number, at: number) => void } = {
  '<f4': (buffer, value, at) => buffer.writeFloatLE(value, at),
  '<f8': (buffer, value, at) => buffer.writeDoubleLE(value, at),
  '<f2': (buffer, value, at) => buffer.writeUInt16LE(value, at),
  '>i4': (buffer, value, at) => buffer.writeInt32BE(value, at),
  '<i8': (buffer, value, at) => buffer.writeBigInt64LE(BigInt(value), at),
  '|u1': (buffer, value, at) => buffer.writeUInt8(value, at),
  '|b1': (buffer, value, at) => buffer.writeUInt8(value, at),
}

/** An array of version 1.0. @param values as they lie in the file */
export function npyFile(
  shape: readonly number[],
  values: readonly number[],
  { type = '<f4', fortran = false, header }: ArrayOptions = {},
): Buffer {
  const bytes = Number(type.slice(2))
  const data = Buffer.alloc(values.length * bytes)
  for (const [i, value] of values.entries()) writers[type]!(data, value, i * bytes)
  return withHeader(header ?? described(type, shape, fortran), data)
}

/** Of texts, `<U` with the length of the longest. */
export function npyTexts(texts: readonly string[]): Buffer {
  const longest = Math.max(...texts.map((each) => [...each].length))
  const data = Buffer.alloc(texts.length * longest * 4)
  for (const [i, each] of texts.entries())
    for (const [j, sign] of [...each].entries()) data.writeUInt32LE(sign.codePointAt(0)!, (i * longest + j) * 4)
  return withHeader(described(`<U${longest}`, [texts.length], false), data)
}

const described = (type: string, shape: readonly number[], fortran: boolean): string =>
  `{'descr': '${type}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`

export function withHeader(text: string, data: Uint8Array): Buffer {
  const padded = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`
  const head = Buffer.alloc(10)
  head.write('\x93NUMPY\x01\x00', 'latin1')
  head.writeUInt16LE(padded.length, 8)
  return Buffer.concat([head, Buffer.from(padded, 'latin1'), data])
}

/** A zip archive of members, deflated. @param announced bytes that it says a member has, when not those it has */
export function npzFile(members: { readonly [name: string]: Uint8Array }, { announced }: { readonly announced?: number } = {}): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const [name, content] of Object.entries(members)) {
    const packed = deflateRawSync(content)
    const fields = Buffer.alloc(26)
    fields.writeUInt16LE(20, 0)
    fields.writeUInt16LE(8, 4) // deflated
    fields.writeUInt32LE(crc32(content), 10)
    fields.writeUInt32LE(packed.length, 14)
    fields.writeUInt32LE(announced ?? content.length, 18)
    fields.writeUInt16LE(Buffer.byteLength(name), 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), packed])
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(at, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, rest, Buffer.from(name)]))
    parts.push(local)
    at += local.length
  }
  const entries = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(directory.length, 4)
  end.writeUInt16LE(directory.length, 6)
  end.writeUInt32LE(entries.length, 8)
  end.writeUInt32LE(at, 12)
  return Buffer.concat([...parts, entries, Buffer.from('PK\x05\x06'), end])
}
