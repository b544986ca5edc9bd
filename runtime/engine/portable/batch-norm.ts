/**
 * Batch norm for training, over every axis but the last. The batch is normalised with its biased variance (divided by n);
 * the running variance moves towards the unbiased one (n − 1), as in TensorFlow's fused operation and in PyTorch.
 * Means, variances and the gradient's sums are kept in double precision.
 */
import type { Tensor, Tf } from '../../../stdlib/engine.ts'
import type { Kernels } from './kernels.ts'

interface Moments {
  readonly mean: Float64Array
  /** 1 / √(variance + ε). */
  readonly inverse: Float64Array
  readonly unbiased: Float64Array
}

/** y = gamma · (x − mean) / √(variance + ε) + beta, with gradients for x, gamma and beta. x: [..., channels]. */
export function batchNormTraining(k: Kernels, x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number) {
  const { tf } = k
  const batch = batchMoments(k.floats(x), x.shape.at(-1)!, epsilon)
  // tfjs types customGrad with a single tensor as its result and unknown inputs.
  const normalise = tf.customGrad(((x: Tensor, gamma: Tensor, beta: Tensor, save: (saved: Tensor[]) => void) => {
    save([x, gamma])
    return {
      value: forward(k, x, gamma, beta, batch),
      gradFunc: (dy: Tensor, saved: Tensor[]) => backward(k, saved[0]!, saved[1]!, dy, batch),
    }
  }) as unknown as Parameters<Tf['customGrad']>[0])
  return {
    y: normalise(x, gamma, beta),
    mean: tf.tensor1d(Float32Array.from(batch.mean)),
    variance: tf.tensor1d(Float32Array.from(batch.unbiased)),
  }
}

function batchMoments(xs: Float32Array, channels: number, epsilon: number): Moments {
  const n = xs.length / channels
  const mean = new Float64Array(channels)
  for (let at = 0; at < xs.length; at += channels) for (let c = 0; c < channels; c++) mean[c]! += xs[at + c]!
  for (let c = 0; c < channels; c++) mean[c]! /= n
  const squares = new Float64Array(channels)
  for (let at = 0; at < xs.length; at += channels) {
    for (let c = 0; c < channels; c++) {
      const d = xs[at + c]! - mean[c]!
      squares[c]! += d * d
    }
  }
  return {
    mean,
    inverse: squares.map((sum) => 1 / Math.sqrt(sum / n + epsilon)),
    // A single value has no unbiased variance; TensorFlow then divides by 1.
    unbiased: squares.map((sum) => sum / Math.max(1, n - 1)),
  }
}

function forward(k: Kernels, x: Tensor, gamma: Tensor, beta: Tensor, { mean, inverse }: Moments): Tensor {
  const channels = mean.length
  const out = k.make(x.shape)
  const [xs, gammas, betas, ys] = [k.floats(x), k.floats(gamma), k.floats(beta), k.floats(out)]
  const scale = inverse.map((inv, c) => inv * gammas[c]!)
  const shift = scale.map((by, c) => betas[c]! - mean[c]! * by)
  for (let at = 0; at < xs.length; at += channels) {
    for (let c = 0; c < channels; c++) ys[at + c] = xs[at + c]! * scale[c]! + shift[c]!
  }
  return k.tensor(out)
}

/** dβ = Σ dy, dγ = Σ dy·x̂, dx = γ/√(σ² + ε) · (dy − dβ/n − x̂·dγ/n). */
function backward(k: Kernels, x: Tensor, gamma: Tensor, dy: Tensor, { mean, inverse }: Moments): Tensor[] {
  const channels = mean.length
  const n = x.size / channels
  const out = k.make(x.shape)
  const [xs, gammas, dys, dxs] = [k.floats(x), k.floats(gamma), k.floats(dy), k.floats(out)]
  const dbeta = new Float64Array(channels)
  const dgamma = new Float64Array(channels)
  for (let at = 0; at < xs.length; at += channels) {
    for (let c = 0; c < channels; c++) {
      const d = dys[at + c]!
      dbeta[c]! += d
      dgamma[c]! += d * (xs[at + c]! - mean[c]!)
    }
  }
  for (let c = 0; c < channels; c++) dgamma[c]! *= inverse[c]!
  // dx = a·dy − b·x − e, by channel
  const a = inverse.map((inv, c) => inv * gammas[c]!)
  const b = a.map((by, c) => (by * inverse[c]! * dgamma[c]!) / n)
  const e = a.map((by, c) => (by * dbeta[c]!) / n - b[c]! * mean[c]!)
  for (let at = 0; at < xs.length; at += channels) {
    for (let c = 0; c < channels; c++) dxs[at + c] = a[c]! * dys[at + c]! - b[c]! * xs[at + c]! - e[c]!
  }
  const vector = (values: Float64Array) => k.tf.tensor1d(Float32Array.from(values))
  return [k.tensor(out), vector(dgamma), vector(dbeta)]
}
