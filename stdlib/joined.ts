type Numbers = Float32Array | Int32Array | Uint8Array

/** Arrays of one type, at least one, one after another; a single one is not copied. */
export function joined<A extends Numbers>(arrays: readonly A[]): A {
  const [first] = arrays
  if (arrays.length === 1) return first!
  const all = new (first!.constructor as new (length: number) => A)(arrays.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const each of arrays) {
    all.set(each, at)
    at += each.length
  }
  return all
}
