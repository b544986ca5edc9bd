/**
 * Batch norm as fused operations. oneDNN's kernels are fast for some numbers of channels only, and up to six times slower for
 * others (docs/benchmarks.md); the same values in another shape use the fast ones.
 */
import type { Tensor, Tf } from '../../../stdlib/engine.ts'
import { type Attr, attr } from './attributes.ts'
import { type Backend, raw, tf } from './backend.ts'
import { dtypes } from './metadata.ts'

interface Normalised {
  readonly y: Tensor
  readonly mean: Tensor
  /** The unbiased one (÷ (n − 1)). */
  readonly variance: Tensor
}

/** Number of values below which the additional operations of `foldedBatchNorm` take longer than they save. */
const worthFolding = 16_384

/**
 * y = gamma · (x − mean) / √(variance + ε) + beta over all axes but the last; x: [batch, height, width, channels].
 * Normalises with the biased variance (÷ n) and returns the unbiased one (÷ (n − 1)) for the running statistics, as PyTorch does;
 * tf.layers' own uses the biased one for both.
 * @param vectors numbers in a vector register of oneDNN's widest kernels; undefined on a GPU
 */
export function batchNormTraining(
  backend: Backend,
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  epsilon: number,
  vectors: number | undefined,
): Normalised {
  const channels = x.shape.at(-1)!
  const columns = columnsFor(backend, x, vectors)
  if (columns === undefined) return fusedBatchNorm(backend, x, gamma, beta, epsilon)
  const flat = inColumns(x, columns)
  const { y, ...statistics } =
    columns === channels
      ? fusedBatchNorm(backend, flat, gamma, beta, epsilon)
      : foldedBatchNorm(backend, flat, gamma, beta, epsilon, columns / channels)
  return { y: tf.reshape(y, x.shape), ...statistics }
}

/**
 * gamma · (x − mean) / √(variance + ε) + beta with given statistics; undefined where tfjs's own kernel is as fast.
 * @param x [batch, height, width, channels]; the others are [channels] each
 */
export function batchNormInference(
  backend: Backend,
  x: Tensor,
  channelwise: readonly [gamma: Tensor, beta: Tensor, mean: Tensor, variance: Tensor],
  epsilon: number,
  vectors: number | undefined,
): Tensor | undefined {
  const columns = columnsFor(backend, x, vectors)
  if (columns === undefined) return undefined
  return tf.tidy(() => {
    const [gamma, beta, mean, variance] = channelwise.map((tensor) => tf.tile(tensor, [columns / tensor.size]))
    const [y] = forward(backend, [inColumns(x, columns), gamma!, beta!, mean!, variance!], epsilon, false)
    return tf.reshape(y!, x.shape)
  })
}

const inColumns = (x: Tensor, columns: number): Tensor => tf.reshape(x, [x.size / columns, 1, 1, columns])

/** Columns of a shape of x for which oneDNN's kernels are fast: a multiple of its channels; undefined leaves x as it is. */
function columnsFor(backend: Backend, x: Tensor, vectors: number | undefined): number | undefined {
  const channels = x.shape.at(-1)!
  if (vectors === undefined || backend.binding.trace?.xla === true || isFast(channels, vectors)) return undefined
  if (channels % 8 === 0) return channels
  const fold = vectors / commonDivisor(channels, vectors)
  return (x.size / channels) % fold !== 0 || x.size < worthFolding ? undefined : channels * fold
}

/** Without another shape. */
const isFast = (channels: number, vectors: number): boolean => (vectors === 16 && channels % 16 === 0) || [4, 8, 12].includes(channels)

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b))

const attributes = (epsilon: number, training: boolean): Attr[] => [
  attr.type('T', dtypes.FLOAT),
  attr.type('U', dtypes.FLOAT),
  attr.float('epsilon', epsilon),
  attr.string('data_format', 'NHWC'),
  attr.bool('is_training', training),
]

/** y, mean, unbiased variance, mean and biased variance again, and what GPUs keep. */
function forward(
  backend: Backend,
  inputs: readonly [x: Tensor, gamma: Tensor, beta: Tensor, mean: Tensor, variance: Tensor],
  epsilon: number,
  training: boolean,
): Tensor[] {
  return raw(backend, 'FusedBatchNormV3', inputs, [...attributes(epsilon, training), attr.float('exponential_avg_factor', 1)], 6)
}

