/** A scatter plot in characters, with the ends of both axes as labels. */

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
  const labels = [writeY(high), writeY(low)]
  const margin = Math.max(...labels.map(({ length }) => length))
  const width = Math.max(2, columns - margin - 2)
  const cells = Array.from({ length: rows }, () => new Array<string>(width).fill(' '))
  for (const { sign, x, y } of marks.toReversed())
    cells[place(high, low, y, rows)]![place(across(left), across(right), across(x), width)] = sign
  const drawn = cells.map((row, i) => {
    const end = i === 0 ? labels[0]! : i === rows - 1 ? labels[1]! : ''
    return `${end.padStart(margin)} ${end === '' ? '│' : '┤'}${row.join('')}`.trimEnd()
  })
  const [from, to] = [writeX(left), writeX(right)]
  return [
    ...drawn,
    `${' '.repeat(margin + 2)}${from === to ? from : `${from}${to.padStart(Math.max(to.length + 1, width - from.length))}`}`,
  ]
}

const place = (from: number, to: number, value: number, cells: number): number =>
  from === to ? cells >> 1 : Math.round(((value - from) / (to - from)) * (cells - 1))

/** Not Math.min(...all): many points would overflow the stack. */
const endsOf = (all: readonly number[]): [number, number] =>
  all.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
