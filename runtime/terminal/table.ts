/** The table at the end of a run, in lines: mean ± sample standard deviation over seeds, difference to the dense arm. */
import { percent, signed } from '../format/number.ts'
import { aligned } from '../format/width.ts'
import type { Cell, Column, ResultsTable } from '../views/results-table.ts'

const number: { readonly [U in Column['unit']]: (value: number) => string } = {
  percent,
  loss: (value) => value.toFixed(4),
  fraction: (value) => String(Number(value.toFixed(4))),
  ratio: (value) => `${value.toFixed(1)}×`,
}
const withSpread: ReadonlySet<Column['unit']> = new Set(['percent', 'loss'])

/** None when there is nothing to show. */
export function tableLines({ columns, baseline, seeds, rows }: ResultsTable): string[] {
  if (rows.length === 0) return []
  const head = [
    '',
    ...columns.map(({ title }) => title),
    ...(baseline === null ? [] : [`Δ to ${baseline}`]),
    ...(seeds > 1 ? ['seeds'] : []),
  ]
  const lines = rows.map(({ arm, cells, difference, isBaseline, seeds: own }) => [
    arm,
    ...cells.map((cell, i) => (cell === null ? '–' : cellText(cell, columns[i]!))),
    ...(baseline === null ? [] : [isBaseline ? '' : differenceText(difference)]),
    ...(seeds > 1 ? [String(own)] : []),
  ])
  return aligned([head, ...lines])
}

function cellText({ mean, std }: Cell, { unit }: Column): string {
  const show = number[unit]
  return std === null || !withSpread.has(unit) ? show(mean) : `${show(mean)} ± ${show(std)}`
}

/** In percentage points. */
function differenceText(difference: Cell | null): string {
  if (difference === null) return '–'
  const mean = signed(difference.mean, percent)
  return difference.std === null ? mean : `${mean} ± ${percent(difference.std)}`
}