/** Gradients of x, gamma and beta. @param kept the last outputs of `forward` */
const backward = (backend: Backend, dy: Tensor, x: Tensor, gamma: Tensor, kept: readonly Tensor[], epsilon: number, training: boolean) =>
  raw(backend, 'FusedBatchNormGradV3', [dy, x, gamma, ...kept], attributes(epsilon, training), 5).slice(0, 3)

function fusedBatchNorm(backend: Backend, x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): Normalised {
  return differentiable(x, gamma, beta, (x, gamma, beta) => {
    // Empty running statistics, which the operation would otherwise update itself.
    const none = tf.tensor1d([])
    const [y, mean, variance, ...kept] = forward(backend, [x, gamma, beta, none, none], epsilon, true)
    const gradients = (dy: Tensor, x: Tensor, gamma: Tensor, kept: readonly Tensor[]) =>
      backward(backend, dy, x, gamma, kept, epsilon, true)
    return { y: y!, mean: mean!, variance: variance!, kept, gradients }
  })
}

/**
 * The same on a view whose columns are the channels `fold` times over, as many as fill vectors. Each column has its own statistics; a
 * channel's follow from those of its columns, and normalise all of them as in evaluation.
 * @param x [rows, 1, 1, fold · channels]
 */
function foldedBatchNorm(backend: Backend, x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number, fold: number): Normalised {
  const columns = x.shape.at(-1)!
  const channels = columns / fold
  const n = x.size / channels
  const unfolded = (tensor: Tensor) => tf.reshape(tensor, [fold, channels])
  const repeated = (tensor: Tensor) => tf.tile(tensor, [fold])
  return differentiable(x, gamma, beta, (x, gamma, beta) => {
    const none = tf.tensor1d([])
    const [, , , means, variances] = forward(backend, [x, tf.ones([columns]), tf.zeros([columns]), none, none], epsilon, true)
    const mean = tf.mean(unfolded(means!), 0)
    const between = tf.square(tf.sub(unfolded(means!), mean))
    const biased = tf.mean(tf.add(unfolded(variances!), between), 0)
    const kept = [repeated(mean), repeated(biased)] as const
    const [y] = forward(backend, [x, repeated(gamma), repeated(beta), ...kept], epsilon, false)
    const gradients = (dy: Tensor, x: Tensor, gamma: Tensor, [mean, variance]: readonly Tensor[]) => {
      const none = tf.zeros([columns])
      const [straight, ...sums] = backward(backend, dy, x, repeated(gamma), [mean!, variance!, none], epsilon, false)
      const [dGamma, dBeta] = sums.map((sum) => tf.sum(unfolded(sum), 0))
      // The effect of dy through the channel's own mean and variance: −gamma / √(variance + ε) · (dBeta + x̂ · dGamma) / n.
      const scale = tf.div(gamma, tf.mul(tf.sqrt(tf.add(tf.slice(variance!, [0], [channels]), epsilon)), -n))
      const [dGammas, dBetas] = [dGamma!, dBeta!].map((sum) => repeated(tf.mul(scale, sum)))
      const [through] = forward(backend, [x, dGammas!, dBetas!, mean!, variance!], epsilon, false)
      return [tf.add(straight!, through!), dGamma!, dBeta!]
    }
    return { y: y!, mean, variance: tf.mul(biased, n / Math.max(1, n - 1)), kept, gradients }
  })
}

interface Forward extends Normalised {
  /** Needed for the gradients besides x and gamma. */
  readonly kept: readonly Tensor[]
  gradients(dy: Tensor, x: Tensor, gamma: Tensor, kept: readonly Tensor[]): Tensor[]
}

/** Statistics are not differentiated, and outlive the gradient. */
function differentiable(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  normalise: (x: Tensor, gamma: Tensor, beta: Tensor) => Forward,
): Normalised {
  let statistics: Tensor[] = []
  const custom = (x: Tensor, gamma: Tensor, beta: Tensor, save: (tensors: Tensor[]) => void) => {
    const { y, mean, variance, kept, gradients } = normalise(x, gamma, beta)
    statistics = [tf.keep(mean), tf.keep(variance)]
    save([x, gamma, ...kept])
    return { value: y, gradFunc: (dy: Tensor, [x, gamma, ...kept]: Tensor[]) => gradients(dy, x!, gamma!, kept) }
  }
  // tfjs types a custom gradient's result as one tensor and its inputs as unknown.
  const y = tf.customGrad(custom as unknown as Parameters<Tf['customGrad']>[0])(x, gamma, beta)
  const [mean, variance] = statistics.map((kept) => {
    const shared = kept.clone()
    kept.dispose()
    return shared
  })
  return { y, mean: mean!, variance: variance! }
}
