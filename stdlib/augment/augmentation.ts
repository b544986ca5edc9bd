/** What changes the images of a batch in a step. */
import type { Tensor, Tf } from '../engine.ts'
import type { Stream } from '../random/stream.ts'

export interface Augmentation {
  /** Numbers it draws for an example. */
  readonly numbers: number
  draw(stream: Stream): readonly number[]
  /** @param images normalised [batch, height, width, channels] @param drawn each number for all examples, int32 [batch] */
  apply(tf: Tf, images: Tensor, drawn: readonly Tensor[]): Tensor
}
