/** Images mirrored left to right, each with probability one half. */
import type { Tensor } from '../engine.ts'
import type { Augmentation } from './augmentation.ts'

export const flipAugmentation: Augmentation = {
  numbers: 1,
  draw: (stream) => [stream.below(2)],
  apply: (tf, images, [mirrored]) => {
    const share = tf.reshape(tf.cast(mirrored!, 'float32'), [-1, 1, 1, 1]) as Tensor
    return tf.add(tf.mul(images, tf.sub(1, share)), tf.mul(tf.reverse(images, 2), share))
  },
}
