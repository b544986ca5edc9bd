/**
 * Attention transfer (Zagoruyko & Komodakis, ICLR 2017, equation 2): CE + β · Σ over pairs of layers ‖Q_S − Q_T‖², with Q the squares of a
 * map averaged over channels, as one vector normalised to length 1. As in the authors' code and in RepDistiller (β = 1000), the squared
 * differences are also averaged over positions, so that β is independent of the map size. The larger of two maps is first averaged to the
 * size of the smaller one.
 */

import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { LayersModel, Tensor, Tf } from '../engine.ts'
import { activatedAt, type SymbolicTensor } from '../models/structure/rebuild.ts'
import { averagedTo } from './adaptive-pool.ts'
import type { DistillerComputation, MethodOf } from './distiller.ts'
import { hintObjective, hintValues } from './hints.ts'
import { boundTeachers } from './teacher-logits.ts'
import { unit } from './unit.ts'

export const atDistiller: DistillerComputation<MethodOf<'at'>> = {
  async prepare({ student: own, teacher: given, beta, ...predictions }, { student, teachers }, services) {
    const [bound] = await boundTeachers(teachers, services)
    const { model } = await services.network(student.topology.model)
    const layers = {
      student: own.map((layer) => activatedAt(model, layer)),
      teacher: given.map((layer) => activatedAt(bound!.model, layer)),
    }
    const soft = predictions.kl !== undefined
    return {
      objective: hintObjective(bound!, layers, ['beta'], soft, ({ tf }, { own, given }) => [
        tf.addN(own.map((map, i) => attentionDistance(tf, map, given[i]!))),
      ]),
      identity: [{ ...teachers[0].topology.model }, [...layers.student], [...layers.teacher], soft],
      scalarsAt: () => hintValues([beta], predictions),
    }
  },
  refuseUnlike({ student: own, teacher: given }, _, student, teacher) {
    const vector = own.find((layer) => !isMap(student, layer)) ?? given.find((layer) => !isMap(teacher, layer))
    if (vector === undefined) return
    throw new PipelineProblem({
      title: `${vector} gives a vector, which has no positions to attend to.`,
      facts: { layers: [...own, ...given].join(', ') },
      hint: 'Name convolutions.',
    })
  },
}

const isMap = (model: LayersModel, layer: string): boolean =>
  (model.getLayer(activatedAt(model, layer)).output as SymbolicTensor).shape.length === 4

/** Two maps [batch, height, width, channels] → scalar, the mean over batch and positions of (Q_S − Q_T)². */
export function attentionDistance(tf: Tf, own: Tensor, given: Tensor): Tensor {
  const [tall, high] = [own.shape[1]!, given.shape[1]!]
  const [s, t] = [
    tall > high ? averagedTo(tf, own, given.shape.slice(1, 3)) : own,
    tall < high ? averagedTo(tf, given, own.shape.slice(1, 3)) : given,
  ]
  return tf.mean(tf.squaredDifference(attention(tf, s), attention(tf, t)))
}

/** Q of a map: [batch, height, width, channels] → [batch, height · width] */
const attention = (tf: Tf, map: Tensor): Tensor => unit(tf, tf.reshape(tf.mean(tf.square(map), -1), [map.shape[0]!, -1]))
