/** Draws examples of other classes inside a step. */
import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { Engine, Tensor } from '../engine.ts'

const names = ['order', 'first', 'count'] as const

/** The names and shapes of the constants for drawing: example indices sorted by class, and the start and size of each class. */
export const drawingShapes = (examples: number, classes: number) => [
  { name: names[0], shape: [examples] },
  { name: names[1], shape: [classes] },
  { name: names[2], shape: [classes] },
]

/** @throws PipelineProblem if all examples are of one class */
export function drawing(labels: Int32Array, classes: number): ReadonlyMap<string, Float32Array> {
  const order = Float32Array.from(labels.keys()).sort((a, b) => labels[a]! - labels[b]! || a - b)
  const count = new Float32Array(classes)
  for (const label of labels) count[label]!++
  if (count.includes(labels.length)) {
    throw new PipelineProblem({
      title: 'All examples are of one class, so there are none to contrast them with.',
      facts: { examples: labels.length },
      hint: 'Train on data of several classes.',
    })
  }
  const first = new Float32Array(classes)
  for (let c = 1; c < classes; c++) first[c] = first[c - 1]! + count[c - 1]!
  return new Map([
    [names[0], order],
    [names[1], first],
    [names[2], count],
  ])
}

/**
 * How often each example was drawn for each of the batch: `negatives` draws in total, with replacement, uniformly among examples of other
 * classes. Inside `withRandom`. @param labels one-hot, or smoothed: [batch, classes] @returns [batch, examples]
 */
export function drawnNegatives(
  { tf, random }: Pick<Engine, 'tf' | 'random'>,
  constants: ReadonlyMap<string, Tensor>,
  labels: Tensor,
  negatives: number,
): Tensor {
  const [order, first, count] = names.map((name) => constants.get(name)!) as [Tensor, Tensor, Tensor]
  const [batch, examples] = [labels.shape[0]!, order.size]
  const own = tf.argMax(labels, -1)
  const [start, size] = [first, count].map((of) => tf.expandDims(tf.gather(of, own as never), 1)) as [Tensor, Tensor]
  const others = tf.sub(examples, size)
  // A number just below 1 may be rounded up to 1.
  const place = tf.minimum(tf.floor(tf.mul(random('uniform', [batch, negatives]), others)), tf.sub(others, 1))
  // Indices after the example's own class are shifted by the size of that class.
  const places = tf.add(place, tf.mul(tf.cast(tf.greaterEqual(place, start), 'float32'), size))
  const chosen = tf.cast(tf.gather(order, tf.cast(places, 'int32') as never), 'int32')
  const rows = tf.mul(tf.expandDims(tf.range(0, batch, 1, 'int32'), 1), tf.scalar(examples, 'int32'))
  const cells = tf.reshape(tf.add(chosen, rows), [batch * negatives, 1])
  return tf.reshape(tf.scatterND(cells as never, tf.ones([batch * negatives]), [batch * examples]), [batch, examples])
}
