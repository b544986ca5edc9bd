/** Output of `espalier watch` between runs, as text. */
import { duration } from '../format/words.ts'
import { problemLines } from '../problem.ts'
import type { BrokenView, ChangesView } from '../views/watch.ts'

const most = 12

export function changeLines({ seconds, counts, begins }: ChangesView): string[] {
  const parts = [
    ...(counts.begins > counts.later ? [`${counts.begins - counts.later} to run`] : []),
    ...(counts.later > 0 ? [`${counts.later} waiting for other stages`] : []),
    ...(counts.found > 0 ? [`${counts.found} found in the store`] : []),
    ...(counts.falls > 0 ? [`${counts.falls} left out`] : []),
    `${counts.stays} as before${counts.open > 0 ? `, ${counts.open} of them not done` : ''}`,
  ]
  const took = seconds < 1 ? `${Math.round(seconds * 1000)} ms` : duration(seconds)
  const lines = begins.map(({ stage, seeds, reasons }) =>
    [`  → ${stage}`, seeds > 1 ? `× ${seeds}` : '', reasons.join('; ')].filter((part) => part !== '').join('  '),
  )
  const left = lines.length > most ? [`  … and ${lines.length - most} more`] : []
  return [`Planned in ${took}: ${parts.join(' · ')}`, ...lines.slice(0, most), ...left]
}

export function brokenLines({ problem, running }: BrokenView): string[] {
  const goesOn =
    running === 0
      ? 'Waiting for the next save.'
      : `${running === 1 ? 'The stage that runs goes on' : `The ${running} stages that run go on`}; waiting for the next save.`
  return [...problemLines(problem), goesOn]
}
