/** Gradients that TensorFlow computes in one operation and tfjs composes of many. */
import type { GradConfig } from '@tensorflow/tfjs'
import type { Tensor } from '../../../stdlib/engine.ts'
import { attr } from './attributes.ts'
import { type Backend, raw, tf } from './backend.ts'
import { dtypes } from './metadata.ts'

/**
 * tfjs multiplies by step(x), which takes seven passes over the activations: on two cores, a sixth of LeNet-300-100's step. The gradient at
 * 0 is 0 in both. A ReLU's output shows where its input was positive, so the input need not be kept: an eighth of ResNet-20's memory. ReLU6
 * keeps its input, which the gradient of other backends reads.
 */
const fused: { readonly [kernel: string]: { readonly op: string; readonly keeps?: Partial<GradConfig> } } = {
  Relu: { op: 'ReluGrad', keeps: { inputsToSave: [], outputsToSave: [true] } },
  Relu6: { op: 'Relu6Grad' },
}

export function installGradients(backend: Backend): void {
  for (const [kernelName, { op, keeps }] of Object.entries(fused)) {
    const composed = tf.getGradient(kernelName)
    tf.unregisterGradient(kernelName)
    tf.registerGradient({
      ...composed,
      ...keeps,
      gradFunc: (dy, saved, attrs) => {
        // Other backends in this process keep theirs.
        if (tf.getBackend() !== 'tensorflow') return composed.gradFunc(dy, saved, attrs)
        const [kept] = saved
        // One output, so one dy.
        return { x: () => raw(backend, op, [dy as Tensor, kept!], [attr.type('T', dtypes.FLOAT)])[0]! }
      },
    })
  }
}
