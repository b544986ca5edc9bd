/** Number formats. */

/** Four significant digits; from 1000 on, all digits of the integer part. */
export function short(value: number): string {
  const size = Math.abs(value)
  if (!Number.isFinite(value) || size > Number.MAX_SAFE_INTEGER) return Number.isFinite(value) ? value.toExponential(3) : String(value)
  return String(size >= 1000 ? Math.round(value) : Number(value.toPrecision(4)))
}

/** `1,088,310` */
export const grouped = (value: number): string => Math.round(value).toLocaleString('en-US')

/** `95.12` for 0.9512. */
export const percent = (fraction: number): string => (fraction * 100).toFixed(2)

/** `+0.25`, `−0.25` */
export const signed = (value: number, write: (size: number) => string): string => `${value >= 0 ? '+' : '−'}${write(Math.abs(value))}`
