/**
 * Relational distillation (Park et al., CVPR 2019) on the inputs of the last layers, as in RepDistiller:
 * - distances (equations 4 to 6): Huber of ‖x_i − x_j‖ / μ, μ their mean over pairs of different examples, averaged over all pairs;
 * - angles (equations 7 to 9): Huber of the cosines at x_i between x_j and x_k, averaged over all triples. The student's μ has a gradient.
 */
import type { Tensor, Tf } from '../engine.ts'
import { embeddingOf } from '../models/structure/rebuild.ts'
import type { DistillerComputation, MethodOf } from './distiller.ts'
import { hintObjective, hintValues } from './hints.ts'
import { boundTeachers } from './teacher-logits.ts'
import { unit } from './unit.ts'

export const rkdDistiller: DistillerComputation<MethodOf<'rkd'>> = {
  async prepare({ distance, angle, ...predictions }, { student, teachers }, services) {
    const [bound] = await boundTeachers(teachers, services)
    const own = await services.network(student.topology.model)
    const layers = { student: [embeddingOf(own.model).sourceLayer.name], teacher: [embeddingOf(bound!.model).sourceLayer.name] }
    const soft = predictions.kl !== undefined
    return {
      objective: hintObjective(bound!, layers, ['distance', 'angle'], soft, ({ tf }, { own: [x], given: [t] }) => [
        distanceLoss(tf, x!, t!),
        angleLoss(tf, x!, t!),
      ]),
      identity: [{ ...teachers[0].topology.model }, soft],
      scalarsAt: () => hintValues([distance, angle], predictions),
    }
  },
}

/** Vectors [batch, width] of both, widths may differ → scalar */
export const distanceLoss = (tf: Tf, own: Tensor, given: Tensor): Tensor => huber(tf, distances(tf, own), distances(tf, given))

/** Pairwise distances divided by their mean: [batch, width] → [batch, batch] */
function distances(tf: Tf, x: Tensor): Tensor {
  const n = x.shape[0]!
  const squares = tf.sum(tf.square(x), -1, true)
  const products = tf.matMul(x as never, x as never, false, true)
  const squared = tf.sub(tf.add(squares, tf.transpose(squares)), tf.mul(products, 2))
  // Removes rounding errors from the diagonal.
  const between = tf.mul(tf.sqrt(tf.maximum(squared, 1e-12)), tf.sub(1, tf.eye(n)))
  return tf.div(between, tf.div(tf.sum(between), Math.max(1, n * (n - 1))))
}

/** Vectors [batch, width] of both → scalar */
export const angleLoss = (tf: Tf, own: Tensor, given: Tensor): Tensor => huber(tf, angles(tf, own), angles(tf, given))

/** Cosines at the first of three: [batch, width] → [batch, batch, batch] */
function angles(tf: Tf, x: Tensor): Tensor {
  const directions = unit(tf, tf.sub(tf.expandDims(x, 0), tf.expandDims(x, 1)))
  return tf.matMul(directions, directions, false, true)
}

/** ½d² for differences up to 1, |d| − ½ beyond, averaged. */
function huber(tf: Tf, own: Tensor, given: Tensor): Tensor {
  const difference = tf.abs(tf.sub(own, given))
  const near = tf.minimum(difference, 1)
  return tf.mean(tf.add(tf.mul(tf.square(near), 0.5), tf.sub(difference, near)))
}
