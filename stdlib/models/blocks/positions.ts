/** Learned position embeddings: one vector for each position, added to the input (Dosovitskiy et al., 2021, equation 1). */
import type { Tensor, Tf } from '../../engine.ts'
import type { DeclaredWeight, Layer } from '../structure/rebuild.ts'

/** [batch, length, features] → the same. N(0, 0.02²) at first. */
export function positionsLayer(tf: Tf, name: string): Layer {
  class Positions extends tf.layers.Layer {
    static className = 'Positions'
    declared: ReadonlyMap<string, DeclaredWeight> = new Map()
    #positions: { read(): Tensor } | undefined

    override build([, ...shape]: (number | null)[]): void {
      const own = shape as number[] // only the batch size is unknown
      // The values come from the network's weights.
      this.#positions = this.addWeight('positions', own, 'float32', tf.initializers.zeros())
      this.declared = new Map([
        ['positions', { shape: own, role: 'embedding', prunable: false, initializer: { kind: 'normal', std: 0.02 } }],
      ])
      super.build([null, ...shape])
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      return tf.add(Array.isArray(inputs) ? inputs[0]! : inputs, this.#positions!.read())
    }

    override computeOutputShape(shape: (number | null)[]): (number | null)[] {
      return shape
    }
  }
  return new Positions({ name })
}
