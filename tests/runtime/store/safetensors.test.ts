import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { StoreProblem } from '../../../runtime/problem.ts'
import { readMasks, writeMasks } from '../../../runtime/store/masks.ts'
import { readSafetensors, type StoredTensor, writeSafetensors } from '../../../runtime/store/safetensors.ts'

const shape = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 })
const count = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1)
const tensor: fc.Arbitrary<StoredTensor> = shape.chain((shape) => {
  const length = { minLength: count(shape), maxLength: count(shape) }
  return fc.oneof(
    fc.array(fc.float(), length).map((data): StoredTensor => ({ dtype: 'F32', shape, data: Float32Array.from(data) })),
    fc
      .array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), length)
      .map((data): StoredTensor => ({ dtype: 'I32', shape, data: Int32Array.from(data) })),
    fc.uint8Array(length).map((data): StoredTensor => ({ dtype: 'U8', shape, data: Uint8Array.from(data) })),
  )
})
const name = fc
  .oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', '12', 'a"b', 'a\\', '{['))
  .filter((text) => text.isWellFormed() && text !== '__metadata__')
const tensors = fc.array(fc.tuple(name, tensor), { maxLength: 6 }).map((entries) => new Map(entries))

/** A file with this header text and this many bytes of data. */
function fileWith(header: string, dataBytes: number, declared = Buffer.byteLength(header)): Uint8Array {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(declared))
  return Buffer.concat([length, Buffer.from(header), Buffer.alloc(dataBytes)])
}
const entry = (dtype: string, sizes: unknown, begin: unknown, end: unknown) => ({ dtype, shape: sizes, data_offsets: [begin, end] })

