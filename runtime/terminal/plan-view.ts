/** A plan for people: what is to be done, grouped so that seeds and arms stay readable, and why. */
import type { PlannedStage } from '../plan/plan.ts'

const marks = { hit: '✓', resume: '↻', run: '→', unknown: '·' } as const

/** `unknown` is a word of the machinery; people read what it means. */
const words = { hit: 'hit', resume: 'resume', run: 'run', unknown: 'later' } as const

export function planLines(stages: readonly PlannedStage[]): string[] {
  const width = Math.max(0, ...stages.map(({ path }) => path.length))
  const count = (status: PlannedStage['status']) => stages.filter((stage) => stage.status === status).length
  const parts = (['hit', 'resume', 'run', 'unknown'] as const)
    .filter((status) => count(status) > 0)
    .map((status) => `${count(status)} ${words[status]}`)
  const toDo = stages.filter(({ status }) => status !== 'hit')
  return [
    `${stages.length} stages: ${parts.join(' · ')}`,
    ...(toDo.length === 0
      ? ['Nothing to do.']
      : toDo.map(({ path, status, reasons }) =>
          `${marks[status]} ${words[status].padEnd(6)}  ${path.padEnd(width)}  ${reasons.join('; ')}`.trimEnd(),
        )),
  ]
}
