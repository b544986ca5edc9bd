/**
 * Similarity-preserving distillation (Tung & Mori, ICCV 2019, equations 2 to 4): CE + β · ‖G_T − G_S‖² / batch². G = Q·Qᵀ for the last
 * feature maps Q [batch, numbers of a map], with each row normalised to length 1. The sizes of the maps need not agree, because each map is
 * compared only with maps of the same network.
 */
import type { Tensor, Tf } from '../engine.ts'
import type { DistillerComputation, MethodOf } from './distiller.ts'
import { hintObjective, hintValues } from './hints.ts'
import { boundTeachers } from './teacher-logits.ts'
import { unit } from './unit.ts'

export const spDistiller: DistillerComputation<MethodOf<'sp'>> = {
  async prepare({ beta, ...predictions }, { student, teachers }, services) {
    const [bound] = await boundTeachers(teachers, services)
    const own = await services.network(student.topology.model)
    const layers = { student: [own.features().layer], teacher: [bound!.features().layer] }
    const soft = predictions.kl !== undefined
    return {
      objective: hintObjective(bound!, layers, ['beta'], soft, ({ tf }, { own: [map], given: [taught] }) => [
        similarityDistance(tf, map!, taught!),
      ]),
      identity: [{ ...teachers[0].topology.model }, soft],
      scalarsAt: () => hintValues([beta], predictions),
    }
  },
}

/** Two maps of the same examples [batch, …] → scalar, the mean over pairs of examples. */
export const similarityDistance = (tf: Tf, own: Tensor, given: Tensor): Tensor =>
  tf.mean(tf.squaredDifference(similarities(tf, given), similarities(tf, own)))

/** Pairwise similarities of the examples [batch, batch], with rows of length 1. */
function similarities(tf: Tf, map: Tensor): Tensor {
  const rows = tf.reshape(map, [map.shape[0]!, -1])
  return unit(tf, tf.matMul(rows as never, rows as never, false, true))
}
