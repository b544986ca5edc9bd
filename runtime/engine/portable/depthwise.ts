/** Gradients of depthwise convolution, which the backend lacks. Channel c has the outputs c·m … c·m + m − 1 (m = multiplier). */
import type { TensorInfo } from '@tensorflow/tfjs'
import { correlateBack, explicitPads, geometry } from './convolution.ts'
import type { Attrs, Kernels } from './kernels.ts'
import { problem } from './problem.ts'

type Shape4D = [number, number, number, number]

export function installDepthwiseGradients(k: Kernels): void {
  k.replace('DepthwiseConv2dNativeBackpropFilter', () => (inputs, attrs) => filterGradient(k, inputs.x!, inputs.dy!, attrs))
  k.replace('DepthwiseConv2dNativeBackpropInput', () => (inputs, attrs) => inputGradient(k, inputs.dy!, inputs.filter!, attrs))
}

/** A depthwise convolution of dy with the flipped filter, one output channel at a time; then the m outputs of each channel are summed. */
function inputGradient(k: Kernels, dy: TensorInfo, filter: TensorInfo, attrs: Attrs): TensorInfo {
  const g = undilated(k, (attrs as unknown as { inputShape: Shape4D }).inputShape, filter.shape, attrs)
  const reversed = k.call('Reverse', { x: filter }, { dims: [0, 1] })
  const single = k.reshape(reversed, [g.filterHeight, g.filterWidth, g.outChannels, 1])
  const apart = correlateBack(k, dy, g, (spread, vertical, horizontal) =>
    k.call(
      'DepthwiseConv2dNative',
      { x: spread, filter: single },
      { strides: [1, 1], dilations: [1, 1], pad: explicitPads(vertical, horizontal) },
    ),
  )
  k.free(reversed, single)
  if (g.outChannels === g.inChannels) return apart
  const byChannel = k.reshape(apart, [...g.inShape, g.outChannels / g.inChannels])
  const dx = k.call('Sum', { x: byChannel }, { axis: [4], keepDims: false })
  k.free(apart, byChannel)
  return dx
}

/** dW[i,j,c,t] = Σ_{n,p,q} x[n, p·s+i−top, q·s+j−left, c] · dy[n,p,q,c·m+t], summed in double precision. */
function filterGradient(k: Kernels, x: TensorInfo, dy: TensorInfo, attrs: Attrs): TensorInfo {
  const g = undilated(k, x.shape, (attrs as unknown as { filterShape: Shape4D }).filterShape, attrs)
  const { inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, filterHeight, filterWidth } = g
  const dw = k.make([filterHeight, filterWidth, inChannels, outChannels / inChannels])
  const [xs, dys] = [k.floats(x), k.floats(dy)]
  const channelOf = Int32Array.from({ length: outChannels }, (_, o) => Math.floor((o * inChannels) / outChannels))
  const sums = new Float64Array(filterHeight * filterWidth * outChannels)
  for (let n = 0; n < g.batchSize; n++) {
    for (let p = 0; p < outHeight; p++) {
      for (let i = 0; i < filterHeight; i++) {
        const row = p * g.strideHeight + i - g.padInfo.top
        if (row < 0 || row >= inHeight) continue
        for (let q = 0; q < outWidth; q++) {
          const dyAt = ((n * outHeight + p) * outWidth + q) * outChannels
          for (let j = 0; j < filterWidth; j++) {
            const column = q * g.strideWidth + j - g.padInfo.left
            if (column < 0 || column >= inWidth) continue
            const xAt = ((n * inHeight + row) * inWidth + column) * inChannels
            const at = (i * filterWidth + j) * outChannels
            for (let o = 0; o < outChannels; o++) sums[at + o]! += xs[xAt + channelOf[o]!]! * dys[dyAt + o]!
          }
        }
      }
    }
  }
  k.floats(dw).set(sums)
  return dw
}

function undilated(k: Kernels, inputShape: readonly number[], filterShape: readonly number[], attrs: Attrs) {
  const g = geometry(k, inputShape, filterShape, attrs, true)
  if (g.dilationHeight !== 1 || g.dilationWidth !== 1) {
    throw problem('unsupported', {
      title: 'the portable engine has no gradient for a dilated depthwise convolution',
      facts: [['dilation', `${g.dilationHeight} × ${g.dilationWidth}`]],
      hint: 'Use dilation 1, or the native engine.',
    })
  }
  return g
}
