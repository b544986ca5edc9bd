/** A table in HTML, without a style. */
import { printable } from '../format/printable.ts'
import type { PaperTable } from '../views/paper-table.ts'
import type { SpreadShown } from './asked.ts'
import { caption, cellText, hasSeeds, titleOf } from './cells.ts'

const signs: { readonly [sign: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const text = (given: string): string => printable(given).replace(/[&<>"']/g, (sign) => signs[sign]!)

export function htmlTable(table: PaperTable, shown: SpreadShown): string {
  const { columns, rows } = table
  const front = hasSeeds(table) ? ['arm', 'seed'] : ['arm']
  const line = (tag: 'th' | 'td', cells: readonly string[]) => `    <tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`
  return [
    '<table>',
    `  <caption>${text(caption(table, shown))}</caption>`,
    '  <thead>',
    line('th', [...front, ...columns.map((column) => text(titleOf(column)))]),
    '  </thead>',
    '  <tbody>',
    ...rows.map(({ arm, seed, cells }) => {
      const numbers = columns.map((column, i) => {
        const cell = cellText(cells[i] ?? null, column, shown)
        if (cell === null) return '–'
        return `${cell.best ? `<strong>${cell.mean}</strong>` : cell.mean}${cell.spread === null ? '' : ` ${cell.spread}`}`
      })
      return line('td', [text(arm), ...(seed === null ? [] : [text(seed)]), ...numbers])
    }),
    '  </tbody>',
    '</table>',
    '',
  ].join('\n')
}
