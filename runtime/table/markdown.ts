/** A table in Markdown, as GitHub and most readers take it. */
import { printable } from '../format/printable.ts'
import { titleWithUnit } from '../views/measure.ts'
import type { PaperTable } from '../views/paper-table.ts'
import type { SpreadShown } from './asked.ts'
import { caption, cellText, hasSeeds } from './cells.ts'

const text = (given: string): string => printable(given).replace(/[\\`*_[\]<>|~]/g, '\\$&')

export function markdownTable(table: PaperTable, shown: SpreadShown): string {
  const { columns, rows } = table
  const front = hasSeeds(table) ? ['arm', 'seed'] : ['arm']
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    line([...front, ...columns.map((column) => text(titleWithUnit(column)))]),
    line([...front.map(() => '---'), ...columns.map(() => '---:')]),
    ...rows.map(({ arm, seed, cells }) => {
      const numbers = columns.map((column, i) => {
        const cell = cellText(cells[i] ?? null, column, shown)
        if (cell === null) return '–'
        return `${cell.best ? `**${cell.mean}**` : cell.mean}${cell.spread === null ? '' : ` ${cell.spread}`}`
      })
      return line([text(arm), ...(seed === null ? [] : [text(seed)]), ...numbers])
    }),
    '',
    text(caption(table, shown)),
    '',
  ].join('\n')
}
