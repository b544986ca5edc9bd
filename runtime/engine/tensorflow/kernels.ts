/** tfjs-node kernels that a trace cannot run, or that have a faster operation. */
import type { Tensor } from '../../../stdlib/engine.ts'
import { attr } from './attributes.ts'
import { type Backend, raw, tf } from './backend.ts'
import { batchNormInference } from './batch-norm.ts'
import { dtypes } from './metadata.ts'
import { replace } from './replace-kernel.ts'

/** @param vectors numbers in a vector register of oneDNN's widest kernels; undefined on a GPU */
export function installKernels(backend: Backend, vectors: number | undefined): void {
  const typeOf = ({ dtype }: Tensor) => backend.getDTypeInteger(dtype)

  // tfjs-node reads the indices in JavaScript to check them, which a trace cannot do. TensorFlow checks them itself on the CPU.
  replace('GatherV2', ({ x, indices }, { axis, batchDims }) => {
    const types = [attr.type('Tparams', typeOf(x!)), attr.type('Tindices', typeOf(indices!)), attr.type('Taxis', dtypes.INT32)]
    const at = tf.scalar(axis as number, 'int32')
    return raw(backend, 'GatherV2', [x!, indices!, at], [attr.int('batch_dims', (batchDims as number | undefined) ?? 0), ...types])[0]!
  })

  // As BiasAdd, TensorFlow fuses the bias into the convolution: one pass less, the same bits.
  replace('Add', ({ a, b }, _, add) => {
    const channels = a!.shape.at(-1)!
    const isBias = a!.rank === 4 && b!.rank <= 4 && b!.size === channels && b!.shape.at(-1) === channels
    if (!isBias || a!.dtype !== 'float32' || b!.dtype !== 'float32') return add()
    const attrs = [attr.type('T', dtypes.FLOAT), attr.string('data_format', 'NHWC')]
    return raw(backend, 'BiasAdd', [a!, b!.rank === 1 ? b! : tf.reshape(b!, [channels])], attrs)[0]!
  })

  replace('FusedBatchNorm', ({ x, scale, offset, mean, variance }, { varianceEpsilon }, normalised) => {
    if (mean!.rank !== 1) return normalised()
    const [gamma, beta] = [scale ?? tf.onesLike(mean!), offset ?? tf.zerosLike(mean!)]
    return batchNormInference(backend, x!, [gamma, beta, mean!, variance!], varianceEpsilon as number, vectors) ?? normalised()
  })

  // One pair of matrices is no batch: the plain product is faster for small ones. tfjs' dense layers make a batch of one.
  replace('BatchMatMul', ({ a, b }, { transposeA, transposeB }, batched) => {
    const matrices = [a!, b!].map((tensor) =>
      tensor.rank === 3 && tensor.shape[0] === 1 ? tf.reshape(tensor, tensor.shape.slice(1)) : tensor,
    )
    if (matrices.some(({ rank }) => rank !== 2)) return batched()
    const flags = [attr.bool('transpose_a', transposeA as boolean), attr.bool('transpose_b', transposeB as boolean)]
    const product = raw(backend, 'MatMul', matrices, [attr.type('T', typeOf(a!)), ...flags])[0]!
    return Math.max(a!.rank, b!.rank) === 2 ? product : tf.reshape(product, [1, ...product.shape])
  })
}
