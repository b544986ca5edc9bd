/** What stands on the screen when a run has ended. */

import { aligned } from '../format/width.ts'
import { duration, shortDigest } from '../format/words.ts'
import { problemLines } from '../problem.ts'
import type { RunEvent } from '../run-event.ts'
import { armGroups } from '../views/arms.ts'
import { resultsTable } from '../views/results-table.ts'
import { tableLines } from './table.ts'

type Done = Extract<RunEvent, { event: 'done' }>
type Failed = Extract<RunEvent, { event: 'stage-failed' }>
type Stopped = Extract<RunEvent, { event: 'stage-stopped' }>

export interface RunStory {
  readonly done: Done
  readonly failed: readonly Failed[]
  readonly stopped: readonly Stopped[]
  readonly store: string
}

export function summary({ done, failed, stopped, store }: RunStory): string[] {
  const { hit, run, resumed, failed: failures, skipped, total } = done.stages
  const counts = [
    `${total} stages`,
    ...(hit > 0 ? [`${hit} hit`] : []),
    ...(run > 0 ? [`${run} run`] : []),
    ...(resumed > 0 ? [`${resumed} resumed`] : []),
    ...(failures > 0 ? [`${failures} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ].join(' · ')
  return [
    ...failed.flatMap(({ path, problem }) => ['', `✗ ${path}`, ...problemLines(problem).map((line) => `  ${line}`)]),
    ...(done.results.length > 0 ? ['', ...tableLines(resultsTable(done.results))] : []),
    ...artifacts(done, store),
    '',
    `${counts} · ${duration(done.seconds)}`,
    ...(done.interrupted ? interrupted(stopped, done) : []),
    ...(failures > 0 ? ['The same command tries again what failed and goes on; nothing that is done is repeated.'] : []),
  ]
}

const armsShown = 24
const seedsShown = 6

/** One line an arm, with the artifact of each seed. */
function artifacts({ results }: Done, store: string): string[] {
  const groups = armGroups(results.filter(({ artifact }) => artifact !== null))
  if (groups.length === 0) return []
  const seeds = [...new Set(groups.flatMap(({ bySeed }) => [...bySeed.keys()]))]
  const shown = seeds.slice(0, seedsShown)
  const head = seeds.length > 1 ? [['', ...shown.map((seed) => `seed ${seed}`)]] : []
  const rows = groups.slice(0, armsShown).map(({ name, bySeed }) => [
    name,
    ...shown.map((seed) => {
      const artifact = bySeed.get(seed)?.artifact
      return artifact == null ? '' : shortDigest(artifact)
    }),
  ])
  const left = groups.length > armsShown || seeds.length > seedsShown
  return [
    '',
    `Artifacts (SHA-256) in ${store}:`,
    ...aligned([...head, ...rows]).map((line) => `  ${line}`),
    ...(left ? ['  … and more; --json lists them all'] : []),
  ]
}

function interrupted(stopped: readonly Stopped[], { stages }: Done): string[] {
  const left = stages.total - stages.hit - stages.run - stages.resumed - stages.failed - stages.skipped
  return [
    `Interrupted with ${left} ${left === 1 ? 'stage' : 'stages'} to go. The same command continues where it stopped.`,
    ...stopped.map(({ path, step, steps }) => `  ${path} stopped at step ${step}/${steps}, kept in a checkpoint`),
  ]
}
