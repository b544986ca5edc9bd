/** All augmentations of a training. Integers are drawn for each example outside the step and applied to the batch inside it. */
import type { AugmentationSpec } from '../../dsl/parts/augment.ts'
import type { Normalisation } from '../data/dataset.ts'
import type { Tensor, TensorSpec, Tf } from '../engine.ts'
import { Stream } from '../random/stream.ts'
import type { Augmentation } from './augmentation.ts'
import { augmentationOf } from './registry.ts'

export class Augmentations {
  readonly #each: readonly Augmentation[]
  /** The total number of random numbers per example. */
  readonly numbers: number

  constructor(specs: readonly AugmentationSpec[], input: readonly number[], normalisation: Normalisation) {
    this.#each = specs.map((spec) => augmentationOf(spec, input, normalisation))
    this.numbers = this.#each.reduce((sum, { numbers }) => sum + numbers, 0)
  }

  /** The input of a step: [numbers, batch], so that each number is contiguous over the examples. */
  inputs(batch: number): readonly TensorSpec[] {
    return this.numbers === 0 ? [] : [{ name: 'augmentation', shape: [this.numbers, batch], dtype: 'int32' }]
  }

  /**
   * Derived from (seed, epoch, example), so that an image's augmentation depends neither on its batch nor on earlier draws.
   * @param indices the examples' indices in their split
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

  /** @param drawn [numbers, batch]; undefined if nothing is drawn */
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
