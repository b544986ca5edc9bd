/**
 * Tables as wide as the screen. Where all does not fit, names in the first column are cut at their beginning, to two fifths of the screen; then
 * columns that can be spared go, one after another, and are named below; then names are cut further.
 */
import { aligned, fromTheEnd, widthOf } from '../format/width.ts'

export interface FittedColumn {
  readonly title: string
  readonly cells: readonly string[]
  /** Which goes first: the highest. Without it a column stays. */
  readonly spare?: number
}

export interface Fitted {
  readonly lines: readonly string[]
  /** Titles of the columns that are not there. */
  readonly left: readonly string[]
}

/** What is kept of a name. */
export const leastName = 8

/** @param width of the screen; the first column is of names */
export function fitted(all: readonly FittedColumn[], width: number): Fitted {
  const widths = new Map(all.map((column) => [column, Math.max(...[column.title, ...column.cells].map(widthOf))]))
  const sparable = all.filter(({ spare }) => spare !== undefined).sort((a, b) => a.spare! - b.spare!)
  const [names, ...others] = all
  if (names === undefined) return { lines: [], left: [] }
  let rest = others
  const room = () => width - rest.reduce((sum, column) => sum + widths.get(column)! + 2, 0)
  const left: string[] = []
  while (room() < Math.min(widths.get(names)!, Math.floor(width * 0.4)) && sparable.length > 0) {
    const gone = sparable.pop()!
    rest = rest.filter((column) => column !== gone)
    left.push(gone.title)
  }
  const cutTo = Math.max(leastName, Math.min(widths.get(names)!, room()))
  const cut = (text: string) => fromTheEnd(text, cutTo)
  return {
    lines: aligned([
      [cut(names.title), ...rest.map(({ title }) => title)],
      ...names.cells.map((name, i) => [cut(name), ...rest.map(({ cells }) => cells[i]!)]),
    ]),
    left,
  }
}

/** Nothing when all are there. */
export const leftOut = (left: readonly string[]): string[] => {
  const titles = [...new Set(left)]
  return titles.length === 0 ? [] : ['Left out, as the screen is narrow; --json has all:', `  ${titles.join(', ')}`]
}
