/** The objective of a training: a loss on one batch, with the tensors it needs other than the network and the labels. */
import type { Json } from '../../dsl/check/canonical.ts'
import type { Target } from '../data/dataset.ts'
import type { Engine, Tensor, Tf } from '../engine.ts'
import type { Network } from '../network.ts'
import type { BoundNetwork } from './bound-network.ts'

export interface Batch {
  /** [batch, height, width, channels]; for texts [batch, length] */
  readonly images: Tensor
  /** One-hot, or smoothed: [batch, classes], or for texts [batch · length, classes]; or the targets, [batch, numbers]. */
  readonly labels: Tensor
  /** int32 [batch]: the examples' indices in their split. */
  readonly indices: Tensor
}

export interface ObjectiveInputs {
  readonly engine: Engine
  /** The network being trained. */
  readonly network: BoundNetwork
  readonly batch: Batch
  /** The values of `scalars`, in that order: inputs of the step, so one trace serves a sweep over them. */
  readonly scalars: readonly Tensor[]
  /** The `constants`, by name. */
  readonly constants: ReadonlyMap<string, Tensor>
  /** The `state`, by name, from the previous step. */
  readonly state?: ReadonlyMap<string, Tensor>
}

export interface Objective {
  readonly scalars: readonly string[]
  /** Tensors that are constant during a stage, set at its start: for example a teacher's logits for every example. */
  readonly constants: readonly { readonly name: string; readonly shape: readonly number[] }[]
  /** Further tensors that steps change: part of the training's state, and dropped at its end. Default: none. */
  readonly state?: readonly { readonly name: string; readonly shape: readonly number[] }[]
  /** Perturbed images for the same examples, constants for the loss. */
  perturbed?(inputs: ObjectiveInputs): Batch
  /**
   * `logits` [batch, classes], or for a batch ensemble [members · batch, classes], give the accuracy of a step; `updates` is the state
   * after the step.
   */
  loss(inputs: ObjectiveInputs): { readonly loss: Tensor; readonly logits: Tensor; readonly updates?: ReadonlyMap<string, Tensor> }
}

/** Cross-entropy with the labels, averaged over the batch. */
export const supervised: Objective = {
  scalars: [],
  constants: [],
  loss({ engine, network, batch }) {
    const logits = network.logits(batch.images, true)
    return { loss: engine.tf.mean(engine.softmaxCrossEntropy(forMembers(engine.tf, batch.labels, logits), logits)), logits }
  },
}

/** The mean of (prediction − target)² over the targets of each example: [batch] */
export const squaredErrors = (tf: Tf, numbers: Tensor, predictions: Tensor): Tensor =>
  tf.mean(tf.squaredDifference(predictions, numbers), -1)

/** The squared error over all targets, averaged over the batch. */
const leastSquares: Objective = {
  scalars: [],
  constants: [],
  loss({ engine: { tf }, network, batch }) {
    const logits = network.logits(batch.images, true)
    return { loss: tf.mean(squaredErrors(tf, forMembers(tf, batch.labels, logits), logits)), logits }
  },
}

/** The tensors of an objective, by name. */
export type Values = ReadonlyMap<string, Float32Array>

/** An objective with all inputs that a training provides to its steps. */
export interface TrainingObjective {
  readonly objective: Objective
  /** Objectives with equal identity have the same trace. */
  readonly identity: Json
  /** The objective's scalars at a step of the horizon. */
  scalarsAt(seed: number, position: number): readonly number[]
  /** By name, as declared by the objective. */
  readonly constants: Values
  /** The initial values of the objective's state. */
  readonly state?: Values
  /** The result of the stage, from the trained network. Default: that network. */
  result?(trained: Network): Network
}

/** For an objective that needs only the network and the labels. */
export const plainly = (objective: Objective, identity: Json): TrainingObjective => ({
  objective,
  identity,
  scalarsAt: () => [],
  constants: new Map(),
})

export const fromLabels = plainly(supervised, 'labels')
const fromNumbers = plainly(leastSquares, 'numbers')

/** The defaults: cross-entropy for classes and tokens, squared error for regression. */
export const usualObjective = (target: Target | undefined): TrainingObjective => (target?.kind === 'numbers' ? fromNumbers : fromLabels)

/** Labels for every member of a batch ensemble, member by member, like its logits. */
export function forMembers(tf: Tf, labels: Tensor, logits: Tensor): Tensor {
  const members = logits.shape[0]! / labels.shape[0]!
  return members === 1 ? labels : tf.tile(labels, [members, 1])
}
