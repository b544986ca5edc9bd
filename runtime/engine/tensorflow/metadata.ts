/** TensorFlow's numbers for element types. */
export const dtypes = { FLOAT: 1, DOUBLE: 2, INT32: 3, UINT8: 4, STRING: 7, COMPLEX64: 8, INT64: 9, BOOL: 10, RESOURCE: 20 } as const

export interface Metadata {
  readonly id: number
  readonly shape: number[]
  readonly dtype: number
}

export const int64s = (values: readonly number[]): BigInt64Array => BigInt64Array.from(values, BigInt)
