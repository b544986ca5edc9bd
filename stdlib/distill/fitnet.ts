/**
 * Hints (Romero et al., 2015) in one stage: CE + β · MSE(r(student's features), teacher's features). As in RepDistiller and in the code of
 * Chen et al. (2022), features are those after the activation, and r is a learned 1 × 1 convolution (for vectors a dense layer) with batch
 * norm and the teacher's ReLU; it is removed after training. With a weight kl, kl · τ²·KL is added.
 */

import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { Spec } from '../../dsl/parts/spec.ts'
import type { LayersModel, Tf } from '../engine.ts'
import { activatedAt, type SymbolicTensor } from '../models/structure/rebuild.ts'
import type { BoundNetwork } from '../training/bound-network.ts'
import type { Objective } from '../training/objective.ts'
import { connected, endOf } from './connector.ts'
import type { DistillerComputation, MethodOf } from './distiller.ts'
import { withHeads, withoutHeads } from './heads.ts'
import { hintObjective, hintValues } from './hints.ts'
import { boundTeachers } from './teacher-logits.ts'

export const fitnetDistiller: DistillerComputation<MethodOf<'fitnet'>> = {
  async prepare({ student: layer, teacher: named, beta, ...predictions }, { student, teachers, options }, services) {
    const [bound] = await boundTeachers(teachers, services)
    const hint = activatedAt(bound!.model, named)
    const like = { width: bound!.widthAt(hint), activation: activationOf(bound!.model, hint) }
    const spec = fitnetSpec({ student: student.topology.model, layer, ...like })
    const { topology } = await services.network(spec)
    return {
      network: withHeads(topology, student, options.seed),
      objective: fitnetObjective(bound!, hint, predictions.kl !== undefined),
      identity: [{ ...teachers[0].topology.model }, hint, predictions.kl !== undefined],
      scalarsAt: () => hintValues([beta], predictions),
      result: withoutHeads(student),
    }
  },
  refuseUnlike: ({ student: layer, teacher: hint }, _, student, teacher) => {
    const shapeOf = (model: LayersModel, name: string) => (model.getLayer(activatedAt(model, name)).output as SymbolicTensor).shape
    const [own, target] = [shapeOf(student, layer), shapeOf(teacher, hint)]
    if (own.length !== target.length || own.slice(1, -1).join() !== target.slice(1, -1).join()) throw unlike(own, target)
  },
  network: (tf, options, { other }) => {
    const fitnet = options as unknown as FitNet // what fitnetSpec wrote
    return buildFitNet(tf, other(fitnet.student), fitnet)
  },
}

/** Options of the network `fitnet`: a student with its regressor. */
interface FitNet {
  readonly student: Spec
  /** The guided layer of the student. */
  readonly layer: string
  /** Channels of the teacher's layer. */
  readonly width: number
  /** How r ends: a ReLU's features are never negative, and others may be. */
  readonly activation: 'relu' | 'linear'
}

export const fitnetSpec = ({ student, layer, width, activation }: FitNet): Spec => ({
  name: 'fitnet',
  options: { student: { ...student }, layer, width, activation },
})

function activationOf(model: LayersModel, name: string): FitNet['activation'] {
  const layer = model.getLayer(name)
  return layer.getClassName() === 'ReLU' || layer.getConfig().activation === 'relu' ? 'relu' : 'linear'
}

const regressor = 'regressor'

/** Two outputs: the logits, and the regressed features. */
function buildFitNet(tf: Tf, student: LayersModel, { layer, width, activation }: FitNet): LayersModel {
  const features = student.getLayer(activatedAt(student, layer)).output as SymbolicTensor
  const own = connected(tf, features, { name: regressor, width, activation })
  return tf.model({ inputs: student.inputs, outputs: [student.outputs[0]!, own] })
}

/** The teacher's weights must be loaded in `teacher`. Scalars: β, and with a KL term also kl and τ. */
export const fitnetObjective = (teacher: BoundNetwork, layer: string, soft = false): Objective =>
  hintObjective(teacher, { student: [endOf(regressor)], teacher: [layer] }, ['beta'], soft, ({ tf }, { own: [own], given: [target] }) => {
    if (own!.shape.join() !== target!.shape.join()) throw unlike(own!.shape, target!.shape)
    return [tf.mean(tf.squaredDifference(own!, target!))]
  })

const unlike = (own: readonly (number | null)[], target: readonly (number | null)[]) =>
  new PipelineProblem({
    title: "The student's layer and the teacher's have features of different sizes.",
    facts: { student: `[${own.slice(1).join(', ')}]`, teacher: `[${target.slice(1).join(', ')}]` },
    hint: 'Choose layers with maps of the same height and width.',
  })
