/** Transposed matrix products: the backend computes them in a scalar loop, ten times slower than transposing first. */
import type { TensorInfo } from '@tensorflow/tfjs'
import type { Attrs, Inputs, Kernel, Kernels } from './kernels.ts'

export function installTransposedMatmul(k: Kernels): void {
  k.replace('BatchMatMul', (plain) => (inputs, attrs) => {
    const { a, b } = inputs as { a: TensorInfo; b: TensorInfo }
    return isCheaperTurned(a, b, attrs) ? turned(k, plain, a, b, attrs) : product(k, plain, inputs, attrs)
  })
  k.replace('_FusedMatMul', (plain) => (inputs, attrs) => product(k, plain, inputs, attrs))
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

/** a·bᵀ = (b·aᵀ)ᵀ: a large b, such as a layer's weights, is neither transposed nor packed. */
function turned(k: Kernels, plain: Kernel, a: TensorInfo, b: TensorInfo, attrs: Attrs): TensorInfo {
  const aTransposed = oriented(k, a, true)
  const result = plain({ a: b, b: aTransposed }, { ...attrs, transposeA: false, transposeB: false })
  const out = oriented(k, result, true)
  k.free(aTransposed, result)
  return out
}

/** Compares the number of values moved for transposing and packing b with those for a and the result. Depends on shapes alone. */
function isCheaperTurned(a: TensorInfo, b: TensorInfo, attrs: Attrs): boolean {
  const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean }
  if (transposeA || !transposeB || single(a) === undefined || single(b) === undefined) return false
  const [rows, inner] = single(a)!
  const [columns] = single(b)!
  return 2 * rows * inner + rows * columns < 2 * columns * inner
}

/** Rows and columns; undefined for a batch of several matrices. */
function single(x: TensorInfo): [rows: number, columns: number] | undefined {
  return x.shape.slice(0, -2).every((n) => n === 1) ? [x.shape.at(-2)!, x.shape.at(-1)!] : undefined
}

function oriented(k: Kernels, x: TensorInfo, transposed: boolean): TensorInfo {
  const rank = x.shape.length
  const axes = x.shape.map((_, axis) => axis)
  return transposed ? k.transpose(x, [...axes.slice(0, -2), rank - 1, rank - 2]) : k.reshape(x, x.shape)
}
