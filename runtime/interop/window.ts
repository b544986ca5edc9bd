/** Windows of convolutions and pooling, converted for other formats. */

export interface Windowed {
  readonly config: { readonly [option: string]: unknown }
  /** Input and output sizes of the layer for one example: [height, width, channels]. */
  readonly from: readonly number[]
  readonly to: readonly number[]
}

export type Pair = readonly [number, number]

/** Keras accepts one number for both axes. */
export const pair = (value: unknown): Pair => {
  const [first, second] = Array.isArray(value) ? (value as number[]) : [Number(value ?? 1), Number(value ?? 1)]
  return [first!, second ?? first!]
}

/** Padding of TensorFlow's `same`: top, left, bottom, right, or begin and end, the larger half at the end. @param window including dilation */
export function padsOf({ config, from, to }: Windowed, window: readonly number[], strides: readonly number[]): readonly number[] {
  if (config.padding !== 'same') return [...window, ...window].map(() => 0)
  const missing = window.map((size, i) => Math.max(0, (to[i]! - 1) * strides[i]! + size - from[i]!))
  return [...missing.map((each) => Math.floor(each / 2)), ...missing.map((each) => Math.ceil(each / 2))]
}

/** Extent of a window including dilation. */
export const reach = (window: readonly number[], dilations: readonly number[]): readonly number[] =>
  window.map((size, i) => (size - 1) * dilations[i]! + 1)
