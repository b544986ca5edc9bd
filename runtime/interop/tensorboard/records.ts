/**
 * Records of TensorFlow event files (TFRecord): length as a 64-bit number, its checksum, content, its checksum, all little-
 * endian. A checksum is a CRC-32C (Castagnoli), rotated by 15 bits plus a constant, so that checksums can be stored in checksummed data.
 */

/** The polynomial of RFC 3720 with its bits reversed. */
const polynomial = 0x82f63b78
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ polynomial : rest >>> 1
  return rest
})

export function crc32c(content: Uint8Array): number {
  let rest = 0xffffffff
  for (const byte of content) rest = (rest >>> 8) ^ table[(rest ^ byte) & 255]!
  return (rest ^ 0xffffffff) >>> 0
}

export function maskedCrc32c(content: Uint8Array): number {
  const crc = crc32c(content)
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}

/** Overhead of a record in bytes. */
const [head, tail] = [12, 4]

export function record(content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head + content.byteLength + tail)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(content.byteLength), true)
  view.setUint32(8, maskedCrc32c(bytes.subarray(0, 8)), true)
  bytes.set(content, head)
  view.setUint32(head + content.byteLength, maskedCrc32c(content), true)
  return bytes
}

export interface Records {
  readonly contents: readonly Uint8Array[]
  /** End of the last complete record; the rest is partial. */
  readonly end: number
}

/** Complete records only. */
export function recordsIn(bytes: Uint8Array): Records {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const contents: Uint8Array[] = []
  let end = 0
  while (bytes.byteLength - end >= head + tail) {
    const length = Number(view.getBigUint64(end, true))
    if (view.getUint32(end + 8, true) !== maskedCrc32c(bytes.subarray(end, end + 8))) break
    if (length > bytes.byteLength - end - head - tail) break
    const content = bytes.subarray(end + head, end + head + length)
    if (view.getUint32(end + head + length, true) !== maskedCrc32c(content)) break
    contents.push(content)
    end += head + length + tail
  }
  return { contents, end }
}
