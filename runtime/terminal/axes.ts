/** The axes around a drawing: the ends of the vertical one at the left, those of the horizontal one below. */
import { short } from '../format/number.ts'

interface Ends {
  readonly top: string
  readonly bottom: string
  readonly left: string
  readonly right: string
}

/** The least and the largest. Not Math.min(...all): many would overflow the stack. */
export function endsOf(all: readonly number[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const each of all) {
    low = Math.min(low, each)
    high = Math.max(high, each)
  }
  return [low, high]
}

/** `short`, or by its size if that takes more than 11 characters. */
export function axisNumber(value: number): string {
  const whole = short(value)
  return whole.length > 11 ? value.toExponential(3) : whole
}

/** Characters that remain for a drawing in so many columns. */
export const widthInside = (ends: Ends, columns: number): number => Math.max(1, columns - marginOf(ends) - 2)

/** Lines of at most `columns` characters around rows of `widthInside`. */
export function framed(rows: readonly string[], ends: Ends, columns: number): string[] {
  const margin = marginOf(ends)
  const { top, bottom, left, right } = ends
  const lines = rows.map((row, i) => {
    const label = i === 0 ? top : i === rows.length - 1 ? bottom : ''
    return `${label.padStart(margin)} ${label === '' ? '│' : '┤'}${row}`.replace(/[\u2800 ]+$/u, '')
  })
  const below = left === right ? left : `${left} ${right.padStart(widthInside(ends, columns) - left.length - 1)}`
  // Long labels start further left than the drawing.
  return [...lines, `${' '.repeat(Math.max(0, Math.min(margin + 2, columns - below.length)))}${below}`]
}

/** Where a value lies from 0 at `from` to 1 at `to`; their distance may be more than a number can hold. */
export function shareOf(from: number, to: number, value: number): number {
  const distance = to - from
  return Number.isFinite(distance) ? (value - from) / distance : (value / 2 - from / 2) / (to / 2 - from / 2)
}

const marginOf = ({ top, bottom }: Ends): number => Math.max(top.length, bottom.length)
