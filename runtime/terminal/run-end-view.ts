/** What stands on the screen when a run has ended. */
import { aligned } from '../format/width.ts'
import { counted, duration, shortDigest } from '../format/words.ts'
import { problemLines } from '../problem.ts'
import type { RunEndView } from '../views/run-end.ts'
import { outcomes } from './run-view.ts'
import { tableLines } from './table.ts'

export function runEndLines({ failed, stopped, table, store, artifacts, counts, left, seconds, interrupted }: RunEndView): string[] {
  return [
    ...failed.flatMap(({ path, problem }) => ['', `✗ ${path}`, ...problemLines(problem).map((line) => `  ${line}`)]),
    ...(table.rows.length > 0 ? ['', ...tableLines(table)] : []),
    ...artifactLines(artifacts, store),
    '',
    [`${counts.total} stages`, outcomes(counts), duration(seconds)].filter((part) => part !== '').join(' · '),
    ...(interrupted
      ? [
          `Interrupted with ${counted(left, 'stage')} to go. The same command continues where it stopped.`,
          ...stopped.map(({ path, step, steps }) => `  ${path} stopped at step ${step}/${steps}, kept in a checkpoint`),
        ]
      : []),
    ...(counts.failed > 0 ? ['The same command tries again what failed and goes on; nothing that is done is repeated.'] : []),
  ]
}

const armsShown = 24
const seedsShown = 6

/** One line an arm, with the artifact of each seed. */
function artifactLines({ seeds, arms }: RunEndView['artifacts'], store: string): string[] {
  if (arms.length === 0) return []
  const head = seeds.length > 1 ? [['', ...seeds.slice(0, seedsShown).map((seed) => `seed ${seed}`)]] : []
  const rows = arms
    .slice(0, armsShown)
    .map(({ name, bySeed }) => [name, ...bySeed.slice(0, seedsShown).map((artifact) => (artifact === null ? '' : shortDigest(artifact)))])
  return [
    '',
    `Artifacts (SHA-256) in ${store}:`,
    ...aligned([...head, ...rows]).map((line) => `  ${line}`),
    ...(arms.length > armsShown || seeds.length > seedsShown ? ['  … and more; --json lists them all'] : []),
  ]
}
