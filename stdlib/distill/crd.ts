/**
 * Contrastive representation distillation (Tian, Krishnan & Isola, ICLR 2020): CE + β · NCE [+ kl · τ² · KL]. Learned linear embeddings of
 * student and teacher, normalised to length 1, are pulled together for the same example and pushed apart for examples of other classes,
 * which come from a memory bank of the whole split. Both embeddings are removed after training. Negatives are drawn with replacement, as in
 * NCE; RepDistiller draws without replacement if there are enough examples of other classes.
 */

import type { Spec } from '../../dsl/parts/spec.ts'
import type { LayersModel, Tensor, Tf } from '../engine.ts'
import { likeTorch } from '../models/blocks/pieces.ts'
import { embeddingOf, type SymbolicTensor } from '../models/structure/rebuild.ts'
import type { BoundNetwork } from '../training/bound-network.ts'
import type { Objective } from '../training/objective.ts'
import type { DistillerComputation, MethodOf } from './distiller.ts'
import { withHeads, withoutHeads } from './heads.ts'
import { featuresOf, hinted, hintScalars, hintValues } from './hints.ts'
import { bankShapes, contrast, firstBank } from './memory-bank.ts'
import { drawing, drawingShapes, drawnNegatives } from './negatives.ts'
import { boundTeachers } from './teacher-logits.ts'
import { unit } from './unit.ts'
import { refuseMaps } from './vectors.ts'

export const crdDistiller: DistillerComputation<MethodOf<'crd'>> = {
  async prepare({ beta, negatives, width, contrast: temperature, momentum, ...predictions }, { student, teachers, options }, services) {
    const [bound] = await boundTeachers(teachers, services)
    const examples = await services.examples(options.data, 'train')
    const of = { student: student.topology.model, teacher: embeddingOf(bound!.model).shape.at(-1)!, width }
    const { topology } = await services.network(crdSpec(of))
    const { classes } = student.topology
    const soft = predictions.kl !== undefined
    const sizes = { examples: examples.count, classes, negatives, width }
    return {
      network: withHeads(topology, student, options.seed),
      objective: crdObjective(bound!, sizes, soft),
      identity: [{ ...teachers[0].topology.model }, { ...sizes }, soft],
      scalarsAt: () => [...hintValues([beta], predictions), temperature, momentum],
      constants: drawing(await examples.classes(), classes),
      state: firstBank(options.seed, examples.count, width),
      result: withoutHeads(student),
    }
  },
  refuseUnlike: (_method, _tf, student, teacher) => {
    refuseMaps('crd()', student, teacher)
  },
  network: (tf, options, { other }) => {
    const crd = options as unknown as Crd // what crdSpec wrote
    return buildCrd(tf, other(crd.student), crd)
  },
}

/** Options of the network `crd`: a student with both embeddings. */
interface Crd {
  readonly student: Spec
  /** The dimension of the teacher's vector. */
  readonly teacher: number
  /** The dimension of an embedding. */
  readonly width: number
}

export const crdSpec = ({ student, teacher, width }: Crd): Spec => ({ name: 'crd', options: { student: { ...student }, teacher, width } })

const [ofStudent, ofTeacher] = ['embedding_student', 'embedding_teacher']

/** Two inputs, the images and the teacher's vector; three outputs, the logits and both embeddings. */
function buildCrd(tf: Tf, student: LayersModel, { teacher, width }: Crd): LayersModel {
  const given = tf.input({ shape: [teacher], name: 'teacher_vector' })
  const embedded = (name: string, vector: SymbolicTensor) =>
    tf.layers.dense({ name, units: width, kernelInitializer: likeTorch(tf) }).apply(vector) as SymbolicTensor
  return tf.model({
    inputs: [student.inputs[0]!, given],
    outputs: [student.outputs[0]!, embedded(ofStudent, embeddingOf(student)), embedded(ofTeacher, given)],
  })
}

interface Sizes {
  readonly examples: number
  readonly classes: number
  readonly negatives: number
  readonly width: number
}

/**
 * The teacher's weights must be loaded in `teacher`. Scalars: those of hints, then the temperature of the scores and the momentum of the
 * bank.
 */
export function crdObjective(teacher: BoundNetwork, { examples, classes, negatives, width }: Sizes, soft: boolean): Objective {
  const weights = hintScalars(['beta'], soft)
  const layers = { student: [ofStudent], teacher: [embeddingOf(teacher.model).sourceLayer.name] }
  return {
    scalars: [...weights, 'contrast', 'momentum'],
    constants: drawingShapes(examples, classes),
    state: bankShapes(examples, width),
    loss(inputs) {
      const { engine, network, batch, scalars, constants, state } = inputs
      const { tf } = engine
      const features = featuresOf(inputs, teacher, layers)
      const given = network.model.getLayer(ofTeacher).apply(features.given[0]!) as Tensor // a tensor for a tensor
      const [temperature, momentum] = scalars.slice(weights.length) as [Tensor, Tensor]
      const { loss: distance, updates } = contrast(engine, {
        own: unit(tf, features.own[0]!),
        given: unit(tf, given),
        indices: batch.indices,
        drawn: drawnNegatives(engine, constants, batch.labels, negatives),
        negatives,
        temperature,
        momentum,
        state: state!,
      })
      const loss = hinted({ ...inputs, scalars: scalars.slice(0, weights.length) }, features, [distance])
      return { loss, logits: features.logits, updates }
    },
  }
}
