/** Average pooling of maps to a common size, like PyTorch's `adaptive_avg_pool2d`. */
import type { Tensor, Tf } from '../engine.ts'

/**
 * [batch, height, width, channels] → [batch, to, to2, channels]. Position i of an axis of n averages those from ⌊i·n/to⌋ to ⌈(i + 1)·n/to⌉:
 * windows of one size if n is a multiple of `to`, overlapping ones otherwise.
 */
export function averagedTo(tf: Tf, map: Tensor, sizes: readonly number[]): Tensor {
  const [height, width] = map.shape.slice(1) as [number, number]
  const [tall, wide] = sizes as [number, number]
  // tf.matMul multiplies the last axis, so the axis to average is moved there; after two passes the axes are in their original order.
  const rows = tall === height ? map : averaged(tf, map, [0, 2, 3, 1], tall, [0, 3, 1, 2])
  return wide === width ? rows : averaged(tf, rows, [0, 1, 3, 2], wide, [0, 1, 3, 2])
}

function averaged(tf: Tf, map: Tensor, last: number[], to: number, back: number[]): Tensor {
  const turned = tf.transpose(map, last)
  const n = turned.shape.at(-1)!
  const rows = tf.reshape(turned, [-1, n])
  return tf.transpose(tf.reshape(tf.matMul(rows as never, tf.tensor2d(shares(n, to), [n, to])), [...turned.shape.slice(0, -1), to]), back)
}

/** The weight of each of n positions in each of `to`, [n, to] row-major. */
function shares(n: number, to: number): Float32Array {
  const all = new Float32Array(n * to)
  for (let i = 0; i < to; i++) {
    const [from, end] = [Math.floor((i * n) / to), Math.ceil(((i + 1) * n) / to)]
    for (let position = from; position < end; position++) all[position * to + i] = 1 / (end - from)
  }
  return all
}
