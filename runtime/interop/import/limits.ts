/** Limits for files. Every number in a file is checked against them before any allocation or repetition that depends on it. */
export const limits = {
  /** Bytes of a network file including external files. */
  bytes: 2 * 1024 ** 3,
  /** Operators, layers, constants, attributes of one operator. */
  parts: 20_000,
  /** Output values of one layer for one example. */
  values: 2 ** 27,
  /** Values computed once when the file is read, such as shapes. */
  folded: 2 ** 24,
  /** Axes of a tensor. */
  axes: 8,
  /** Nesting of objects in JSON. */
  depth: 64,
} as const
