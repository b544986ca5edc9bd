/** What watch says between runs. */
import type { ProblemText } from '../../dsl/check/problem.ts'
import { duration, printable } from '../format/words.ts'
import type { Changes } from '../plan/difference.ts'
import type { PlannedStage } from '../plan/plan.ts'
import { renderProblem } from '../problem.ts'
import { splitPath } from '../views/arms.ts'

const most = 12

/** What an edit changes, before it runs. */
export function changeLines({ begins, found, falls, stays }: Changes, seconds: number): string[] {
  const counts = [
    ...(begins.length > 0 ? [`${begins.length} to run`] : []),
    ...(found.length > 0 ? [`${found.length} found in the store`] : []),
    ...(falls > 0 ? [`${falls} left out`] : []),
    `${stays} as before`,
  ]
  const took = seconds < 1 ? `${Math.round(seconds * 1000)} ms` : duration(seconds)
  const lines = [...byName(begins)].map(([name, [first, ...others]]) =>
    [`  → ${printable(name)}`, others.length > 0 ? `× ${others.length + 1}` : '', printable(first!.reasons.join('; '))]
      .filter((part) => part !== '')
      .join('  '),
  )
  const left = lines.length > most ? [`  … and ${lines.length - most} more`] : []
  return [`Planned in ${took}: ${counts.join(' · ')}`, ...lines.slice(0, most), ...left]
}

/** The same stage of several seeds is one line. */
function byName(stages: readonly PlannedStage[]): Map<string, PlannedStage[]> {
  return Map.groupBy(stages, ({ path }) => {
    const { arm, stage } = splitPath(path)
    return arm === '' ? stage : `${arm}/${stage}`
  })
}

/** The file cannot be used as it stands. */
export function brokenLines(problem: ProblemText, running: number): string[] {
  const goesOn =
    running === 0
      ? 'Waiting for the next save.'
      : `${running === 1 ? 'The stage that runs goes on' : `The ${running} stages that run go on`}; waiting for the next save.`
  return [...renderProblem(problem).split('\n'), goesOn]
}

export const keyLines: readonly string[] = [
  '  a  run all: everything that is not in the store, failed stages again',
  '  f  only arms with a text in their name',
  '  p  pause: what runs goes on, nothing new begins; again: go on',
  '  w  why a stage runs, or not',
  '  l  the plan',
  '  q  quit: what runs stops at a checkpoint',
]

export const waiting = (files: number): string =>
  `Watching ${files === 1 ? 'the file' : `${files} files`}. Press h for the keys, q to quit.`
