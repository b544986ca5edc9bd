import type { Normalisation } from '../data/dataset.ts'
import type { Tensor } from '../engine.ts'
import type { Augmentation } from './augmentation.ts'

/** @param pixels width of the border @param size [height, width] */
export const padCropAugmentation = (
  pixels: number,
  [height, width]: readonly [number, number],
  { mean, std }: Normalisation,
): Augmentation => ({
  numbers: 2,
  draw: (stream) => [stream.below(2 * pixels + 1), stream.below(2 * pixels + 1)],
  apply: (tf, images, [down, right]) => {
    const batch = images.shape[0]!
    const channels = images.shape[3]!
    // The source of each row and column of the result; outside the image is the border.
    const rows = tf.add(tf.reshape(down!, [batch, 1]), tf.range(-pixels, height - pixels, 1, 'int32')) as Tensor
    const columns = tf.add(tf.reshape(right!, [batch, 1]), tf.range(-pixels, width - pixels, 1, 'int32')) as Tensor
    const within = (places: Tensor, size: number) =>
      tf.cast(tf.logicalAnd(tf.greaterEqual(places, tf.scalar(0, 'int32')), tf.less(places, tf.scalar(size, 'int32'))), 'float32')
    const clamped = (places: Tensor, size: number) =>
      tf.minimum(tf.maximum(places, tf.scalar(0, 'int32')), tf.scalar(size - 1, 'int32')) as Tensor
    const example = tf.reshape(tf.range(0, batch, 1, 'int32'), [batch, 1])
    const row = tf.add(tf.mul(example, tf.scalar(height, 'int32')), clamped(rows, height))
    const place = tf.add(
      tf.mul(tf.reshape(row, [batch, height, 1]), tf.scalar(width, 'int32')),
      tf.reshape(clamped(columns, width), [batch, 1, width]),
    )
    const taken = tf.gather(tf.reshape(images, [batch * height * width, channels]), tf.reshape(place, [batch * height * width]) as never) // a list of places
    const inside = tf.mul(
      tf.reshape(within(rows, height), [batch, height, 1, 1]),
      tf.reshape(within(columns, width), [batch, 1, width, 1]),
    ) as Tensor
    const black = tf.tensor1d(mean.map((average, channel) => -average / std[channel]!))
    return tf.add(tf.mul(tf.reshape(taken, images.shape), inside), tf.mul(tf.sub(1, inside), black))
  },
})
