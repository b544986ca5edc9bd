/** Summary at the end of a run. */
import { counted, duration } from '../format/words.ts'
import { problemLines } from '../problem.ts'
import type { RunEndView } from '../views/run-end.ts'
import { armWords } from './progress-view.ts'
import { outcomes } from './run-view.ts'
import { tableLines } from './table.ts'

/** @param columns of the screen */
export function runEndLines(
  { failed, stopped, table, machineKinds, arms, counts, left, seconds, interrupted }: RunEndView,
  { columns }: { readonly columns: number },
): string[] {
  return [
    ...failureLines(failed),
    ...(table.rows.length > 0 ? ['', ...tableLines(table, columns)] : []),
    ...kindLines(machineKinds),
    '',
    [`${counts.total} stages`, outcomes(counts), duration(seconds)].filter((part) => part !== '').join(' · '),
    ...(arms.failed + arms.running + arms.waiting > 0 && arms.done > 0 ? [`arms: ${armWords(arms)}`] : []),
    ...(interrupted
      ? [
          `Interrupted with ${counted(left, 'stage')} to go. The same command continues where it stopped.`,
          ...stopped.map(({ path, step, steps }) => `  ${path} stopped at step ${step}/${steps}, kept in a checkpoint`),
        ]
      : []),
    ...(counts.failed > 0 ? ['The same command tries again what failed and goes on; nothing that is done is repeated.'] : []),
  ]
}

/** Footnote of the table. */
function kindLines(kinds: RunEndView['machineKinds']): string[] {
  if (kinds.length === 0) return []
  return [
    `Computed on ${kinds.length} kinds of machines, between which results differ in their last bits (--same-machine-kind keeps to one):`,
    ...kinds.map(({ kind, stages }) => `  ${counted(stages, 'stage')} with ${kind}`),
  ]
}

/** Most stages named per kind of failure. */
const named = 8

/** Standalone numbers are ignored in comparisons: each seed diverges at its own step and loss. */
const numbers = /(?<![\w.])[-−]?\d[\d.]*(e[+-]?\d+)?(?!\w)/g

/** Failures with equal texts are reported once, with the facts of the first. */
function failureLines(failed: RunEndView['failed']): string[] {
  const alike = Map.groupBy(failed, ({ problem: { title, hint } }) =>
    JSON.stringify([title, hint].map((text) => text.replace(numbers, ''))),
  )
  return [...alike.values()].flatMap((all) => [
    '',
    ...all.slice(0, named).map(({ path }) => `✗ ${path}`),
    ...(all.length > named ? [`  … and ${all.length - named} more that failed alike`] : []),
    ...problemLines(all[0]!.problem).map((line) => `  ${line}`),
  ])
}
