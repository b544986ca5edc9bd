/** What stands on the screen when a run has ended. */
import { renderProblem } from '../problem.ts'
import type { RunEvent } from '../schedule/event.ts'
import { table } from './table.ts'
import { duration, shortDigest } from './words.ts'

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
    ...failed.flatMap(({ path, problem }) => ['', `✗ ${path}`, ...indented(renderProblem(problem))]),
    ...(done.results.length > 0 ? ['', ...table(done.results)] : []),
    ...artifacts(done, store),
    '',
    `${counts} · ${duration(done.seconds)}`,
    ...(done.interrupted ? interrupted(stopped, done) : []),
  ]
}

/** One line an arm: the artifact of its first seed, the number of others. */
function artifacts({ results }: Done, store: string): string[] {
  const withModel = results.filter(({ artifact }) => artifact !== null)
  if (withModel.length === 0) return []
  const few = withModel.slice(0, 24)
  const width = Math.max(...few.map(({ path }) => path.length))
  return [
    '',
    `Artifacts in ${store}:`,
    ...few.map(({ path, artifact }) => `  ${path.padEnd(width)}  ${shortDigest(artifact!)}`),
    ...(withModel.length > few.length ? [`  … and ${withModel.length - few.length} more (--json lists them all)`] : []),
  ]
}

function interrupted(stopped: readonly Stopped[], { stages }: Done): string[] {
  const left = stages.total - stages.hit - stages.run - stages.resumed
  return [
    `Interrupted with ${left} ${left === 1 ? 'stage' : 'stages'} to go. The same command continues where it stopped.`,
    ...stopped.map(({ path, step, steps }) => `  ${path} stopped at step ${step}/${steps}, kept in a checkpoint`),
  ]
}

const indented = (text: string): string[] => text.split('\n').map((line) => `  ${line}`)
