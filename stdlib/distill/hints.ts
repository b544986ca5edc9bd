/**
 * What learning from a teacher's features has in common: CE + Σ weight · term of features [+ kl · τ² · KL]. The teacher is in evaluation
 * mode and sees the images of the step.
 */
import type { Engine, Tensor } from '../engine.ts'
import type { BoundNetwork } from '../training/bound-network.ts'
import type { Objective, ObjectiveInputs } from '../training/objective.ts'
import { softLoss } from './kd.ts'

/** The teacher's predictions beside its features; absent where they have no weight. */
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
  /** Of the student's layers, in training. */
  readonly own: readonly Tensor[]
  /** Of the teacher's, constants. */
  readonly given: readonly Tensor[]
  /** [batch, classes] */
  readonly logits: Tensor
  readonly teacherLogits: Tensor
}

/** What both networks give on the images of a step. `teacher` must hold the teacher's weights. */
export function featuresOf({ network, batch }: ObjectiveInputs, teacher: BoundNetwork, layers: Layers): Features {
  const { logits, taps: own } = network.tapped(layers.student, batch.images, true)
  const taught = teacher.tapped(layers.teacher, batch.images, false)
  return { own, given: taught.taps, logits, teacherLogits: taught.logits }
}

/** Names of a step's scalars: the terms' weights, then those of the teacher's predictions. */
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

/** An objective whose terms follow from features alone, each with the weight of its name. */
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
