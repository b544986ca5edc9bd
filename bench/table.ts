/** Summarises a benchmark's timings: the least of each side, and the ratio of Espalier's to PyTorch's. */

export type Side = 'espalier' | 'xla' | 'pytorch' | 'channelsLast' | 'compiled'

export interface Row {
  readonly network: string
  readonly title: string
  readonly batch: number
  readonly threads: number
  /** Milliseconds that a step's products and convolutions alone would take at the rate of a product of two large matrices. */
  readonly products: number
  /** Limit of the ratio of Espalier's time to PyTorch's (eager, default layout). */
  readonly target: number
  /** Milliseconds per step, each round; empty for a side that was not measured. */
  readonly times: { readonly [side in Side]: readonly number[] }
}

const least = (times: readonly number[]): number | undefined => (times.length > 0 ? Math.min(...times) : undefined)
const text = (value: number | undefined): string => (value === undefined ? '–' : value >= 100 ? value.toFixed(0) : value.toFixed(2))

/** By how much the median of the rounds exceeds the least, because of other load on the machine. Percent. */
export function noise(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b)
  return (sorted[Math.floor(sorted.length / 2)]! / sorted[0]! - 1) * 100
}

/** Espalier's least over PyTorch's. */
export function ratio({ times }: Row, side: Exclude<Side, 'espalier'>): number | undefined {
  const [ours, theirs] = [least(times.espalier), least(times[side])]
  return ours === undefined || theirs === undefined ? undefined : ours / theirs
}

const head = [
  'network',
  'batch',
  'threads',
  'Espalier',
  'with XLA',
  'PyTorch',
  'channels_last',
  'torch.compile',
  'products alone',
  'ratio',
  'to channels_last',
  'to torch.compile',
  'target',
  'noise',
]

function cells(row: Row): string[] {
  const { title, batch, threads, products, target, times } = row
  const met = ratio(row, 'pytorch')
  return [
    title,
    String(batch),
    String(threads),
    ...[times.espalier, times.xla, times.pytorch, times.channelsLast, times.compiled].map((side) => text(least(side))),
    text(products),
    text(met),
    text(ratio(row, 'channelsLast')),
    text(ratio(row, 'compiled')),
    met === undefined ? `${target}` : `${target} ${met <= target ? 'met' : `missed by ${((met / target - 1) * 100).toFixed(0)} %`}`,
    `${noise(times.espalier).toFixed(0)} %`,
  ]
}

/** As text for a terminal. */
export function printed(rows: readonly Row[]): string[] {
  const all = [head, ...rows.map(cells)]
  const widths = head.map((_, column) => Math.max(...all.map((line) => line[column]!.length)))
  return all.map((line) => line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  '))
}

/** As Markdown. */
export const markdown = (rows: readonly Row[]): string[] =>
  [head, head.map((_, column) => (column === 0 ? '---' : '--:')), ...rows.map(cells)].map((line) => `| ${line.join(' | ')} |`)

const [begin, end] = ['<!-- engine: begin -->', '<!-- engine: end -->'] as const

/** A page with the lines between its marks replaced. @throws Error when it has no marks */
export function withTable(page: string, lines: readonly string[]): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`The page has no place for the table: ${begin} … ${end}.`)
  return `${page.slice(0, from)}${begin}\n${lines.join('\n')}\n${page.slice(to)}`
}
