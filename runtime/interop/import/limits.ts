/** What a file may ask for. Every number in it is held against these before anything is allocated, or repeated, as it says. */
export const limits = {
  /** Of a network's file with those beside it. */
  bytes: 2 * 1024 ** 3,
  /** Operators, layers, constants, attributes of one operator. */
  parts: 20_000,
  /** Values of what one layer gives for one example. */
  values: 2 ** 27,
  /** Values that are computed once, when the file is read: shapes and the like. */
  folded: 2 ** 24,
  /** Axes of a tensor. */
  axes: 8,
  /** Objects inside each other in JSON. */
  depth: 64,
} as const
