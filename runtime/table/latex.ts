/** A table in LaTeX, with the rules of booktabs. */
import { printable } from '../format/printable.ts'
import { titleWithUnit } from '../views/measure.ts'
import type { PaperTable } from '../views/paper-table.ts'
import type { SpreadShown } from './asked.ts'
import { caption, cellText, hasSeeds } from './cells.ts'

const signs: { readonly [sign: string]: string } = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '×': '$\\times$',
  '−': '$-$',
}

const text = (given: string): string => printable(given).replace(/[\\~^×−&%$#_{}]/g, (sign) => signs[sign] ?? `\\${sign}`)

export function latexTable(table: PaperTable, shown: SpreadShown): string {
  const { columns, rows } = table
  const front = hasSeeds(table) ? ['arm', 'seed'] : ['arm']
  const line = (cells: readonly string[]) => `  ${cells.join(' & ')} \\\\`
  const number = (column: (typeof columns)[number], cell: (typeof rows)[number]['cells'][number]) => {
    const shownCell = cellText(cell, column, shown, '\\pm')
    if (shownCell === null) return '--'
    const { mean, spread, best } = shownCell
    return `$${best ? `\\mathbf{${mean}}` : mean}${spread === null ? '' : `${shown === 'interval' ? '\\;' : ' '}${spread}`}$`
      .replaceAll(',', '{,}')
      .replaceAll('{,} ', ',\\,')
  }
  return [
    `% ${text(caption(table, shown))} Needs \\usepackage{booktabs}.`,
    `\\begin{tabular}{${'l'.repeat(front.length)}${'r'.repeat(columns.length)}}`,
    '  \\toprule',
    line([...front, ...columns.map((column) => text(titleWithUnit(column)))]),
    '  \\midrule',
    ...rows.map(({ arm, seed, cells }) =>
      line([text(arm), ...(seed === null ? [] : [text(seed)]), ...columns.map((column, i) => number(column, cells[i] ?? null))]),
    ),
    '  \\bottomrule',
    '\\end{tabular}',
    '',
  ].join('\n')
}
