/** The formats of a study's table: each a whole text, ending in a line end. */
import { csvLines } from '../format/csv.ts'
import { jsonText } from '../format/json.ts'
import type { PaperTable } from '../views/paper-table.ts'
import type { SpreadShown, TableFormat } from './asked.ts'
import { hasSeeds } from './cells.ts'
import { htmlTable } from './html.ts'
import { latexTable } from './latex.ts'
import { markdownTable } from './markdown.ts'

type Write = (table: PaperTable, shown: SpreadShown) => string

export const tableWriters: { readonly [F in TableFormat]: Write } = {
  markdown: markdownTable,
  latex: latexTable,
  html: htmlTable,
  csv: (table) => `${csvLines(sheet(table)).join('\n')}\n`,
  json: (table) => `${jsonText(table, 2)}\n`,
}

/** All digits, for programs: a column for each number. */
function sheet(table: PaperTable) {
  const { columns, rows } = table
  const perSeed = hasSeeds(table)
  const numbers = perSeed ? [''] : ['', ' std', ' low', ' high']
  return {
    columns: ['arm', ...(perSeed ? ['seed'] : ['seeds']), ...columns.flatMap(({ name }) => numbers.map((end) => `${name}${end}`))],
    rows: rows.map(({ arm, seed, seeds, cells }) => [
      arm,
      perSeed ? seed : seeds,
      ...columns.flatMap((_, i) => {
        const cell = cells[i] ?? null
        const all = [cell?.mean ?? null, cell?.std ?? null, cell?.interval?.[0] ?? null, cell?.interval?.[1] ?? null]
        return all.slice(0, numbers.length)
      }),
    ]),
  }
}
