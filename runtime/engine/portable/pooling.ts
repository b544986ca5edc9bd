/**
 * Gradients of pooling. The backend's own lose part of them: max starts its search at the smallest positive float, so that a window
 * whose maximum is ≤ 0 gets no gradient, and average divides by the whole window where padding covers part of it.
 */
import type { TensorInfo } from '@tensorflow/tfjs'
import type { Attrs, Kernels } from './kernels.ts'

export function installPoolGradients(k: Kernels): void {
  k.replace('MaxPoolGrad', () => (inputs, attrs) => maxPoolGradient(k, inputs.input!, inputs.dy!, attrs))
  k.replace('AvgPoolGrad', () => (inputs, attrs) => avgPoolGradient(k, inputs.input!, inputs.dy!, attrs))
}

function geometry(k: Kernels, x: TensorInfo, attrs: Attrs) {
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as {
    filterSize: [number, number] | number
    strides: [number, number] | number
    pad: 'same' | 'valid' | number
    dimRoundingMode?: 'floor' | 'round' | 'ceil'
  }
  const shape = x.shape as [number, number, number, number]
  return k.tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode)
}

/** Visits the windows in row-major order, with the rows and columns of each that lie inside the image. */
function eachWindow(
  g: ReturnType<typeof geometry>,
  visit: (image: number, top: number, bottom: number, left: number, right: number, at: number) => void,
): void {
  let at = 0
  for (let n = 0; n < g.batchSize; n++) {
    for (let p = 0; p < g.outHeight; p++) {
      const top = p * g.strideHeight - g.padInfo.top
      for (let q = 0; q < g.outWidth; q++, at += g.inChannels) {
        const left = q * g.strideWidth - g.padInfo.left
        const bottom = Math.min(g.inHeight, top + g.filterHeight)
        const right = Math.min(g.inWidth, left + g.filterWidth)
        visit(n * g.inHeight, Math.max(0, top), bottom, Math.max(0, left), right, at)
      }
    }
  }
}

/** The first maximum of a window, in row-major order, gets the window's gradient, as in TensorFlow. */
function maxPoolGradient(k: Kernels, x: TensorInfo, dy: TensorInfo, attrs: Attrs): TensorInfo {
  const g = geometry(k, x, attrs)
  const channels = g.inChannels
  const dx = k.make(x.shape)
  const [xs, dys] = [k.floats(x), k.floats(dy)]
  const dxs = k.floats(dx).fill(0)
  const best = new Int32Array(channels)
  eachWindow(g, (image, top, bottom, left, right, dyAt) => {
    if (top >= bottom || left >= right) return
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) {
        const at = ((image + row) * g.inWidth + column) * channels
        if (row === top && column === left) for (let c = 0; c < channels; c++) best[c] = at + c
        else for (let c = 0; c < channels; c++) if (xs[at + c]! > xs[best[c]!]!) best[c] = at + c
      }
    }
    for (let c = 0; c < channels; c++) dxs[best[c]!]! += dys[dyAt + c]!
  })
  return dx
}

/** Every value of a window inside the image gets an equal share. */
function avgPoolGradient(k: Kernels, x: TensorInfo, dy: TensorInfo, attrs: Attrs): TensorInfo {
  const g = geometry(k, x, attrs)
  const channels = g.inChannels
  const dx = k.make(x.shape)
  const dys = k.floats(dy)
  const dxs = k.floats(dx).fill(0)
  eachWindow(g, (image, top, bottom, left, right, dyAt) => {
    const share = 1 / ((bottom - top) * (right - left))
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) {
        const at = ((image + row) * g.inWidth + column) * channels
        for (let c = 0; c < channels; c++) dxs[at + c]! += dys[dyAt + c]! * share
      }
    }
  })
  return dx
}
