/** Softmax cross-entropy with its gradient, in double precision: −Σ labels · log softmax(logits), one loss per example. */
import type { Tensor, Tf } from '../../../stdlib/engine.ts'
import type { Kernels } from './kernels.ts'

/** `logits`, `labels` (probabilities, taken as constants): [batch, classes] → [batch]. */
export function softmaxCrossEntropy(k: Kernels, labels: Tensor, logits: Tensor): Tensor {
  const { tf } = k
  tf.util.assertShapesMatch(labels.shape, logits.shape, 'softmaxCrossEntropy: labels and logits ')
  tf.util.assert(logits.rank === 2, () => `softmaxCrossEntropy: logits are [batch, classes], not [${logits.shape.join(', ')}]`)
  const loss = tf.customGrad(((logits: Tensor) => {
    const { losses, gradient } = evaluate(k.floats(logits), k.floats(labels), logits.shape[1]!)
    return {
      value: tf.tensor1d(losses),
      gradFunc: (dy: Tensor) => tf.tidy(() => tf.mul(tf.tensor(gradient, logits.shape), tf.reshape(dy, [-1, 1]))),
    }
  }) as unknown as Parameters<Tf['customGrad']>[0])
  return loss(logits)
}

function evaluate(logits: Float32Array, labels: Float32Array, classes: number) {
  const losses = new Float32Array(logits.length / classes)
  const gradient = new Float32Array(logits.length)
  for (let row = 0, at = 0; row < losses.length; row++, at += classes) {
    // A NaN is skipped here, and reaches the loss through `sum`.
    let largest = -Infinity
    for (let c = 0; c < classes; c++) if (logits[at + c]! > largest) largest = logits[at + c]!
    let sum = 0
    for (let c = 0; c < classes; c++) sum += Math.exp(logits[at + c]! - largest)
    const log = Math.log(sum)
    let loss = 0
    for (let c = 0; c < classes; c++) {
      const z = logits[at + c]! - largest
      const label = labels[at + c]!
      if (label !== 0) loss += label * (log - z)
      gradient[at + c] = Math.exp(z) / sum - label
    }
    losses[row] = loss
  }
  return { losses, gradient }
}
