/** A table in HTML, without a style. */
import { type Html, html, type Part } from '../format/html.ts'
import { titleWithUnit } from '../views/measure.ts'
import type { PaperTable } from '../views/paper-table.ts'
import type { SpreadShown } from './asked.ts'
import { caption, cellText, hasSeeds } from './cells.ts'

export function htmlTable(table: PaperTable, shown: SpreadShown): string {
  const { columns, rows } = table
  const front = hasSeeds(table) ? ['arm', 'seed'] : ['arm']
  const line = (cells: readonly Html[]): Html => html`    <tr>${cells}</tr>\n`
  const data = (part: Part): Html => html`<td>${part}</td>`
  const number = (column: (typeof columns)[number], cell: (typeof rows)[number]['cells'][number]): Html => {
    const text = cellText(cell, column, shown)
    if (text === null) return data('–')
    const mean = text.best ? html`<strong>${text.mean}</strong>` : text.mean
    return data(text.spread === null ? mean : [mean, ` ${text.spread}`])
  }
  return html`<table>
  <caption>${caption(table, shown)}</caption>
  <thead>
${line([...front, ...columns.map(titleWithUnit)].map((title) => html`<th>${title}</th>`))}  </thead>
  <tbody>
${rows.map(({ arm, seed, cells }) => line([data(arm), ...(seed === null ? [] : [data(seed)]), ...columns.map((column, i) => number(column, cells[i] ?? null))]))}  </tbody>
</table>
`.html
}
