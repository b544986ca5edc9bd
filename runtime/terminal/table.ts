/** The table at the end of a run: arms × measures, mean ± sample standard deviation over seeds, difference to the dense arm. */
import { deviation, mean, pairedSpread } from '../../stdlib/metrics/spread.ts'
import { printable } from '../format/words.ts'
import type { ArmResult } from '../run-event.ts'
import { type ArmGroup, armGroups, baselineOf } from '../views/arms.ts'

interface Column {
  readonly title: string
  readonly metric: string
  readonly show: (value: number) => string
  /** Whether the spread over seeds is shown. */
  readonly spread: boolean
}

const percent = (value: number): string => (value * 100).toFixed(2)
const columns: readonly Column[] = [
  { title: 'test accuracy %', metric: 'test/accuracy', show: percent, spread: true },
  { title: 'test loss', metric: 'test/loss', show: (value) => value.toFixed(4), spread: true },
  { title: 'sparsity', metric: 'sparsity', show: (value) => String(Number(value.toFixed(4))), spread: false },
  { title: 'compression', metric: 'compressionRatio', show: (value) => `${value.toFixed(1)}×`, spread: false },
  { title: 'speed-up', metric: 'speedup', show: (value) => `${value.toFixed(1)}×`, spread: false },
]
const main = columns[0]!
/** Shown when nothing was measured on test. */
const instead: Column = { title: 'validation accuracy %', metric: 'validation/accuracy', show: percent, spread: true }

/** Lines of the table; none when there is nothing to show. */
export function table(results: readonly ArmResult[]): string[] {
  const groups = armGroups(results)
  if (groups.length === 0) return []
  const seeds = Math.max(...groups.map(({ bySeed }) => bySeed.size))
  const baseline = baselineOf(groups)!
  const measured = ({ metric }: Column) => groups.some((group) => values(group, metric).length > 0)
  const shown = [...(measured(main) ? [] : [instead]), ...columns].filter(measured)
  const compared = groups.length > 1 && shown.includes(main)
  const head = [
    '',
    ...shown.map(({ title }) => title),
    ...(compared ? [`Δ to ${printable(baseline.name)}`] : []),
    ...(seeds > 1 ? ['seeds'] : []),
  ]
  const rows = groups.map((group) => [
    printable(group.name),
    ...shown.map((column) => cell(values(group, column.metric), column)),
    ...(compared ? [group === baseline ? '' : difference(group, baseline)] : []),
    ...(seeds > 1 ? [String(group.bySeed.size)] : []),
  ])
  return aligned([head, ...rows])
}

function values(group: ArmGroup, metric: string): number[] {
  return [...valuesBySeed(group, metric).values()]
}

function valuesBySeed({ bySeed }: ArmGroup, metric: string): ReadonlyMap<string, number> {
  return new Map([...bySeed].flatMap(([seed, { metrics }]) => (metrics[metric] === undefined ? [] : [[seed, metrics[metric]] as const])))
}

function cell(all: readonly number[], { show, spread }: Column): string {
  if (all.length === 0) return '–'
  return spread && all.length > 1 ? `${show(mean(all))} ± ${show(deviation(all))}` : show(mean(all))
}

/** Seed by seed, so that what the seeds have in common cancels; in percentage points. */
function difference(group: ArmGroup, baseline: ArmGroup): string {
  const paired = pairedSpread(valuesBySeed(group, main.metric), valuesBySeed(baseline, main.metric))
  if (paired === undefined) return '–'
  const signed = `${paired.mean >= 0 ? '+' : '−'}${percent(Math.abs(paired.mean))}`
  return paired.std === undefined ? signed : `${signed} ± ${percent(paired.std)}`
}

/** By default the first column to the left, the others to the right. */
export function aligned(rows: readonly (readonly string[])[], sides: readonly ('left' | 'right')[] = ['left']): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((text, column) => (sides[column] === 'left' ? text.padEnd(widths[column]!) : text.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  )
}
