/** Attributes of operations, as tfjs-node's kernels pass them to their addon. */

/** tfjs-node's numbers for types of attributes. */
export const attrTypes = { STRING: 0, INT: 1, FLOAT: 2, BOOL: 3, TYPE: 4, SHAPE: 5, RESOURCE: 6 } as const

/** An attribute as tfjs-node's kernels give it. */
export interface Attr {
  readonly name: string
  readonly type: number
  // biome-ignore lint/suspicious/noExplicitAny: its type is the attribute's, which TensorFlow checks
  readonly value: any
}

export const attr = {
  type: (name: string, value: number): Attr => ({ name, type: attrTypes.TYPE, value }),
  int: (name: string, value: number): Attr => ({ name, type: attrTypes.INT, value }),
  float: (name: string, value: number): Attr => ({ name, type: attrTypes.FLOAT, value }),
  bool: (name: string, value: boolean): Attr => ({ name, type: attrTypes.BOOL, value }),
  string: (name: string, value: string): Attr => ({ name, type: attrTypes.STRING, value }),
}
