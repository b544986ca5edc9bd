/** Random numbers of a step: from (seed, order of the calls) alone, by TensorFlow's stateless Philox. */
import type { Tensor } from '../../../stdlib/engine.ts'
import { engineProblems } from '../problems.ts'
import { attr } from './attributes.ts'
import { type Backend, raw, tf } from './backend.ts'
import { dtypes } from './binding.ts'

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
      const types = [attr.type('dtype', dtypes.FLOAT), attr.type('T', dtypes.INT32), attr.type('Tseed', dtypes.INT32)]
      return raw(backend, ops[kind], [tf.tensor1d([...shape], 'int32'), key], types)[0]!
    },
  }
}
