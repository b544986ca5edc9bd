/** All augmentations of a training: whole numbers are drawn for each example outside of the step, and applied to all at once inside. */
import type { AugmentationSpec } from '../../dsl/parts/augment.ts'
import type { Normalisation } from '../data/dataset.ts'
import type { Tensor, TensorSpec, Tf } from '../engine.ts'
import { Stream } from '../random/stream.ts'
import type { Augmentation } from './augmentation.ts'
import { augmentationOf } from './registry.ts'

export class Augmentations {
  readonly #each: readonly Augmentation[]
  /** Numbers drawn for an example in all. */
  readonly numbers: number

  constructor(specs: readonly AugmentationSpec[], input: readonly number[], normalisation: Normalisation) {
    this.#each = specs.map((spec) => augmentationOf(spec, input, normalisation))
    this.numbers = this.#each.reduce((sum, { numbers }) => sum + numbers, 0)
  }

  /** What a step is told: [numbers, batch], so that each number of all examples lies together. */
  inputs(batch: number): readonly TensorSpec[] {
    return this.numbers === 0 ? [] : [{ name: 'augmentation', shape: [this.numbers, batch], dtype: 'int32' }]
  }

  /**
   * From (seed, epoch, example): what an image becomes depends neither on its batch nor on what was drawn before.
   * @param indices the examples' numbers in their split
   */
  drawn(seed: number, epoch: number, indices: Int32Array): Int32Array {
    const all = new Int32Array(this.numbers * indices.length)
    indices.forEach((index, i) => {
      const stream = new Stream(seed, 'augment', index, epoch)
      this.#each
        .flatMap((each) => each.draw(stream))
        .forEach((number, k) => {
          all[k * indices.length + i] = number
        })
    })
    return all
  }

  /** @param drawn [numbers, batch]; undefined when nothing is drawn */
  apply(tf: Tf, images: Tensor, drawn: Tensor | undefined): Tensor {
    if (drawn === undefined) return images
    const numbers = tf.unstack(drawn)
    let at = 0
    return this.#each.reduce((changed, each) => {
      const own = numbers.slice(at, at + each.numbers)
      at += each.numbers
      return each.apply(tf, changed, own)
    }, images)
  }
}
