/**
 * Gradients of conv2d, composed of forward convolutions: the backend's own gradient for the input is a scalar loop,
 * and it has none for the filter. [height, width] first, channels last, no dilation (tfjs rejects its gradient).
 */
import type { TensorInfo } from '@tensorflow/tfjs'
import type { Attrs, Kernels, Shape } from './kernels.ts'
import { problem } from './problem.ts'

type Shape4D = [number, number, number, number]
type Pads = readonly [before: number, after: number]

export function installConvolutionGradients(k: Kernels): void {
  k.replace('Conv2DBackpropFilter', () => (inputs, attrs) => filterGradient(k, inputs.x!, inputs.dy!, attrs))
  k.replace('Conv2DBackpropInput', () => (inputs, attrs) => inputGradient(k, inputs.dy!, inputs.filter!, attrs))
}

/** Sizes, strides and padding of a convolution. */
export function geometry(k: Kernels, inputShape: Shape, filterShape: Shape, attrs: Attrs, depthwise: boolean) {
  const { strides, pad, dimRoundingMode, dataFormat, dilations } = attrs as unknown as {
    strides: [number, number] | number
    pad: 'same' | 'valid' | number
    dimRoundingMode?: 'floor' | 'round' | 'ceil'
    dataFormat?: string
    dilations?: [number, number] | number
  }
  if (dataFormat !== undefined && dataFormat !== 'NHWC') {
    throw problem('unsupported', {
      title: 'the portable engine computes convolutions with channels last only',
      facts: [['data format', dataFormat]],
      hint: "Use dataFormat: 'channelsLast'.",
    })
  }
  return k.tf.backend_util.computeConv2DInfo(
    inputShape as Shape4D,
    filterShape as Shape4D,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
    'channelsLast',
  )
}

/**
 * dW[i,j,c,o] = Σ_{n,p,q} x[n, p·s+i, q·s+j, c] · dy[n,p,q,o]: a convolution of x with dy as the filter, with batch and channels
 * swapped and the stride as dilation.
 */
function filterGradient(k: Kernels, x: TensorInfo, dy: TensorInfo, attrs: Attrs): TensorInfo {
  const g = geometry(k, x.shape, (attrs as unknown as { filterShape: Shape4D }).filterShape, attrs, false)
  if (isPointwise(g)) {
    const rows = k.reshape(x, [g.batchSize * g.inHeight * g.inWidth, g.inChannels])
    const dyRows = k.reshape(dy, [rows.shape[0]!, g.outChannels])
    const product = k.call('BatchMatMul', { a: rows, b: dyRows }, { transposeA: true, transposeB: false })
    const dw = k.reshape(product, [1, 1, g.inChannels, g.outChannels])
    k.free(rows, dyRows, product)
    return dw
  }
  const rows = (g.outHeight - 1) * g.strideHeight + g.filterHeight - g.inHeight - g.padInfo.top
  const columns = (g.outWidth - 1) * g.strideWidth + g.filterWidth - g.inWidth - g.padInfo.left
  const used = crop(k, x, [0, rows], [0, columns])
  const image = endsSwapped(k, used)
  const filter = k.transpose(dy, [1, 2, 0, 3])
  const swapped = convolve(k, image, filter, [g.padInfo.top, rows], [g.padInfo.left, columns], [g.strideHeight, g.strideWidth])
  const dw = k.transpose(swapped, [1, 2, 0, 3])
  k.free(used, image, filter, swapped)
  return dw
}

/** [n, h, w, c] → [c, h, w, n]: the backend's own transposition takes four times as long as these two. */
function endsSwapped(k: Kernels, x: TensorInfo): TensorInfo {
  const [n, h, w, c] = x.shape as Shape4D
  const rows = k.reshape(x, [n, h * w * c])
  const columns = k.transpose(rows, [1, 0])
  const pixels = k.reshape(columns, [h * w, c, n])
  const swapped = k.transpose(pixels, [1, 0, 2])
  const out = k.reshape(swapped, [c, h, w, n])
  k.free(rows, columns, pixels, swapped)
  return out
}

