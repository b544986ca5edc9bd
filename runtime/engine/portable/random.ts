/**
 * Random numbers that depend on (seed, site) alone, site being the order of the calls inside `withRandom`: Philox4x32-10 in the
 * arrangement of TensorFlow's StatelessRandomUniform and StatelessRandomNormal, so that a dropout mask is the same on both engines.
 */
import type { Tensor, Tf } from '../../../stdlib/engine.ts'
import { philox } from '../../../stdlib/random/philox.ts'
import { problem } from './problem.ts'

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
  // The seeds are mixed first, so that weak ones are as good as others (TensorFlow's constants).
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
