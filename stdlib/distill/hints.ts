/**
 * Shared by distillation from features: CE + Σ weight · feature term [+ kl · τ² · KL]. The teacher is in evaluation mode and sees the
 * images of the step.
 */
import type { Engine, Tensor } from '../engine.ts'
import type { BoundNetwork } from '../training/bound-network.ts'
import type { Objective, ObjectiveInputs } from '../training/objective.ts'
import { softLoss } from './kd.ts'

/** The KL term on the teacher's predictions; absent if its weight is 0. */
interface Predictions {
  readonly kl?: number
  readonly temperature?: number
}

/** Layers of both networks whose outputs are compared. */
export interface Layers {
  readonly student: readonly string[]
  readonly teacher: readonly string[]
}

export interface Features {
  /** Features of the student's layers, in training mode. */
  readonly own: readonly Tensor[]
  /** Features of the teacher's layers, constants. */
  readonly given: readonly Tensor[]
  /** [batch, classes] */
  readonly logits: Tensor
  readonly teacherLogits: Tensor
}

/** The outputs of both networks on the images of a step. The teacher's weights must be loaded in `teacher`. */
export function featuresOf({ network, batch }: ObjectiveInputs, teacher: BoundNetwork, layers: Layers): Features {
  const { logits, taps: own } = network.tapped(layers.student, batch.images, true)
  const taught = teacher.tapped(layers.teacher, batch.images, false)
  return { own, given: taught.taps, logits, teacherLogits: taught.logits }
}

/** The names of a step's scalars: the weights of the terms, then the scalars of the KL term. */
export const hintScalars = (weights: readonly string[], soft: boolean): readonly string[] => [
  ...weights,
  ...(soft ? ['kl', 'temperature'] : []),
]

/** Their values. */
export const hintValues = (weights: readonly number[], { kl, temperature }: Predictions): readonly number[] => [
  ...weights,
  ...(kl === undefined || temperature === undefined ? [] : [kl, temperature]),
]

/** CE + Σ weight · term [+ kl · τ² · KL] → scalar. `scalars` as `hintScalars` names them. */
export function hinted({ engine, batch, scalars }: ObjectiveInputs, { logits, teacherLogits }: Features, terms: readonly Tensor[]): Tensor {
  const { tf } = engine
  const hard = tf.mean(engine.softmaxCrossEntropy(batch.labels, logits))
  const loss = terms.reduce((sum, term, i) => tf.add(sum, tf.mul(scalars[i]!, term)), hard)
  const [kl, temperature] = scalars.slice(terms.length)
  if (kl === undefined || temperature === undefined) return loss
  const divergence = softLoss(engine, { logits, teachers: [teacherLogits], temperature })
  return tf.add(loss, tf.mul(tf.mul(kl, tf.square(temperature)), divergence))
}

/** An objective with terms on features only, each with the weight of the same name. */
export const hintObjective = (
  teacher: BoundNetwork,
  layers: Layers,
  weights: readonly string[],
  soft: boolean,
  terms: (engine: Engine, features: Features) => readonly Tensor[],
): Objective => ({
  scalars: hintScalars(weights, soft),
  constants: [],
  loss(inputs) {
    const features = featuresOf(inputs, teacher, layers)
    return { loss: hinted(inputs, features, terms(inputs.engine, features)), logits: features.logits }
  },
})
