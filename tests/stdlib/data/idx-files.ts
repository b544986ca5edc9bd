/** IDX files as bytes, written by hand. */
export function idx(shape: readonly number[], values: ArrayLike<number>): Uint8Array {
  const content = new Uint8Array(4 + 4 * shape.length + values.length)
  const view = new DataView(content.buffer)
  view.setUint32(0, 0x800 + shape.length)
  shape.forEach((size, i) => {
    view.setUint32(4 + 4 * i, size)
  })
  content.set(values, 4 + 4 * shape.length)
  return content
}
