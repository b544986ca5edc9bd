/** Safetensors files of other programs, widened to float32. */
import { ofHalf } from '../format/half.ts'
import { type RawTensor, tensorsIn } from '../store/safetensors.ts'

export interface FileTensor {
  readonly shape: readonly number[]
  /** Undefined for integers, such as batch counters. */
  readonly values: Float32Array | undefined
}

/** Bytes per element. Integers are not weights and are skipped by readers. */
const types = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 } as const
export type NumberType = keyof typeof types

/** Tensors by name. @throws StoreProblem of kind `malformed` for an invalid file */
export function readWeightsFile(bytes: Uint8Array, file: string): ReadonlyMap<string, FileTensor> {
  return new Map(tensorsIn(bytes, file, types).tensors.map((tensor) => [tensor.name, { shape: tensor.shape, values: floats(tensor) }]))
}

const floats = ({ dtype, data }: RawTensor<NumberType>): Float32Array | undefined => {
  const values = numbersIn(dtype, data)
  return values instanceof Float32Array ? values : undefined
}

/** Floats of all widths as float32; integers unchanged, 64-bit integers rounded to the nearest number. */
export function numbersIn(
  dtype: NumberType,
  data: ArrayBuffer,
): Float32Array | Float64Array | Int32Array | Int16Array | Int8Array | Uint8Array {
  const halves = () => new Uint16Array(data)
  switch (dtype) {
    case 'F32':
      return new Float32Array(data)
    case 'F64':
      return Float32Array.from(new Float64Array(data))
    case 'F16':
      return new Float32Array(halves()).map(ofHalf)
    case 'BF16': {
      // bfloat16 is the upper half of a float32.
      const bits = new Uint32Array(data.byteLength / 2)
      for (const [i, half] of halves().entries()) bits[i] = half << 16
      return new Float32Array(bits.buffer)
    }
    case 'I64':
      return Float64Array.from(new BigInt64Array(data), Number)
    case 'I32':
      return new Int32Array(data)
    case 'I16':
      return new Int16Array(data)
    case 'I8':
      return new Int8Array(data)
    case 'U8':
    case 'BOOL':
      return new Uint8Array(data)
  }
}
