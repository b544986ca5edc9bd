/** 16-bit floats (IEEE 754 binary16): 1 sign bit, 5 exponent bits, 10 fraction bits. */

export function ofHalf(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023]
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
