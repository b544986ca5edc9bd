/** Gradients that the backend gets wrong and that no built-in model needs: an error is better than a wrong number. */
import type { Kernels } from './kernels.ts'
import { problem } from './problem.ts'

/** For conv3d the values are wrong; average pooling divides by the whole window at borders. */
const wrong = { Conv3DBackpropInputV2: 'conv3d', AvgPool3DGrad: 'avgPool3d' } as const

export function installRefusals(k: Kernels): void {
  for (const [kernel, operation] of Object.entries(wrong)) {
    k.replace(kernel, () => () => {
      throw problem('unsupported', {
        title: `the portable engine has no gradient for ${operation}`,
        facts: [['operation', operation]],
        hint: 'Use the native engine for this model.',
      })
    })
  }
}
