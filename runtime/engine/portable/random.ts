/**
 * Random numbers that come from (seed, site) alone, site being the order of the calls inside `withRandom`: Philox4x32-10
 * in the arrangement of TensorFlow's StatelessRandomUniform and StatelessRandomNormal, so that a dropout mask is the same on both engines.
 */
import type { Tensor, Tf } from '../../../stdlib/engine.ts'
import { problem } from './problem.ts'

type Words = readonly [number, number, number, number]
type Key = readonly [number, number]

export interface RandomStreams {
  withRandom<T>(seed: Tensor, body: () => T): T
  random(kind: 'uniform' | 'normal', shape: readonly number[]): Tensor
}

export function randomStreams(tf: Tf): RandomStreams {
  let stream: { readonly seed: number; site: number } | undefined
  return {
    withRandom(seed, body) {
      if (seed.dtype !== 'int32' || seed.size !== 1) {
        throw problem('bad-step', {
          title: 'a seed of random numbers is one int32',
          facts: [['seed', `${seed.dtype} [${seed.shape.join(', ')}]`]],
          hint: 'Pass an int32 scalar that changes every step.',
        })
      }
      const outer = stream
      stream = { seed: seed.dataSync<'int32'>()[0]!, site: 0 }
      try {
        return body()
      } finally {
        stream = outer
      }
    },
    random(kind, shape) {
      if (stream === undefined) {
        throw problem('bad-step', {
          title: 'random numbers were asked for outside withRandom',
          facts: [['asked for', `${kind} [${shape.join(', ')}]`]],
          hint: 'Wrap the forward pass in engine.withRandom(seed, …).',
        })
      }
      const values = drawRandom(kind, stream.seed, stream.site++, tf.util.sizeFromShape([...shape]))
      return tf.tensor(values, [...shape])
    },
  }
}

/** `count` numbers of the stream (seed, site): uniform in [0, 1) with 23 bits, or standard normal by Box-Muller. */
export function drawRandom(kind: 'uniform' | 'normal', seed: number, site: number, count: number): Float32Array {
  // The seeds are mixed first, so that no part of them needs to be strong (TensorFlow's constants).
  const mixed = philox([0x3ec8f720, 0x02461e29], [seed >>> 0, (seed >> 31) >>> 0, site >>> 0, 0])
  const values = new Float32Array(count)
  for (let at = 0, block = 0; at < count; at += 4, block++) {
    const words = philox([mixed[0], mixed[1]], [block, 0, mixed[2], mixed[3]])
    const four = kind === 'uniform' ? words.map(toUnit) : [...boxMuller(words[0], words[1]), ...boxMuller(words[2], words[3])]
    for (let i = 0; i < 4 && at + i < count; i++) values[at + i] = four[i]!
  }
  return values
}

function boxMuller(word0: number, word1: number): [number, number] {
  const radius = Math.sqrt(-2 * Math.log(Math.max(toUnit(word0), 1e-7)))
  const angle = 2 * Math.PI * toUnit(word1)
  return [radius * Math.sin(angle), radius * Math.cos(angle)]
}

const toUnit = (word: number): number => (word & 0x7fffff) / 0x800000

function philox(key: Key, counter: Words): Words {
  let [c0, c1, c2, c3] = counter
  let [k0, k1] = key
  for (let round = 0; round < 10; round++) {
    const high0 = highProduct(0xd2511f53, c0)
    const high1 = highProduct(0xcd9e8d57, c2)
    const low0 = Math.imul(0xd2511f53, c0)
    const low1 = Math.imul(0xcd9e8d57, c2)
    c0 = high1 ^ c1 ^ k0
    c1 = low1
    c2 = high0 ^ c3 ^ k1
    c3 = low0
    k0 = (k0 + 0x9e3779b9) | 0
    k1 = (k1 + 0xbb67ae85) | 0
  }
  return [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0]
}

/** The upper 32 bits of the product of two unsigned 32-bit numbers. */
function highProduct(a: number, b: number): number {
  const [aLow, aHigh, bLow, bHigh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16]
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16)
  const carried = aLow * bHigh + (middle & 0xffff)
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carried / 0x10000)) | 0
}
