/** Plain loops in double precision, written from the definitions: what the engine's gradients are measured against. */

export type Values = Float64Array

/** An image layout: [batch, height, width, channels]. */
type Dims = readonly [number, number, number, number]

/** Output size and leading padding of one dimension, as TensorFlow defines 'same' and 'valid'. */
function window(size: number, kernel: number, stride: number, pad: 'same' | 'valid' | number) {
  if (typeof pad === 'number') return { out: Math.floor((size + 2 * pad - kernel) / stride) + 1, before: pad }
  if (pad === 'valid') return { out: Math.ceil((size - kernel + 1) / stride), before: 0 }
  const out = Math.ceil(size / stride)
  return { out, before: Math.floor(Math.max(0, (out - 1) * stride + kernel - size) / 2) }
}

export interface ConvShape {
  readonly x: Dims
  readonly kernel: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly pad: 'same' | 'valid' | number
}

/** Visits every (output position, input position, tap) that lies inside the image. */
function eachTap(shape: ConvShape, visit: (output: number, input: number, tap: number) => void): void {
  const { x, kernel, strides } = shape
  const [rows, columns] = windows(shape)
  for (let b = 0; b < x[0]; b++) {
    for (let p = 0; p < rows.out; p++) {
      for (let q = 0; q < columns.out; q++) {
        for (let i = 0; i < kernel[0]; i++) {
          for (let j = 0; j < kernel[1]; j++) {
            const row = p * strides[0] + i - rows.before
            const column = q * strides[1] + j - columns.before
            if (row < 0 || row >= x[1] || column < 0 || column >= x[2]) continue
            visit((b * rows.out + p) * columns.out + q, (b * x[1] + row) * x[2] + column, i * kernel[1] + j)
          }
        }
      }
    }
  }
}

const windows = ({ x, kernel, strides, pad }: ConvShape) =>
  [window(x[1], kernel[0], strides[0], pad), window(x[2], kernel[1], strides[1], pad)] as const

function outputs(shape: ConvShape, channels: number): Values {
  const [rows, columns] = windows(shape)
  return new Float64Array(shape.x[0] * rows.out * columns.out * channels)
}

/** filter: [kh, kw, ci, co]. */
export function conv2d(shape: ConvShape, co: number, x: Values, filter: Values): Values {
  const ci = shape.x[3]
  const out = outputs(shape, co)
  eachTap(shape, (to, from, tap) => {
    for (let o = 0; o < co; o++) {
      for (let c = 0; c < ci; c++) out[to * co + o]! += x[from * ci + c]! * filter[(tap * ci + c) * co + o]!
    }
  })
  return out
}

/** filter: [kh, kw, c, m]; output channel c·m + t. */
export function depthwise(shape: ConvShape, m: number, x: Values, filter: Values): Values {
  const channels = shape.x[3]
  const out = outputs(shape, channels * m)
  eachTap(shape, (to, from, tap) => {
    for (let c = 0; c < channels; c++) {
      for (let t = 0; t < m; t++) out[(to * channels + c) * m + t]! += x[from * channels + c]! * filter[(tap * channels + c) * m + t]!
    }
  })
  return out
}

export function maxPool(shape: ConvShape, x: Values): Values {
  const channels = shape.x[3]
  const out = outputs(shape, channels).fill(-Infinity)
  eachTap(shape, (to, from) => {
    for (let c = 0; c < channels; c++) out[to * channels + c] = Math.max(out[to * channels + c]!, x[from * channels + c]!)
  })
  return out
}

/** The average of the values inside the image. */
export function avgPool(shape: ConvShape, x: Values): Values {
  const channels = shape.x[3]
  const sums = outputs(shape, channels)
  const counts = outputs(shape, channels)
  eachTap(shape, (to, from) => {
    for (let c = 0; c < channels; c++) {
      sums[to * channels + c]! += x[from * channels + c]!
      counts[to * channels + c]! += 1
    }
  })
  return sums.map((sum, at) => sum / counts[at]!)
}

/** Rows of a [n, channels], normalised with the biased variance. */
export function batchNorm(channels: number, epsilon: number, x: Values, gamma: Values, beta: Values): Values {
  const n = x.length / channels
  const { mean, variance } = moments(channels, x)
  return x.map((value, at) => {
    const c = at % channels
    return (gamma[c]! * (value - mean[c]!)) / Math.sqrt(variance[c]! / n + epsilon) + beta[c]!
  })
}

/** Means, and sums of squared differences from them. */
export function moments(channels: number, x: Values) {
  const n = x.length / channels
  const mean = new Float64Array(channels)
  const variance = new Float64Array(channels)
  x.forEach((value, at) => {
    mean[at % channels]! += value / n
  })
  x.forEach((value, at) => {
    variance[at % channels]! += (value - mean[at % channels]!) ** 2
  })
  return { mean, variance }
}

export function softmaxCrossEntropy(classes: number, labels: Values, logits: Values): Values {
  return Float64Array.from({ length: logits.length / classes }, (_, row) => {
    const z = logits.subarray(row * classes, (row + 1) * classes)
    const log = Math.log(z.reduce((sum, value) => sum + Math.exp(value), 0))
    return z.reduce((loss, value, c) => loss - labels[row * classes + c]! * (value - log), 0)
  })
}

export function matmul(rows: number, inner: number, columns: number, a: Values, b: Values): Values {
  const out = new Float64Array(rows * columns)
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < inner; k++) for (let j = 0; j < columns; j++) out[i * columns + j]! += a[i * inner + k]! * b[k * columns + j]!
  return out
}

/** Central differences of `f` at `at`, coordinate by coordinate. */
export function slope(f: (x: Values) => number, at: Values, h = 1e-5): Values {
  const x = at.slice()
  return x.map((value, i) => {
    x[i] = value + h
    const above = f(x)
    x[i] = value - h
    const below = f(x)
    x[i] = value
    return (above - below) / (2 * h)
  })
}

export const dot = (a: Values, b: Values): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0)

/** Repeatable numbers around 0 that float32 holds exactly, so that both sides start from the same values. */
export function numbers(count: number, seed: number): Values {
  let state = seed * 2654435761 + 1
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return Math.fround(state / 2 ** 31)
  })
}

/** Largest difference, relative to the largest expected value. */
export function error(expected: ArrayLike<number>, got: ArrayLike<number>): number {
  if (expected.length !== got.length) return Infinity
  let largest = 1e-30
  let off = 0
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]!))
    const difference = Math.abs(expected[i]! - got[i]!)
    // Not Math.max alone: a NaN must count.
    off = Math.max(difference, off)
  }
  return off / largest
}
