/** Numbers of a paper's table, as texts without a layout. */
import { grouped, percent, short } from '../format/number.ts'
import { counted } from '../format/words.ts'
import type { Measure } from '../views/measure.ts'
import type { PaperCell, PaperTable } from '../views/paper-table.ts'
import type { SpreadShown } from './asked.ts'

const writers: { readonly [U in NonNullable<Measure['unit']>]: (value: number) => string } = {
  fraction: percent,
  nats: (value) => value.toFixed(4),
  score: (value) => value.toFixed(4),
  ratio: (value) => value.toFixed(2),
  count: grouped,
}

const numberIn = ({ unit }: Measure, value: number): string =>
  Number.isFinite(value) ? (unit === null ? short(value) : writers[unit](value)) : String(value)

export interface CellText {
  readonly mean: string
  /** `± 0.46` or `[93.10, 95.34]`; null of a single number, and of what is equal for all seeds. */
  readonly spread: string | null
  readonly best: boolean
}

/** Null for what was not measured. @param plusMinus the sign before a deviation */
export function cellText(cell: PaperCell | null, column: Measure, shown: SpreadShown, plusMinus = '±'): CellText | null {
  if (cell === null) return null
  const { mean, std, interval, min, max, best } = cell
  const write = (value: number) => numberIn(column, value)
  const written = { mean: write(mean), best }
  if (std === undefined || interval === undefined || min === max) return { ...written, spread: null }
  return { ...written, spread: shown === 'deviation' ? `${plusMinus} ${write(std)}` : `[${interval.map(write).join(', ')}]` }
}

/** Whether rows are of seeds. */
export const hasSeeds = ({ rows }: PaperTable): boolean => rows.some(({ seed }) => seed !== null)

/** What the numbers are, for the caption. */
export function caption(table: PaperTable, shown: SpreadShown): string {
  if (hasSeeds(table)) return 'A row for each seed.'
  const { rows, seeds, columns } = table
  const few = [...new Set(rows.filter((row) => row.seeds < seeds).map(({ arm, seeds: own }) => `${arm} (${own})`))]
  const what = shown === 'deviation' ? 'sample standard deviation' : '95 % interval of the mean'
  const over = seeds > 1 ? `Mean and ${what} over ${counted(seeds, 'seed')}` : 'One seed'
  const fewer = few.length === 0 ? '' : `, fewer of ${few.join(', ')}`
  const best = columns.some((_, i) => rows.some(({ cells }) => cells[i]?.best))
  return `${over}${fewer}.${best ? ' Bold: the best, where the 95 % interval of its paired difference to the next leaves out 0.' : ''}`
}
