/** Draws a curve with Braille characters (2 × 4 dots each), with the value range on the left and the step range below. */
import { axisNumber, endsOf, framed, shareOf, widthInside } from './axes.ts'

export interface Point {
  readonly step: number
  readonly value: number
}

/** Bit of each dot of a Braille character (U+2800 + bits), by column and row. The fourth row has the highest bits. */
const dots = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const

/** At most `columns` characters wide, with `rows` lines for the curve. Values that are not finite are left out; empty without points. */
export function curve(points: readonly Point[], columns: number, rows = 6): string[] {
  const finite = points.filter(({ value }) => Number.isFinite(value))
  if (finite.length === 0) return []
  const [low, high] = endsOf(finite.map(({ value }) => value))
  const [first, last] = endsOf(finite.map(({ step }) => step))
  const ends = { top: axisNumber(high), bottom: axisNumber(low), left: String(first), right: String(last) }
  const width = widthInside(ends, columns)
  const cells = Array.from({ length: rows }, () => new Array<number>(width).fill(0))
  const across = (step: number) => (last === first ? 0 : Math.round(shareOf(first, last, step) * (width * 2 - 1)))
  const down = (value: number) => (high === low ? rows * 2 : Math.round(shareOf(high, low, value) * (rows * 4 - 1)))
  const mark = (x: number, y: number) => {
    cells[y >> 2]![x >> 1]! |= dots[x & 1]![y & 3]!
  }
  for (const [i, { step, value }] of finite.entries()) {
    const [x, y] = [across(step), down(value)]
    const next = finite[i + 1]
    if (next === undefined) {
      mark(x, y)
      break
    }
    // A line to the next point.
    const [toX, toY] = [across(next.step), down(next.value)]
    const length = Math.max(1, Math.abs(toX - x), Math.abs(toY - y))
    for (let k = 0; k < length; k++) mark(Math.round(x + ((toX - x) * k) / length), Math.round(y + ((toY - y) * k) / length))
  }
  return framed(
    cells.map((row) => row.map((cell) => String.fromCharCode(0x2800 + cell)).join('')),
    ends,
    columns,
  )
}
