/** Custom layers without weights: a function of tensors, for custom models. */
import type { Tensor, Tf } from '../engine.ts'
import type { Layer } from '../models/structure/rebuild.ts'
import { calling, wrongResult } from '../user-functions.ts'

/** [batch, …] without the batch. */
export type Shape = readonly (number | null)[]

export interface LayerOptions {
  /** Shape of what the layer gives, from what it is given. Default: the same. */
  readonly shape?: (input: Shape) => Shape
}

/** What stands in a model: `swish(tf)`, or with a name `swish(tf, 'swish1')`. */
export type CustomLayer = (tf: Tf, name?: string) => Layer

/**
 * `const swish = layer((x, tf) => tf.mul(x, tf.sigmoid(x)))`, used in the builder of a `model(…)`. tfjs differentiates it.
 * @param call what it gives for x [batch, …]; `training` is true in a training step
 */
export const layer =
  (call: (x: Tensor, tf: Tf, training: boolean) => Tensor, { shape = (input) => input }: LayerOptions = {}): CustomLayer =>
  (tf, name) => {
    class Custom extends tf.layers.Layer {
      static className = 'Custom'
      override call(inputs: Tensor | Tensor[], { training }: { readonly training?: boolean }): Tensor {
        const x = Array.isArray(inputs) ? inputs[0]! : inputs
        const y: unknown = calling('layer', this.name, () => call(x, tf, training === true))
        const expected = [x.shape[0]!, ...shape(x.shape.slice(1))]
        if (y instanceof tf.Tensor && String(y.shape) === String(expected)) return y as Tensor
        const given = y instanceof tf.Tensor ? `[${y.shape.join(', ')}]` : String(y)
        const facts = { expected: `a tensor [${expected.join(', ')}]`, given }
        const title = 'Your layer gives another shape than it says.'
        throw wrongResult('layer', this.name, title, facts, 'Give layer() its option `shape`.')
      }
      override computeOutputShape([batch, ...rest]: (number | null)[]): (number | null)[] {
        return [batch ?? null, ...shape(rest)]
      }
    }
    return new Custom(name === undefined ? {} : { name })
  }
