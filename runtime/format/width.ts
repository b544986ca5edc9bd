/** Texts as wide as a terminal shows them: a letter of Chinese or an emoji takes two columns, a combining accent none. */
import cliTruncate from 'cli-truncate'
import stringWidth from 'string-width'
import { printable } from './printable.ts'

/** Columns of a text as it will be printed. */
export const widthOf = (text: string): number => stringWidth(printable(text))

export const padEnd = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)))
export const padStart = (text: string, width: number): string => ' '.repeat(Math.max(0, width - widthOf(text))) + text

/** At most `width` columns; of a path the end says most. */
export const fromTheEnd = (text: string, width: number): string => cliTruncate(printable(text), width, { position: 'start' })

export const fromTheStart = (text: string, width: number): string => cliTruncate(printable(text), width)

/** Rows as lines, their cells below each other. By default the first column to the left, the others to the right. */
export function aligned(rows: readonly (readonly string[])[], sides: readonly ('left' | 'right')[] = ['left']): string[] {
  const widths = (rows[0] ?? []).map((_, column) => rows.reduce((widest, row) => Math.max(widest, widthOf(row[column] ?? '')), 0))
  return rows.map((row) =>
    row
      .map((text, column) => (sides[column] === 'left' ? padEnd : padStart)(text, widths[column]!))
      .join('  ')
      .trimEnd(),
  )
}
