/** An augmentation of the images of a batch in a step. */
import type { Tensor, Tf } from '../engine.ts'
import type { Stream } from '../random/stream.ts'

export interface Augmentation {
  /** The number of random numbers per example. */
  readonly numbers: number
  draw(stream: Stream): readonly number[]
  /** @param images normalised [batch, height, width, channels] @param drawn each random number for all examples, int32 [batch] */
  apply(tf: Tf, images: Tensor, drawn: readonly Tensor[]): Tensor
}
