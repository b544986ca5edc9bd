/** The table at the end of a run as text: mean ± sample standard deviation over seeds, and the difference to the baseline. */
import { percent, short, signed } from '../format/number.ts'
import { fromTheEnd, widthOf } from '../format/width.ts'
import type { Cell, Column, ResultsTable } from '../views/results-table.ts'
import { type FittedColumn, fitted, leastName, leftOut } from './fitted.ts'

const number: { readonly [U in Column['unit']]: (value: number) => string } = {
  percent,
  loss: (value) => value.toFixed(4),
  fraction: (value) => String(Number(value.toFixed(4))),
  ratio: (value) => `${value.toFixed(1)}×`,
  number: short,
}
const withSpread: ReadonlySet<Column['unit']> = new Set(['percent', 'loss', 'number'])

/** Columns dropped on a narrow screen; the highest number first. */
const spare: { readonly [metric: string]: number } = { 'test/loss': 5, speedup: 4, sparsity: 3, compressionRatio: 2 }

/** Empty if there are no rows. @param width of the screen */
export function tableLines(table: ResultsTable, width: number): string[] {
  if (table.rows.length === 0) return []
  const { lines, left } = fitted(tableColumns(table), width)
  return [...lines, ...leftOut(left), ...bestLines(table, width)]
}

/** The best arm and its difference to the baseline; if the baseline is best, the second best and its difference. */
function bestLines({ ranking, rows, columns, baseline }: ResultsTable, width: number): string[] {
  const [best, next] = ranking.map((arm) => rows.find((row) => row.arm === arm))
  if (best === undefined || next === undefined || baseline === null) return []
  const main = columns[0]! // the metric of the ranking
  const value = ` ${cellText(best.cells[0]!, main)}${main.unit === 'percent' ? ' %' : ''}`
  const title = `Best ${main.title.replace(/ %$/, '')}: `
  const line = (head: string, arm: string, rest: string) =>
    `${head}${fromTheEnd(arm, Math.max(leastName, width - widthOf(head + rest)))}${rest}`
  if (!best.isBaseline) return [line(title, best.arm, `${value}, ${differenceText(best.difference, main)} to ${baseline}`)]
  const first = line(title, best.arm, `${value}, the baseline`)
  // With several baselines, the second best arm may have another one.
  const single = rows.filter(({ isBaseline }) => isBaseline).length === 1
  return [first, ...(single ? [line('Next: ', next.arm, `, ${differenceText(next.difference, main)} to it`)] : [])]
}

/** Columns with formatted cells; the first contains the arms. */
export function tableColumns({ columns, baseline, seeds, rows }: ResultsTable): FittedColumn[] {
  return [
    { title: '', cells: rows.map(({ arm }) => arm) },
    ...columns.map((column, i) => ({
      title: column.title,
      cells: rows.map(({ cells }) => cellText(cells[i] ?? null, column)),
      ...(spare[column.metric] === undefined ? {} : { spare: spare[column.metric]! }),
    })),
    ...(baseline === null
      ? []
      : [
          {
            title: `Δ to ${baseline}`,
            cells: rows.map(({ isBaseline, difference }) => (isBaseline ? '' : differenceText(difference, columns[0]!))),
          },
        ]),
    ...(seeds > 1 ? [{ title: 'seeds', cells: rows.map((row) => String(row.seeds)), spare: 1 }] : []),
  ]
}

function cellText(cell: Cell | null, { unit }: Column): string {
  if (cell === null) return '–'
  const { mean, std } = cell
  const show = number[unit]
  return std === null || !withSpread.has(unit) ? show(mean) : `${show(mean)} ± ${show(std)}`
}

/** Differences of percentages are in percentage points. */
function differenceText(difference: Cell | null, { unit }: Column): string {
  if (difference === null) return '–'
  const mean = signed(difference.mean, number[unit])
  return difference.std === null ? mean : `${mean} ± ${number[unit](difference.std)}`
}
