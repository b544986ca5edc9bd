/** What `espalier pick` chose, why, and what it changes. */
import { structuredPatch } from 'diff'
import { printable } from '../format/words.ts'
import type { Edited } from '../project/pick/narrow.ts'
import { type Candidate, nameOf } from '../project/pick/winner.ts'
import { aligned } from './table.ts'

/** Arms that are shown behind the best. */
const shown = 5

export function pickLines(metric: string, candidates: readonly Candidate[]): string[] {
  const rows = candidates
    .slice(0, shown + 1)
    .map(({ choices, mean, deviation, seeds }, i) => [
      i === 0 ? '→' : ' ',
      printable(nameOf(choices)),
      number(mean) + (deviation === undefined ? '' : ` ± ${number(deviation)}`),
      ...(seeds > 1 ? [`${seeds} seeds`] : []),
    ])
  const more = candidates.length - rows.length
  return [
    `Best by ${printable(metric)} of ${candidates.length} arms:`,
    ...aligned(rows).map((row) => `  ${row}`),
    ...(more > 0 ? [`  … and ${more} more`] : []),
    ...warningsOf(metric),
  ]
}

/** The same for programs: all arms, best first. */
export function pickDocument(metric: string, candidates: readonly Candidate[]) {
  return {
    metric,
    arms: candidates.map(({ choices, mean, deviation, seeds }) => ({
      name: nameOf(choices),
      choices: Object.fromEntries(choices.map(({ axis, label }) => [axis, label])),
      mean,
      deviation: deviation ?? null,
      seeds,
    })),
    warnings: warningsOf(metric),
  }
}

function warningsOf(metric: string): string[] {
  return /^test\b/.test(metric)
    ? ['Chosen on the test split, whose result is then no fair estimate any more: choose by validation/accuracy and read test once.']
    : []
}

const number = (value: number): string => String(Number(value.toPrecision(4)))

/** A unified diff of one file. */
export function diffLines(name: string, { before, after }: Edited): string[] {
  const { hunks } = structuredPatch(name, name, before, after, '', '', { context: 3 })
  return [
    `--- ${printable(name)}`,
    `+++ ${printable(name)}`,
    ...hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
      `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
      ...lines.filter((line) => !line.startsWith('\\')),
    ]),
  ]
}
