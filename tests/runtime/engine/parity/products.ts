/** Matrix products, and complex numbers. */
import type { Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs'
import type { Tensor } from '../../../../stdlib/engine.ts'
import type { Case } from './case.ts'
import type { Draw } from './draw.ts'

const sums = { tolerance: 5e-6 } as const
const noComplex = 'the backend has no complex numbers'

/** Two matrices that multiply under these transpositions. */
function factors(draw: Draw, batch: readonly number[] = []) {
  const [rows, inner, columns] = draw.shape(3, 1, 6)
  const [transposeA, transposeB] = [draw.pick([true, false]), draw.pick([true, false])]
  return {
    transposeA,
    transposeB,
    columns: columns!,
    inputs: [
      draw.floats([...batch, ...(transposeA ? [inner!, rows!] : [rows!, inner!])]),
      draw.floats([...batch, ...(transposeB ? [columns!, inner!] : [inner!, columns!])]),
    ],
  }
}

export const products: readonly Case[] = [
  {
    name: 'BatchMatMul, of two matrices',
    kernels: ['BatchMatMul'],
    ...sums,
    draw(draw) {
      const { inputs, transposeA, transposeB } = factors(draw)
      return { inputs, op: (tf, a: Tensor2D, b: Tensor2D) => tf.matMul(a, b, transposeA, transposeB) }
    },
  },
  {
    name: 'BatchMatMul',
    kernels: ['BatchMatMul'],
    ...sums,
    draw(draw) {
      const { inputs, transposeA, transposeB } = factors(draw, [draw.int(1, 3)])
      return { inputs, op: (tf, a: Tensor3D, b: Tensor3D) => tf.matMul(a, b, transposeA, transposeB) }
    },
  },
  {
    name: 'BatchMatMul, one matrix for a whole batch',
    kernels: ['BatchMatMul'],
    ...sums,
    draw(draw) {
      const [batch, rows, inner, columns] = draw.shape(4, 2, 4)
      return {
        inputs: [draw.floats([batch!, rows!, inner!]), draw.floats([inner!, columns!])],
        op: (tf, a: Tensor3D, b: Tensor2D) => tf.matMul(a, b),
      }
    },
  },
  {
    name: '_FusedMatMul',
    kernels: ['_FusedMatMul'],
    gradient: 'tfjs fuses outside of gradients only',
    ...sums,
    draw(draw) {
      const { inputs, transposeA, transposeB, columns } = factors(draw)
      const activation = draw.pick(['linear', 'relu', 'elu', 'sigmoid'] as const)
      return {
        inputs: [...inputs, draw.floats([columns])],
        op: (tf, a: Tensor2D, b: Tensor2D, bias: Tensor1D) => tf.fused.matMul({ a, b, transposeA, transposeB, bias, activation }),
      }
    },
  },
  {
    name: 'Einsum',
    kernels: ['Einsum'],
    gradient: 'tfjs has none',
    notPortable: 'the backend has no Einsum',
    draw(draw) {
      const [i, j, k] = draw.shape(3)
      return { inputs: [draw.floats([i!, j!]), draw.floats([j!, k!])], op: (tf, a: Tensor, b: Tensor) => tf.einsum('ij,jk->ki', a, b) }
    },
  },
  {
    name: 'Complex, Real and Imag',
    kernels: ['Complex', 'Real', 'Imag'],
    gradient: 'tfjs has none for the parts of a complex number',
    notPortable: noComplex,
    draw(draw) {
      const shape = draw.shape(2)
      return {
        inputs: [draw.floats(shape), draw.floats(shape)],
        op(tf, real: Tensor, imag: Tensor) {
          const z = tf.complex(real, imag)
          return [tf.real(z), tf.imag(z)]
        },
      }
    },
  },
  {
    name: 'ComplexAbs',
    kernels: ['ComplexAbs'],
    gradient: 'that of a complex number would be complex',
    notPortable: noComplex,
    draw(draw) {
      const shape = draw.shape(2)
      return { inputs: [draw.floats(shape), draw.floats(shape)], op: (tf, real: Tensor, imag: Tensor) => tf.abs(tf.complex(real, imag)) }
    },
  },
  {
    name: 'FFT and IFFT',
    kernels: ['FFT', 'IFFT'],
    gradient: 'tfjs has none',
    notPortable: noComplex,
    draw(draw) {
      const shape = [draw.int(1, 3), draw.pick([2, 4, 5, 8])]
      return {
        inputs: [draw.floats(shape), draw.floats(shape)],
        op(tf, real: Tensor, imag: Tensor) {
          const spectrum = tf.fft(tf.complex(real, imag))
          const back = tf.ifft(spectrum)
          return [tf.real(spectrum), tf.imag(spectrum), tf.real(back), tf.imag(back)]
        },
      }
    },
  },
]
