/** Comma-separated values (RFC 4180). */
import { stringify } from 'csv-stringify/sync'
import { printable } from './printable.ts'

type Row = readonly (string | number | null)[]

/** Prevents formula injection: an apostrophe marks the cell as text for spreadsheets. */
function cell(text: string): string {
  const shown = printable(text)
  return /^[=+\-@＝＋－＠]/u.test(shown) && Number.isNaN(Number(shown)) ? `'${shown}` : shown
}

/** A header and one line per row. Null is an empty field; NaN and infinities are written as such. */
export const csvLines = ({ columns, rows }: { readonly columns: readonly string[]; readonly rows: readonly Row[] }): string[] =>
  stringify(
    [columns, ...rows].map((row) => row.map((value) => (typeof value === 'string' ? cell(value) : value))),
    { cast: { number: String } },
  )
    .split('\n')
    .slice(0, -1)
