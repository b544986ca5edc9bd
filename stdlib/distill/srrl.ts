/**
 * Softmax regression representation learning (Yang et al., ICLR 2021): the student's vector x, through a learned 1 × 1 convolution, batch
 * norm and ReLU, should match the teacher's t, and should get the same logits from the teacher's frozen classifier c:
 *   CE + β · (MSE(r(x), t) + MSE(c(r(x)), c(t))),
 * both averaged over batch and numbers, as in the code of Chen et al. (2022). r is removed after training.
 */

import type { Spec } from '../../dsl/parts/spec.ts'
import type { LayersModel, Tensor, Tf } from '../engine.ts'
import { batchNorm, likeTorch } from '../models/blocks/pieces.ts'
import { embeddingOf, type SymbolicTensor } from '../models/structure/rebuild.ts'
import type { BoundNetwork } from '../training/bound-network.ts'
import type { Objective } from '../training/objective.ts'
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

const connected = 'connector_relu'

/** Two outputs: the logits, and the connected vector. For vectors, a 1 × 1 convolution is a dense layer. */
function buildSrrl(tf: Tf, student: LayersModel, { width }: Srrl): LayersModel {
  const stack = [
    tf.layers.dense({ name: 'connector', units: width, useBias: false, kernelInitializer: likeTorch(tf) }),
    tf.layers.batchNormalization({ name: 'connector_bn', ...batchNorm }),
    tf.layers.activation({ name: connected, activation: 'relu' }),
  ]
  const vector = stack.reduce((x, layer) => layer.apply(x) as SymbolicTensor, embeddingOf(student))
  return tf.model({ inputs: student.inputs, outputs: [student.outputs[0]!, vector] })
}

/** The teacher's weights must be loaded in `teacher`. */
export const srrlObjective = (teacher: BoundNetwork, soft: boolean): Objective => {
  const layers = { student: [connected], teacher: [embeddingOf(teacher.model).sourceLayer.name] }
  const classifier = teacher.model.outputs[0]!.sourceLayer
  return hintObjective(teacher, layers, ['beta'], soft, ({ tf }, { own: [x], given: [t], teacherLogits }) => {
    const classified = classifier.apply(x!) as Tensor // a tensor for a tensor
    return [tf.add(tf.mean(tf.squaredDifference(x!, t!)), tf.mean(tf.squaredDifference(classified, teacherLogits)))]
  })
}
