/** A square of the mean colour somewhere in the image (DeVries & Taylor, 2017). */
import type { Tensor } from '../engine.ts'
import type { Augmentation } from './augmentation.ts'

/** @param side of the square, in pixels @param size [height, width] */
export const cutoutAugmentation = (side: number, [height, width]: readonly [number, number]): Augmentation => ({
  numbers: 2,
  draw: (stream) => [stream.below(height), stream.below(width)],
  apply: (tf, images, [y, x]) => {
    const batch = images.shape[0]!
    const half = Math.floor(side / 2)
    /** 1 for pixels that the square covers. */
    const covered = (centre: Tensor, places: number) => {
      const distance = tf.sub(tf.range(0, places, 1, 'int32'), tf.reshape(centre, [batch, 1]))
      const covers = tf.logicalAnd(tf.greaterEqual(distance, tf.scalar(-half, 'int32')), tf.less(distance, tf.scalar(side - half, 'int32')))
      return tf.cast(covers, 'float32') as Tensor
    }
    const square = tf.mul(tf.reshape(covered(y!, height), [batch, height, 1, 1]), tf.reshape(covered(x!, width), [batch, 1, width, 1]))
    // Normalised, the mean is zero.
    return tf.mul(images, tf.sub(1, square))
  },
})
