/** Transposed matrix products: the backend computes them in a scalar loop, ten times slower than transposing first. */
import type { TensorInfo } from '@tensorflow/tfjs'
import type { Attrs, Inputs, Kernel, Kernels } from './kernels.ts'

export function installTransposedMatmul(k: Kernels): void {
  for (const name of ['BatchMatMul', '_FusedMatMul']) k.replace(name, (plain) => (inputs, attrs) => product(k, plain, inputs, attrs))
}

function product(k: Kernels, plain: Kernel, inputs: Inputs, attrs: Attrs): TensorInfo {
  const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean }
  if (!transposeA && !transposeB) return plain(inputs, attrs)
  const a = oriented(k, inputs.a!, transposeA)
  const b = oriented(k, inputs.b!, transposeB)
  const result = plain({ ...inputs, a, b }, { ...attrs, transposeA: false, transposeB: false })
  k.free(a, b)
  return result
}

function oriented(k: Kernels, x: TensorInfo, transposed: boolean): TensorInfo {
  const rank = x.shape.length
  const axes = x.shape.map((_, axis) => axis)
  return transposed ? k.transpose(x, [...axes.slice(0, -2), rank - 1, rank - 2]) : k.reshape(x, x.shape)
}
