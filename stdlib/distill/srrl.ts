/**
 * Softmax regression representation learning (Yang et al., ICLR 2021): the student's vector x, through a learned 1 × 1 convolution, batch
 * norm and ReLU, should match the teacher's t, and should get the same logits from the teacher's frozen classifier c:
 *   CE + β · (MSE(r(x), t) + MSE(c(r(x)), c(t))),
 * both averaged over batch and numbers, as in the code of Chen et al. (2022). r is removed after training.
 */

import type { Spec } from '../../dsl/parts/spec.ts'
import type { LayersModel, Tensor, Tf } from '../engine.ts'
import { embeddingOf } from '../models/structure/rebuild.ts'
import type { BoundNetwork } from '../training/bound-network.ts'
import type { Objective } from '../training/objective.ts'
import { connected, endOf } from './connector.ts'
import type { DistillerComputation, MethodOf } from './distiller.ts'
import { withHeads, withoutHeads } from './heads.ts'
import { hintObjective, hintValues } from './hints.ts'
import { boundTeachers } from './teacher-logits.ts'
import { refuseMaps } from './vectors.ts'

export const srrlDistiller: DistillerComputation<MethodOf<'srrl'>> = {
  async prepare({ beta, ...predictions }, { student, teachers, options }, services) {
    const [bound] = await boundTeachers(teachers, services)
    const spec = srrlSpec({ student: student.topology.model, width: embeddingOf(bound!.model).shape.at(-1)! })
    const { topology } = await services.network(spec)
    const soft = predictions.kl !== undefined
    return {
      network: withHeads(topology, student, options.seed),
      objective: srrlObjective(bound!, soft),
      identity: [{ ...teachers[0].topology.model }, soft],
      scalarsAt: () => hintValues([beta], predictions),
      result: withoutHeads(student),
    }
  },
  refuseUnlike: (_method, _tf, student, teacher) => {
    refuseMaps('srrl()', student, teacher)
  },
  network: (tf, options, { other }) => {
    const srrl = options as unknown as Srrl // what srrlSpec wrote
    return buildSrrl(tf, other(srrl.student), srrl)
  },
}

/** Options of the network `srrl`: a student with its connector. */
interface Srrl {
  readonly student: Spec
  /** The dimension of the teacher's vector. */
  readonly width: number
}

export const srrlSpec = ({ student, width }: Srrl): Spec => ({ name: 'srrl', options: { student: { ...student }, width } })

const connector = 'connector'

/** Two outputs: the logits, and the connected vector. */
function buildSrrl(tf: Tf, student: LayersModel, { width }: Srrl): LayersModel {
  const vector = connected(tf, embeddingOf(student), { name: connector, width, activation: 'relu' })
  return tf.model({ inputs: student.inputs, outputs: [student.outputs[0]!, vector] })
}

/** The teacher's weights must be loaded in `teacher`. */
export const srrlObjective = (teacher: BoundNetwork, soft: boolean): Objective => {
  const layers = { student: [endOf(connector)], teacher: [embeddingOf(teacher.model).sourceLayer.name] }
  const classifier = teacher.model.outputs[0]!.sourceLayer
  return hintObjective(teacher, layers, ['beta'], soft, ({ tf }, { own: [x], given: [t], teacherLogits }) => {
    const classified = classifier.apply(x!) as Tensor // a tensor for a tensor
    return [tf.add(tf.mean(tf.squaredDifference(x!, t!)), tf.mean(tf.squaredDifference(classified, teacherLogits)))]
  })
}
