/**
 * Tables that fit the screen. If a table is too wide, names in the first column are truncated at the start, to no less than 40 % of the
 * screen; then optional columns are dropped one by one and named below the table; then names are truncated further.
 */
import { aligned, fromTheEnd, widthOf } from '../format/width.ts'

export interface FittedColumn {
  readonly title: string
  readonly cells: readonly string[]
  /** The column with the highest number is dropped first; undefined: never. */
  readonly spare?: number
}

export interface Fitted {
  readonly lines: readonly string[]
  /** Titles of dropped columns. */
  readonly left: readonly string[]
}

/** Least width of truncated names, in columns. */
export const leastName = 8

/** @param all the first column contains names @param width of the screen */
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

/** Empty if no column was dropped. */
export const leftOut = (left: readonly string[]): string[] => {
  const titles = [...new Set(left)]
  return titles.length === 0 ? [] : ['Left out, as the screen is narrow; --json has all:', `  ${titles.join(', ')}`]
}
