/** Display widths on a terminal: a Chinese character or an emoji takes two columns, a combining accent none. */
import stringWidth from 'fast-string-width'
import { printable } from './printable.ts'

/** Columns of a text when printed. */
export const widthOf = (text: string): number => stringWidth(printable(text))

/** Rows that a text occupies. A wide character that does not fit at the end of a row wraps to the next. */
export function rowsOf(text: string, columns: number): number {
  if (widthOf(text) <= columns) return 1
  let [rows, taken] = [1, 0]
  for (const character of characters(text)) {
    const width = widthOf(character)
    if (taken + width > columns) [rows, taken] = [rows + 1, 0]
    taken += width
  }
  return rows
}

export const padEnd = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)))
export const padStart = (text: string, width: number): string => ' '.repeat(Math.max(0, width - widthOf(text))) + text

/** At most `width` columns, truncated at the start: the end of a path is the most informative. */
export function fromTheEnd(text: string, width: number): string {
  if (widthOf(text) <= width) return printable(text)
  const kept = fitting(characters(text).toReversed(), width - 1)
  return `…${kept.toReversed().join('')}`
}

export function fromTheStart(text: string, width: number): string {
  return widthOf(text) <= width ? printable(text) : `${fitting(characters(text), width - 1).join('')}…`
}

/** Grapheme clusters. */
function characters(text: string): string[] {
  // Created lazily: the first Segmenter in a process takes 8 ms.
  return Array.from(new Intl.Segmenter().segment(printable(text)), ({ segment }) => segment)
}

/** The longest prefix that takes at most `width` columns. */
function fitting(all: readonly string[], width: number): readonly string[] {
  let taken = 0
  const end = all.findIndex((character) => {
    taken += widthOf(character)
    return taken > width
  })
  return end < 0 ? all : all.slice(0, end)
}

/** Aligns cells in columns. By default the first column is left-aligned, the others right-aligned. */
export function aligned(rows: readonly (readonly string[])[], sides: readonly ('left' | 'right')[] = ['left']): string[] {
  const widths = (rows[0] ?? []).map((_, column) => rows.reduce((widest, row) => Math.max(widest, widthOf(row[column] ?? '')), 0))
  return rows.map((row) =>
    row
      .map((text, column) => (sides[column] === 'left' ? padEnd : padStart)(text, widths[column]!))
      .join('  ')
      .trimEnd(),
  )
}