describe('safetensors', () => {
  test('what was written reads back, names, shapes and bits, from any position in a buffer', () => {
    fc.assert(
      fc.property(tensors, fc.integer({ min: 0, max: 7 }), (original, shift) => {
        const written = writeSafetensors(original, { note: 'naïve "text"' })
        const bytes = new Uint8Array(written.length + shift)
        bytes.set(written, shift)
        const { tensors: read, metadata } = readSafetensors(bytes.subarray(shift), 'x')
        expect(new Map([...read].sort())).toEqual(new Map([...original].sort()))
        expect(metadata).toEqual({ note: 'naïve "text"' })
      }),
    )
  })

  test('the bytes do not depend on the order of writing', () => {
    fc.assert(
      fc.property(tensors, (original) => {
        expect(writeSafetensors(new Map([...original].reverse()))).toEqual(writeSafetensors(original))
      }),
    )
  })

  test('a NaN keeps its payload and -0 its sign', () => {
    const data = new Float32Array(2)
    new DataView(data.buffer).setUint32(0, 0x7fc12345, true)
    data[1] = -0
    const { tensors: read } = readSafetensors(writeSafetensors(new Map([['x', { dtype: 'F32', shape: [2], data }]])), 'x')
    expect(Buffer.from(read.get('x')!.data.buffer)).toEqual(Buffer.from(data.buffer))
  })

  test.each<[string, string, Uint8Array]>([
    ['nothing', 'too short', new Uint8Array(0)],
    ['7 bytes', 'too short', new Uint8Array(7)],
    ['a header of 2^63 bytes', 'header is said to be longer', Buffer.from('000000000000008000', 'hex')],
    ['a header one byte past the end', 'header is said to be longer', fileWith('{}', 0, 3)],
    ['broken JSON', 'not JSON', fileWith('{"a":', 0)],
    ['JSON nested a million deep', 'not JSON', fileWith('['.repeat(1_000_000), 0)],
    ['bytes that are not UTF-8', 'not JSON', Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe])],
    ['a list for a header', 'not a JSON object', fileWith('[]', 0)],
    ['an unknown type', 'type other than', fileWith(JSON.stringify({ a: entry('F64', [1], 0, 8) }), 8)],
    ['a negative size', 'shape', fileWith(JSON.stringify({ a: entry('F32', [-1], 0, 4) }), 4)],
    ['a fractional size', 'shape', fileWith(JSON.stringify({ a: entry('F32', [1.5], 0, 6) }), 6)],
    ['sizes whose product overflows', 'disagree', fileWith(JSON.stringify({ a: entry('F32', Array(20).fill(2 ** 50), 0, 4) }), 4)],
    ['a tensor of 2^50 bytes', 'outside the data', fileWith(JSON.stringify({ a: entry('U8', [2 ** 50], 0, 2 ** 50) }), 4)],
    ['offsets backwards', 'outside the data', fileWith(JSON.stringify({ a: entry('F32', [1], 4, 0) }), 4)],
    ['offsets that are texts', 'offsets', fileWith(JSON.stringify({ a: entry('F32', [1], '0', '4') }), 4)],
    ['a size that is not the shape’s', 'disagree', fileWith(JSON.stringify({ a: entry('F32', [2], 0, 4) }), 4)],
    [
      'overlapping tensors',
      'overlap or leave a hole',
      fileWith(JSON.stringify({ a: entry('F32', [1], 0, 4), b: entry('F32', [1], 0, 4) }), 4),
    ],
    ['a hole', 'overlap or leave a hole', fileWith(JSON.stringify({ a: entry('F32', [1], 0, 4), b: entry('F32', [1], 8, 12) }), 12)],
    ['data no one describes', 'differ in length', fileWith(JSON.stringify({ a: entry('F32', [1], 0, 4) }), 5)],
    [
      'one name twice',
      'occurs twice',
      fileWith(`{"a":${JSON.stringify(entry('U8', [0], 0, 0))},"\\u0061":${JSON.stringify(entry('F32', [1], 0, 4))}}`, 4),
    ],
    ['metadata that are not texts', '__metadata__', fileWith('{"__metadata__":{"a":1}}', 0)],
    ['no description', 'no description', fileWith('{"a":null}', 0)],
  ])('refuses %s', (_, message, bytes) => {
    expect(() => readSafetensors(bytes, 'model.safetensors')).toThrow(StoreProblem)
    expect(() => readSafetensors(bytes, 'model.safetensors')).toThrow(message)
    expect(() => readSafetensors(bytes, 'model.safetensors')).toThrow('model.safetensors')
  })

  test('any truncation or foreign bytes end in a StoreProblem, never in another error', () => {
    const bytes = writeSafetensors(new Map([['x', { dtype: 'F32', shape: [3], data: Float32Array.of(1, 2, 3) }]]), { a: 'b' })
    for (let length = 0; length < bytes.length; length++)
      expect(() => readSafetensors(bytes.subarray(0, length), 'x')).toThrow(StoreProblem)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (foreign) => {
        try {
          readSafetensors(foreign, 'x')
        } catch (problem) {
          expect(problem).toBeInstanceOf(StoreProblem)
        }
      }),
    )
  })

  test('the bytes are those of the format’s own writer (Python package safetensors 0.8.0, numpy.save)', () => {
    const theirs =
      'EAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJ3aG8iOiJ1cyJ9LCJmYzEvYmlhcyI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMl0sImRhdGFfb2Zmc2V0cyI6WzAsOF19LCJmYzEva2VybmVsIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsyLDJdLCJkYXRhX29mZnNldHMiOls4LDI0XX0sInN0ZXBzIjp7ImR0eXBlIjoiSTMyIiwic2hhcGUiOlsxXSwiZGF0YV9vZmZzZXRzIjpbMjQsMjhdfSwiMTIiOnsiZHR5cGUiOiJVOCIsInNoYXBlIjpbM10sImRhdGFfb2Zmc2V0cyI6WzI4LDMxXX19ICAgIAAAAD8AAIC/AACAPwAAAEAAAEBAAACAQAcAAAABAgM='
    const ours = writeSafetensors(
      new Map<string, StoredTensor>([
        ['12', { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) }],
        ['fc1/kernel', { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
        ['steps', { dtype: 'I32', shape: [1], data: Int32Array.of(7) }],
        ['fc1/bias', { dtype: 'F32', shape: [2], data: Float32Array.of(0.5, -1) }],
      ]),
      { who: 'us' },
    )
    expect(Buffer.from(ours).toString('base64')).toBe(theirs)
  })
})

describe('masks', () => {
  const mask = fc.array(fc.integer({ min: 0, max: 1 }), { maxLength: 40 }).map((bits) => Uint8Array.from(bits))

  test('what was written reads back, whatever the length', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), mask), (byName) => {
        const masks = new Map(Object.entries(byName))
        const shapes = new Map([...masks].map(([key, values]) => [key, [values.length]]))
        const read = readMasks(writeMasks(masks, shapes), 'masks')
        expect(new Map([...read].map(([key, value]) => [key, value.mask]).sort() as [string, Uint8Array][])).toEqual(
          new Map([...masks].sort()),
        )
      }),
    )
  })

  test('a weight costs a bit', () => {
    const masks = new Map([['a', new Uint8Array(80_000).fill(1)]])
    expect(writeMasks(masks, new Map([['a', [200, 400]]])).length).toBeLessThan(10_300)
  })

  test('bits past the end are refused', () => {
    const bytes = writeMasks(new Map([['a', Uint8Array.of(1, 0, 1)]]), new Map([['a', [3]]]))
    bytes[bytes.length - 1]! |= 0x80
    expect(() => readMasks(bytes, 'masks')).toThrow('bits past its end')
  })

  test('values other than 0 and 1 are not masks', () => {
    expect(() => writeMasks(new Map([['a', Uint8Array.of(2)]]), new Map([['a', [1]]]))).toThrow('the value 2')
  })
})
