/** A scatter plot in characters, with the ends of both axes as labels. */
import { endsOf, framed, shareOf, widthInside } from './axes.ts'

export interface Mark {
  /** One character. */
  readonly sign: string
  readonly x: number
  readonly y: number
}

interface PlotOptions {
  readonly columns: number
  readonly rows: number
  readonly logX: boolean
  readonly writeX: (value: number) => string
  readonly writeY: (value: number) => string
}

/** Where marks overlap, the first is shown. Empty without marks. */
export function plot(marks: readonly Mark[], { columns, rows, logX, writeX, writeY }: PlotOptions): string[] {
  if (marks.length === 0) return []
  const across = logX ? Math.log : (x: number) => x
  const [left, right] = endsOf(marks.map(({ x }) => x))
  const [low, high] = endsOf(marks.map(({ y }) => y))
  const ends = { top: writeY(high), bottom: writeY(low), left: writeX(left), right: writeX(right) }
  const width = widthInside(ends, columns)
  const cells = Array.from({ length: rows }, () => new Array<string>(width).fill(' '))
  for (const { sign, x, y } of marks.toReversed())
    cells[place(high, low, y, rows)]![place(across(left), across(right), across(x), width)] = sign
  return framed(
    cells.map((row) => row.join('')),
    ends,
    columns,
  )
}

const place = (from: number, to: number, value: number, cells: number): number =>
  from === to ? cells >> 1 : Math.round(shareOf(from, to, value) * (cells - 1))
