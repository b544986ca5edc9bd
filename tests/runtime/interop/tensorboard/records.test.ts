import { expect, test } from 'vitest'
import { crc32c, maskedCrc32c, record, recordsIn } from '../../../../runtime/interop/tensorboard/records.ts'

const text = (content: string) => new TextEncoder().encode(content)

test('checksums are those of RFC 3720, turned and moved as TensorFlow does', () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43)
  expect(crc32c(text('123456789'))).toBe(0xe3069283)
  // 0xe3069283 >>> 15 is 0x1c60d, << 17 is 0x25060000; together 0x2507c60d, and 0xa282ead8 more.
  expect(maskedCrc32c(text('123456789'))).toBe(0xc78ab0e5)
})

test('a record is its length, a checksum, what it holds, a checksum', () => {
  const bytes = Buffer.from(record(text('123456789')))
  expect(bytes.byteLength).toBe(8 + 4 + 9 + 4)
  expect(bytes.subarray(0, 8).toString('hex')).toBe('0900000000000000')
  expect(bytes.readUInt32LE(8)).toBe(maskedCrc32c(bytes.subarray(0, 8)))
  expect(bytes.subarray(12, 21).toString()).toBe('123456789')
  expect(bytes.subarray(21).toString('hex')).toBe('e5b08ac7')
})

test('of a file whose end is torn or damaged, what is whole is read', () => {
  const whole = Buffer.concat([record(text('one')), record(text('two'))])
  const read = (bytes: Uint8Array) => recordsIn(bytes).contents.map((content) => Buffer.from(content).toString())
  expect(read(whole)).toEqual(['one', 'two'])
  for (let end = 19; end < whole.byteLength; end++)
    expect([read(whole.subarray(0, end)), recordsIn(whole.subarray(0, end)).end]).toEqual([['one'], 19])
  for (let i = 19; i < whole.byteLength; i++) {
    const damaged = Buffer.from(whole)
    damaged[i]! ^= 1
    expect(read(damaged)).toEqual(['one'])
  }
  // A length of more than there is, with a checksum that agrees.
  const endless = Buffer.alloc(32, 255)
  endless.writeUInt32LE(maskedCrc32c(endless.subarray(0, 8)), 8)
  expect(recordsIn(endless)).toEqual({ contents: [], end: 0 })
})
