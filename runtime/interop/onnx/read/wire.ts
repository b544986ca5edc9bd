/** Reads the fields of Protocol Buffers messages. Every length is checked against the rest of the message before use. */
import { PbfReader } from 'pbf'
import { importProblems } from '../../import/problems.ts'

/** A varint, or bytes: a 4- or 8-byte number, a string, a message or a packed list. */
export type FieldValue = number | Uint8Array

const wireTypes = { varint: 0, eight: 1, bytes: 2, four: 5 } as const

/** @throws ImportProblem for an invalid message */
export function* fieldsOf(message: Uint8Array): Generator<readonly [field: number, value: FieldValue]> {
  const reader = new PbfReader(message)
  while (reader.pos < message.length) {
    const tag = varint(reader)
    const [field, type] = [Math.floor(tag / 8), tag % 8]
    if (type === wireTypes.varint) yield [field, varint(reader)]
    else {
      const length = type === wireTypes.bytes ? varint(reader) : type === wireTypes.eight ? 8 : type === wireTypes.four ? 4 : -1
      if (length < 0 || length > message.length - reader.pos) throw importProblems.malformed('a field ends outside its message')
      yield [field, message.subarray(reader.pos, reader.pos + length)]
      reader.pos += length
    }
  }
}

function varint(reader: PbfReader): number {
  const value = readVarint(reader)
  if (Number.isFinite(value) && reader.pos <= reader.length) return value
  throw importProblems.malformed('a number is cut off')
}

function readVarint(reader: PbfReader): number {
  try {
    return reader.readVarint(true)
  } catch (cause) {
    throw importProblems.malformed('a number has no end', { reason: (cause as Error).message })
  }
}

/** Integers of a repeated field, packed or not. */
export function* wholeNumbers(value: FieldValue): Generator<number> {
  if (typeof value === 'number') yield value
  else for (const reader = new PbfReader(value); reader.pos < value.length; ) yield varint(reader)
}

const wrongType = () => importProblems.malformed('a field has another type than it should')

export function whole(value: FieldValue): number {
  if (typeof value !== 'number') throw wrongType()
  return value
}

export function bytes(value: FieldValue): Uint8Array {
  if (typeof value === 'number') throw wrongType()
  return value
}

export const text = (value: FieldValue): string => Buffer.from(bytes(value)).toString('utf8')

/** Little-endian floats of `size` bytes each. */
export function numbers(value: FieldValue, size: 4 | 8): number[] {
  const data = bytes(value)
  if (data.length % size !== 0) throw wrongType()
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  return Array.from({ length: data.length / size }, (_, i) => (size === 4 ? view.getFloat32(4 * i, true) : view.getFloat64(8 * i, true)))
}
