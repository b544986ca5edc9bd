/** Rejects operations that the backend computes wrongly and no built-in model needs. */
import type { Kernels } from './kernels.ts'
import { problem } from './problem.ts'

/**
 * The gradient of conv3d has wrong values; that of average pooling divides by the whole window at borders; max pooling starts its search
 * at the smallest positive float.
 */
const wrong = {
  Conv3DBackpropInputV2: 'no gradient for conv3d',
  AvgPool3DGrad: 'no gradient for avgPool3d',
  MaxPool3D: 'no maxPool3d',
} as const

export function installRefusals(k: Kernels): void {
  for (const [kernel, what] of Object.entries(wrong)) {
    k.replace(kernel, () => () => {
      throw problem('unsupported', {
        title: `the portable engine has ${what}`,
        facts: [['operation', what.split(' ').at(-1)!]],
        hint: 'Use the native engine for this model.',
      })
    })
  }
}
