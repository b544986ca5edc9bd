import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readWeightsFile } from '../../../runtime/interop/weights-file.ts'
import { StoreProblem } from '../../../runtime/problem.ts'

const fileOf = (header: object, data: Uint8Array): Uint8Array => {
  const text = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, data])
}
const one = (dtype: string, data: ArrayBufferView, count: number) =>
  readWeightsFile(
    fileOf(
      { a: { dtype, shape: [count], data_offsets: [0, data.byteLength] } },
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    ),
    'a.safetensors',
  ).get('a')!.values

test('floats of half, single and double width come as single ones', () => {
  // IEEE 754: 1, −2, the smallest subnormal, 65504 (the largest), −0, infinity.
  expect(one('F16', Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0x8000, 0x7c00), 6)).toEqual(
    Float32Array.of(1, -2, 2 ** -24, 65504, -0, Number.POSITIVE_INFINITY),
  )
  expect(one('F16', Uint16Array.of(0x3555), 1)![0]).toBe(0.333251953125)
  // The upper half of a float32: 1, −1.5, 3.140625.
  expect(one('BF16', Uint16Array.of(0x3f80, 0xbfc0, 0x4049), 3)).toEqual(Float32Array.of(1, -1.5, 3.140625))
  expect(one('F32', Float32Array.of(0.1), 1)).toEqual(Float32Array.of(0.1))
  expect(one('F64', Float64Array.of(0.1, 1e-50), 2)).toEqual(Float32Array.of(0.1, 0))
})

test('whole numbers are no weights; other types are refused by name', () => {
  expect(one('I64', BigInt64Array.of(7n), 1)).toBeUndefined()
  expect(() => one('F8_E4M3', Uint8Array.of(1), 1)).toThrow(/a type other than F64, F32, F16, BF16/)
  expect(() => one(undefined as never, Uint8Array.of(1), 1)).toThrow(/type +none/)
})

test('a file that is not exactly right is refused, whatever is wrong with it', () => {
  const sound = fileOf(
    { a: { dtype: 'F16', shape: [2, 3], data_offsets: [0, 12] }, b: { dtype: 'F32', shape: [1], data_offsets: [12, 16] } },
    new Uint8Array(16),
  )
  expect(readWeightsFile(sound, 'f').size).toBe(2)
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }), fc.nat(20), (edits, cut) => {
      const bytes = Uint8Array.from(sound.subarray(0, sound.length - cut))
      for (const [at, value] of edits) bytes[at % bytes.length] = value
      try {
        for (const { shape, values } of readWeightsFile(bytes, 'f').values())
          expect(values?.length ?? 0).toBeLessThanOrEqual(bytes.length + shape.length)
      } catch (cause) {
        expect(cause).toBeInstanceOf(StoreProblem)
      }
    }),
    { numRuns: 500, seed: 20261130 },
  )
})