/** dx = dy (with stride − 1 zeros between its values) convolved with the flipped filter, inputs and outputs swapped. */
function inputGradient(k: Kernels, dy: TensorInfo, filter: TensorInfo, attrs: Attrs): TensorInfo {
  const g = geometry(k, (attrs as unknown as { inputShape: Shape4D }).inputShape, filter.shape, attrs, false)
  const reversed = k.call('Reverse', { x: filter }, { dims: [0, 1] })
  const turned = k.transpose(reversed, [0, 1, 3, 2])
  const dx = correlateBack(k, dy, g, (spread, vertical, horizontal) => convolve(k, spread, turned, vertical, horizontal, [1, 1]))
  k.free(reversed, turned)
  return dx
}

type Geometry = ReturnType<typeof geometry>

/** Dilates dy by the stride, and pads it so that `convolution` with the flipped filter gives a tensor of the input's size. */
export function correlateBack(
  k: Kernels,
  dy: TensorInfo,
  g: Geometry,
  convolution: (spread: TensorInfo, vertical: Pads, horizontal: Pads) => TensorInfo,
): TensorInfo {
  const spread = insertZeros(k, dy, g.strideHeight, g.strideWidth)
  const top = g.filterHeight - 1 - g.padInfo.top
  const left = g.filterWidth - 1 - g.padInfo.left
  const bottom = g.inHeight + g.filterHeight - 1 - top - spread.shape[1]!
  const right = g.inWidth + g.filterWidth - 1 - left - spread.shape[2]!
  const used = crop(k, spread, [top, bottom], [left, right])
  const dx = convolution(used, [top, bottom], [left, right])
  k.free(spread, used)
  return dx
}

/** [n, p, q, c] → [n, p·sh, q·sw, c], each value followed by zeros. */
function insertZeros(k: Kernels, dy: TensorInfo, sh: number, sw: number): TensorInfo {
  const [n, p, q, c] = dy.shape as Shape4D
  if (sh === 1 && sw === 1) return k.reshape(dy, dy.shape)
  const spread = k.make([n, p * sh, q * sw, c])
  const from = k.floats(dy)
  const to = k.floats(spread).fill(0)
  for (let row = 0, at = 0; row < n * p; row++) {
    for (let column = 0; column < q; column++, at += c) {
      to.set(from.subarray(at, at + c), (row * sh * q + column) * sw * c)
    }
  }
  return spread
}

/** Removes the values that negative padding cuts off; positive padding is left to the convolution. */
function crop(k: Kernels, x: TensorInfo, [top, bottom]: Pads, [left, right]: Pads): TensorInfo {
  const [n, h, w, c] = x.shape as Shape4D
  const cut = [top, bottom, left, right].map((pad) => Math.max(0, -pad))
  if (cut.every((rows) => rows === 0)) return k.reshape(x, x.shape)
  const [t, b, l, r] = cut as [number, number, number, number]
  const out = k.make([n, h - t - b, w - l - r, c])
  const row = (w - l - r) * c
  // Whole rows at a time: the backend's slice copies pixel by pixel.
  const from = k.floats(x)
  const to = k.floats(out)
  for (let image = 0, at = 0; image < n; image++) {
    for (let y = t; y < h - b; y++, at += row) {
      const start = ((image * h + y) * w + l) * c
      to.set(from.subarray(start, start + row), at)
    }
  }
  return out
}

/** A forward convolution with stride 1; negative padding was cropped before. */
function convolve(
  k: Kernels,
  x: TensorInfo,
  filter: TensorInfo,
  vertical: Pads,
  horizontal: Pads,
  dilations: readonly [number, number],
): TensorInfo {
  return k.call('Conv2D', { x, filter }, { strides: [1, 1], pad: explicitPads(vertical, horizontal), dilations, dataFormat: 'NHWC' })
}

export function explicitPads(vertical: Pads, horizontal: Pads): number[][] {
  const kept = (pads: Pads) => pads.map((pad) => Math.max(0, pad))
  return [[0, 0], kept(vertical), kept(horizontal), [0, 0]]
}

function isPointwise(g: Geometry): boolean {
  const { top, bottom, left, right } = g.padInfo
  const single = g.filterHeight === 1 && g.filterWidth === 1 && g.strideHeight === 1 && g.strideWidth === 1
  return single && top === 0 && bottom === 0 && left === 0 && right === 0
}
