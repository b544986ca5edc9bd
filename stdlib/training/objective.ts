/** What a training minimises: a loss on one batch, with the tensors it needs beside the network and its labels. */
import type { Json } from '../../dsl/check/canonical.ts'
import type { Target } from '../data/dataset.ts'
import type { Engine, Tensor, Tf } from '../engine.ts'
import type { Network } from '../network.ts'
import type { BoundNetwork } from './bound-network.ts'

export interface Batch {
  /** [batch, height, width, channels]; of texts [batch, length] */
  readonly images: Tensor
  /** One-hot, or smoothed: [batch, classes], or of texts [batch · length, classes]; or the numbers to be predicted, [batch, numbers]. */
  readonly labels: Tensor
  /** int32 [batch]: the examples' numbers in their split. */
  readonly indices: Tensor
}

export interface ObjectiveInputs {
  readonly engine: Engine
  /** The network in training. */
  readonly network: BoundNetwork
  readonly batch: Batch
  /** The numbers named by `scalars`, in that order: inputs of the step, so one trace serves a sweep over them. */
  readonly scalars: readonly Tensor[]
  /** What `constants` asks for, by name. */
  readonly constants: ReadonlyMap<string, Tensor>
  /** What `state` asks for, by name, as the step before left it. */
  readonly state?: ReadonlyMap<string, Tensor>
}

export interface Objective {
  readonly scalars: readonly string[]
  /** Tensors that stay the same through a stage, given at its start: a teacher's logits for every example. */
  readonly constants: readonly { readonly name: string; readonly shape: readonly number[] }[]
  /** Tensors that steps change beside the network's: kept with a training's state, and gone with the training. Default: none. */
  readonly state?: readonly { readonly name: string; readonly shape: readonly number[] }[]
  /** Other images for the same examples, constants to the loss. */
  perturbed?(inputs: ObjectiveInputs): Batch
  /** `logits` [batch, classes], of an ensemble inside [members · batch, classes], are what the accuracy of a step is counted from; `updates` what the state is after the step. */
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

/** Of each example the mean of (prediction − number)² over its numbers: [batch] */
export const squaredErrors = (tf: Tf, numbers: Tensor, predictions: Tensor): Tensor =>
  tf.mean(tf.squaredDifference(predictions, numbers), -1)

/** Squared error of all numbers, averaged over the batch. */
const leastSquares: Objective = {
  scalars: [],
  constants: [],
  loss({ engine: { tf }, network, batch }) {
    const logits = network.logits(batch.images, true)
    return { loss: tf.mean(squaredErrors(tf, forMembers(tf, batch.labels, logits), logits)), logits }
  },
}

/** What an objective asks for, by name. */
export type Values = ReadonlyMap<string, Float32Array>

/** An objective with everything that a training gives its steps. */
export interface TrainingObjective {
  readonly objective: Objective
  /** Objectives of equal identity trace alike. */
  readonly identity: Json
  /** The objective's scalars at a step of the horizon. */
  scalarsAt(seed: number, position: number): readonly number[]
  /** By name, as the objective asks for them. */
  readonly constants: Values
  /** First values of the objective's state. */
  readonly state?: Values
  /** What the stage gives, of the network that was trained. Default: that network. */
  result?(trained: Network): Network
}

/** Of an objective that needs nothing but the network and its labels. */
export const plainly = (objective: Objective, identity: Json): TrainingObjective => ({
  objective,
  identity,
  scalarsAt: () => [],
  constants: new Map(),
})

export const fromLabels = plainly(supervised, 'labels')
const fromNumbers = plainly(leastSquares, 'numbers')

/** What goes without saying: cross-entropy of classes and of tokens, squared error of numbers. */
export const usualObjective = (target: Target | undefined): TrainingObjective => (target?.kind === 'numbers' ? fromNumbers : fromLabels)

/** Labels for every member of an ensemble inside, member by member, as its logits are. */
export function forMembers(tf: Tf, labels: Tensor, logits: Tensor): Tensor {
  const members = logits.shape[0]! / labels.shape[0]!
  return members === 1 ? labels : tf.tile(labels, [members, 1])
}
