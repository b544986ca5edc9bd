/** Custom losses for training on labels. */
import { referenceToFunction } from '../../dsl/check/function-reference.ts'
import type { Objective as Described } from '../../dsl/parts/objective.ts'
import type { Tensor, Tf } from '../engine.ts'
import { calling, wrongResult } from '../user-functions.ts'
import { forMembers, type Objective } from './objective.ts'

/** What an objective receives for a batch. */
export interface ObjectiveInputs {
  readonly tf: Tf
  /** Logits [batch, classes], for texts [batch · length, classes]; or normalised predictions [batch, numbers]. */
  readonly outputs: Tensor
  /** Labels of the same shape: one-hot, or smoothed; or the targets. */
  readonly labels: Tensor
}

/** → scalar, averaged over the batch */
export type ObjectiveFunction = (inputs: ObjectiveInputs) => Tensor

/**
 * A custom objective: `task({ objective: objective(({ tf, outputs, labels }) => …) })`. What it computes is part of the key of every
 * training from labels. The validation loss, and the gradients for criteria, still use the default loss.
 */
export const objective = (fn: ObjectiveFunction): Described =>
  Object.freeze({
    kind: 'objective',
    name: 'objective()',
    fn: referenceToFunction('objective', 'objective()', fn, 'objective(({ tf, outputs, labels }) => …)'),
  })

/** Trains with the user's loss. @throws FunctionProblem when the loss is traced */
export const customObjective = (fn: ObjectiveFunction): Objective => ({
  scalars: [],
  constants: [],
  loss({ engine: { tf }, network, batch }) {
    const logits = network.logits(batch.images, true)
    const labels = forMembers(tf, batch.labels, logits)
    return { loss: lossBy(tf, 'objective', fn, () => fn({ tf, outputs: logits, labels })), logits }
  },
})

/** The value of a custom loss. @throws FunctionProblem if it is not one number */
export function lossBy(tf: Tf, role: 'loss' | 'objective', fn: { readonly name: string }, call: () => unknown): Tensor {
  const name = fn.name || role
  const loss = calling(role, name, call)
  if (loss instanceof tf.Tensor && loss.size === 1 && loss.dtype === 'float32') return loss.asScalar()
  const found = loss instanceof tf.Tensor ? `a ${loss.dtype} tensor [${loss.shape.join(', ')}]` : String(loss)
  throw wrongResult(role, name, `Your ${role} did not give one number.`, { given: found }, 'End it in tf.mean(…) over the batch.')
}
