/** Comma-separated values (RFC 4180). */
import { stringify } from 'csv-stringify/sync'
import { printable } from './printable.ts'

type Row = readonly (string | number | null)[]

/** A text that a spreadsheet would take for a formula gets an apostrophe, which it takes for the sign of a text. */
function cell(text: string): string {
  const shown = printable(text)
  return /^[=+\-@＝＋－＠]/u.test(shown) && Number.isNaN(Number(shown)) ? `'${shown}` : shown
}

/** The names of the columns, then the rows, a line each. Null is an empty field; NaN and infinities are written as such. */
export const csvLines = ({ columns, rows }: { readonly columns: readonly string[]; readonly rows: readonly Row[] }): string[] =>
  stringify(
    [columns, ...rows].map((row) => row.map((value) => (typeof value === 'string' ? cell(value) : value))),
    { cast: { number: String } },
  )
    .split('\n')
    .slice(0, -1)
