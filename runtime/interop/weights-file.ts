/** Safetensors files of other programs, widened to float32. */
import { sizeOf } from '../../stdlib/network.ts'
import { ofHalf } from '../format/half.ts'
import { type RawTensor, tensorsIn } from '../store/safetensors.ts'

export interface FileTensor {
  readonly shape: readonly number[]
  /** Undefined for whole numbers, such as a count of batches. */
  readonly values: Float32Array | undefined
}

/** Of an element, in bytes; whole numbers are no weights, and are passed over by who reads them. */
const types = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 } as const
type Type = keyof typeof types

/** By name. @throws StoreProblem of kind `malformed` for what is not exactly such a file */
export function readWeightsFile(bytes: Uint8Array, file: string): ReadonlyMap<string, FileTensor> {
  return new Map(tensorsIn(bytes, file, types).tensors.map((tensor) => [tensor.name, { shape: tensor.shape, values: widened(tensor) }]))
}

function widened({ dtype, shape, data }: RawTensor<Type>): Float32Array | undefined {
  const halves = () => new Uint16Array(data)
  switch (dtype) {
    case 'F32':
      return new Float32Array(data)
    case 'F64':
      return Float32Array.from(new Float64Array(data))
    case 'F16':
      return Float32Array.from(halves(), ofHalf)
    case 'BF16': {
      // The upper half of a float32.
      const bits = new Uint32Array(sizeOf(shape))
      for (const [i, half] of halves().entries()) bits[i] = half << 16
      return new Float32Array(bits.buffer)
    }
    default:
      return undefined
  }
}
