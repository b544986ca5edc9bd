/**
 * Gradient of max pooling. The backend's own starts its search at the smallest positive float, so that a window whose
 * maximum is ≤ 0 loses its gradient. Here the first maximum of a window, in row-major order, gets it, as in TensorFlow.
 */
import type { TensorInfo } from '@tensorflow/tfjs'
import type { Attrs, Kernels } from './kernels.ts'

export function installMaxPoolGradient(k: Kernels): void {
  k.replace('MaxPoolGrad', () => (inputs, attrs) => maxPoolGradient(k, inputs.input!, inputs.dy!, attrs))
}

function maxPoolGradient(k: Kernels, x: TensorInfo, dy: TensorInfo, attrs: Attrs): TensorInfo {
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as {
    filterSize: [number, number] | number
    strides: [number, number] | number
    pad: 'same' | 'valid' | number
    dimRoundingMode?: 'floor' | 'round' | 'ceil'
  }
  const g = k.tf.backend_util.computePool2DInfo(x.shape as [number, number, number, number], filterSize, strides, 1, pad, dimRoundingMode)
  const channels = g.inChannels
  const dx = k.make(x.shape)
  const [xs, dys] = [k.floats(x), k.floats(dy)]
  const dxs = k.floats(dx).fill(0)
  const best = new Int32Array(channels)
  let dyAt = 0
  for (let n = 0; n < g.batchSize; n++) {
    for (let p = 0; p < g.outHeight; p++) {
      const top = p * g.strideHeight - g.padInfo.top
      const bottom = Math.min(g.inHeight, top + g.filterHeight)
      for (let q = 0; q < g.outWidth; q++, dyAt += channels) {
        const left = q * g.strideWidth - g.padInfo.left
        const right = Math.min(g.inWidth, left + g.filterWidth)
        let first = true
        for (let row = Math.max(0, top); row < bottom; row++) {
          for (let column = Math.max(0, left); column < right; column++) {
            const at = ((n * g.inHeight + row) * g.inWidth + column) * channels
            if (first) for (let c = 0; c < channels; c++) best[c] = at + c
            else for (let c = 0; c < channels; c++) if (xs[at + c]! > xs[best[c]!]!) best[c] = at + c
            first = false
          }
        }
        if (!first) for (let c = 0; c < channels; c++) dxs[best[c]!]! += dys[dyAt + c]!
      }
    }
  }
  return dx
}
