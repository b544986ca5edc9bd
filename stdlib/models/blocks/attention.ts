/**
 * Multi-head self-attention (Vaswani et al., 2017, section 3.2), of layers that verbs can name: `NAME_query`, `NAME_key`, `NAME_value` and
 * `NAME_out` are dense, and `NAME` computes the attention between them. The outputs of the first three are interleaved by head, so that
 * heads can be removed like channels of a convolution.
 */
import type { Tensor, Tf } from '../../engine.ts'
import type { Layer, SymbolicTensor } from '../structure/rebuild.ts'

export interface AttentionOptions {
  /** The prefix of its layer names. */
  readonly name: string
  /** 1 or more. */
  readonly heads: number
  /** The dimension of a head, 1 or more. Default: features / heads. */
  readonly size?: number
  /** Each position attends only to itself and earlier positions. Default false. */
  readonly causal?: boolean
}

/**
 * Softmax(q·kᵀ/√size)·v for each head, for x [batch, length, features]; the output has the same shape. All layers have biases; kernels are
 * Glorot-uniform.
 * @throws RangeError if the features cannot be divided among the heads
 */
export function selfAttention(tf: Tf, x: SymbolicTensor, { name, heads, size, causal = false }: AttentionOptions): SymbolicTensor {
  const features = x.shape.at(-1)!
  const own = size ?? features / heads
  if (![heads, own].every((count) => Number.isInteger(count) && count > 0))
    throw new RangeError(`${name}: ${features} features cannot be shared among ${heads} heads of ${own} numbers`)
  const dense = (role: string, units: number, from: SymbolicTensor) =>
    // tf.layers types apply() for tensors and symbols at once; for a symbol it returns a symbol.
    tf.layers.dense({ name: `${name}_${role}`, units, kernelInitializer: 'glorotUniform' }).apply(from) as SymbolicTensor
  const projections = ['query', 'key', 'value'].map((role) => dense(role, heads * own, x))
  return dense('out', features, attentionLayer(tf, { name, size: own, causal }).apply(projections) as SymbolicTensor)
}

interface Between {
  readonly name: string
  readonly size: number
  readonly causal: boolean
}

/** A number that makes an entry vanish when it is added before a softmax. */
const unseen = -1e9

/** From queries, keys and values [batch, length, size · heads] to [batch, length, size · heads]; the number of heads is inferred. */
export function attentionLayer(tf: Tf, options: Between): Layer {
  class Attention extends tf.layers.Layer {
    static className = 'Attention'
    readonly #options: Between
    constructor(options: Between) {
      super({ name: options.name })
      this.#options = options
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      const { size, causal } = this.#options
      return tf.tidy(() => {
        const [queries, keys, values] = inputs as [Tensor, Tensor, Tensor] // as applied above
        const [batch, length, width] = queries.shape as [number, number, number]
        const heads = width / size
        // Element r of head h is at h + heads · r.
        const byHead = (x: Tensor) => tf.transpose(tf.reshape(x, [batch, length, size, heads]), [0, 3, 1, 2])
        const similarity = tf.mul(tf.matMul(byHead(queries), byHead(keys), false, true), 1 / Math.sqrt(size))
        const seen = causal ? tf.add(similarity, later(length)) : similarity
        const given = tf.matMul(tf.softmax(seen), byHead(values))
        return tf.reshape(tf.transpose(given, [0, 2, 3, 1]), [batch, length, width])
      })
    }

    override computeOutputShape([queries]: (number | null)[][]): (number | null)[] {
      return queries!
    }

    override getConfig(): never {
      return { ...this.#options } as never // tf.layers types configurations by their layers
    }
  }

  const later = (length: number): Tensor =>
    tf.tensor2d(
      Array.from({ length: length * length }, (_, at) => (at % length > Math.floor(at / length) ? unseen : 0)),
      [length, length],
    )

  return new Attention(options)
}
