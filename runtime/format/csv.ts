/** Comma-separated values (RFC 4180). */
import { stringify } from 'csv-stringify/sync'

type Row = readonly (string | number | null)[]

/** The names of the columns, then the rows. Null is an empty field; NaN and infinities are written as such. */
export const csvText = ({ columns, rows }: { readonly columns: readonly string[]; readonly rows: readonly Row[] }): string =>
  stringify([columns, ...rows] as Row[], { cast: { number: String } })
