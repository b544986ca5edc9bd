/** Random numbers of a step, which depend on (seed, order of the calls) alone: TensorFlow's stateless Philox. */
import type { Tensor } from '../../../stdlib/engine.ts'
import { engineProblems } from '../problems.ts'
import { attr } from './attributes.ts'
import { type Backend, raw, tf } from './backend.ts'
import { dtypes } from './metadata.ts'

export interface RandomStreams {
  /** Inside `body`, random numbers come from `seed` (int32 scalar). */
  withRandom<T>(seed: Tensor, body: () => T): T
  random(kind: 'uniform' | 'normal', shape: readonly number[]): Tensor
}

const ops = { uniform: 'StatelessRandomUniform', normal: 'StatelessRandomNormal' } as const

export function randomStreams(backend: Backend): RandomStreams {
  let stream: { readonly seed: Tensor; site: number } | undefined
  return {
    withRandom(seed, body) {
      const outer = stream
      stream = { seed, site: 0 }
      try {
        return body()
      } finally {
        stream = outer
      }
    },
    random(kind, shape) {
      if (stream === undefined)
        throw engineProblems.badStep(
          'Random numbers were asked for outside withRandom.',
          [['asked for', `${kind} [${shape.join(', ')}]`]],
          'Wrap the forward pass in engine.withRandom(seed, …).',
        )
      const key = tf.stack([stream.seed, tf.scalar(stream.site++, 'int32')])
      const draw = (op: string, dtype: number, size: readonly number[]) => {
        const types = [attr.type('dtype', dtype), attr.type('T', dtypes.INT32), attr.type('Tseed', dtypes.INT32)]
        return raw(backend, op, [tf.tensor1d([...size], 'int32'), key], types)[0]!
      }
      if (!backend.binding.trace?.xla) return draw(ops[kind], dtypes.FLOAT, shape)
      return tf.tidy(() => fromWords(backend, kind, shape, (count) => draw('StatelessRandomUniformFullInt', dtypes.INT32, [count])))
    },
  }
}

/**
 * XLA draws the same words, but converts them differently: its uniform uses the high bits, its normal inverts the error function.
 * This follows TensorFlow's own kernels: the low 23 bits; Box-Muller over pairs.
 */
function fromWords(backend: Backend, kind: keyof typeof ops, shape: readonly number[], words: (count: number) => Tensor): Tensor {
  const size = tf.util.sizeFromShape([...shape])
  const drawn = kind === 'uniform' ? size : size + (size % 2)
  const low = raw(backend, 'BitwiseAnd', [words(drawn), tf.scalar(0x7fffff, 'int32')], [attr.type('T', dtypes.INT32)])[0]!
  const unit = tf.mul(tf.cast(low, 'float32'), 2 ** -23)
  if (kind === 'uniform') return tf.reshape(unit, [...shape])
  const [first, second] = tf.unstack(tf.reshape(unit, [-1, 2]), 1)
  const radius = tf.sqrt(tf.mul(tf.log(tf.maximum(first!, 1e-7)), -2))
  const angle = tf.mul(second!, 2 * Math.PI)
  const pairs = tf.stack([tf.mul(radius, tf.sin(angle)), tf.mul(radius, tf.cos(angle))], 1)
  return tf.reshape(tf.slice(tf.reshape(pairs, [-1]), 0, size), [...shape])
}
