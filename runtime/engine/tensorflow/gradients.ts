/** Gradients that TensorFlow has as one operation and tfjs composes of many. */
import type { Tensor } from '../../../stdlib/engine.ts'
import { attr } from './attributes.ts'
import { type Backend, raw, tf } from './backend.ts'
import { dtypes } from './metadata.ts'

/**
 * tfjs multiplies by step(x), which is seven passes over the activations; on two cores that was a sixth of LeNet-300-100's step.
 * The gradient at 0 is 0 in both.
 */
const fused = { Relu: 'ReluGrad', Relu6: 'Relu6Grad' } as const

export function installGradients(backend: Backend): void {
  for (const [kernelName, op] of Object.entries(fused)) {
    const composed = tf.getGradient(kernelName)
    tf.unregisterGradient(kernelName)
    tf.registerGradient({
      ...composed,
      gradFunc: (dy, saved, attrs) => {
        // Other back ends in this process keep theirs.
        if (tf.getBackend() !== 'tensorflow') return composed.gradFunc(dy, saved, attrs)
        const [x] = saved
        // One output, so one dy.
        return { x: () => raw(backend, op, [dy as Tensor, x!], [attr.type('T', dtypes.FLOAT)])[0]! }
      },
    })
  }
}
