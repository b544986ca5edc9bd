/** A plan as text. */
import type { StageResources } from '../../dsl/graph/stage.ts'
import { grouped } from '../format/number.ts'
import { padEnd, widthOf } from '../format/width.ts'
import { bytes, counted, duration } from '../format/words.ts'
import { problemLines } from '../problem.ts'
import type { ArmPlan, PlanRow, PlanView } from '../views/plan.ts'

const marks = { hit: '✓', resume: '↻', run: '→', unknown: '·' } as const
/** `unknown` is an internal term. */
const words = { hit: 'hit', resume: 'resume', run: 'run', unknown: 'later' } as const
const statuses = ['hit', 'resume', 'run', 'unknown'] as const

type Planned = Pick<PlanView, 'counts' | 'stages' | 'seconds' | 'trainingSteps' | 'arms' | 'warnings'>

export function planLines({ counts, stages, seconds, trainingSteps, arms, warnings }: Planned): string[] {
  const parts = statuses.flatMap((status) => (counts[status] === 0 ? [] : [`${counts[status]} ${words[status]}`]))
  const time = seconds === null ? '' : `; about ${duration(seconds)}, as earlier runs went`
  const head = `${counted(stages.length, 'stage')}: ${parts.join(' · ')}${time}`
  const warned = warnings.flatMap((warning) => ['', ...problemLines(warning)])
  if (counts.hit === stages.length) return [head, 'Nothing to do.', ...warned]
  const width = Math.max(...arms.flatMap(({ rows }) => rows.map(({ stage }) => widthOf(stage))))
  return [head, ...savings(trainingSteps), ...told(arms).flatMap((arm) => ['', ...armLines(arm, width)]), ...warned]
}

/** With more arms than this, arms with equal rows are merged. */
const few = 8

function told(arms: PlanView['arms']): PlanView['arms'] {
  if (arms.length <= few) return arms
  const alike = Map.groupBy(arms, ({ seeds, rows }) => JSON.stringify([seeds, rows]))
  return [...alike.values()].map(([first, ...others]) =>
    others.length === 0 ? first! : { ...first!, arm: `${first!.arm} and ${counted(others.length, 'arm')} alike, to ${others.at(-1)!.arm}` },
  )
}

/** Training steps saved by sharing between arms. */
function savings(training: PlanView['trainingSteps']): string[] {
  if (training === null || training.separate <= training.shared) return []
  const { shared, separate } = training
  return [
    `Training takes ${grouped(shared)} steps; arm by arm it would take ${grouped(separate)}, ${(separate / shared).toFixed(1)} times as many.`,
  ]
}

function armLines({ arm, seeds, rows }: ArmPlan, width: number): string[] {
  const seed = seeds.length > 1 ? ` × ${seeds.length} seeds` : seeds[0] === '' ? '' : `, seed ${seeds[0]!}`
  const name = arm === '' ? [] : [`${arm}${seed}`]
  const indent = arm === '' ? '' : '  '
  if (rows.every(({ status }) => status === 'hit')) {
    const count = rows.reduce((sum, row) => sum + row.seeds.length, 0)
    return [...name, `${indent}${marks.hit} ${words.hit}     ${count === 1 ? '1 stage' : `all ${count} stages`}`]
  }
  return [...name, ...rows.map((row) => indent + rowLine(row, seeds.length, width))]
}

function rowLine({ stage, status, reasons, waitsFor, resources, seeds }: PlanRow, all: number, width: number): string {
  const waits = waitsFor.length === 0 ? [] : [`waits for ${waitsFor.join(' and ')}`]
  const why = [...reasons, ...waits, ...asked(resources)].join('; ')
  const only = seeds.length === all ? '' : `(seed ${seeds.join(', ')})`
  return [`${marks[status]} ${words[status].padEnd(6)}`, padEnd(stage, width), why, only]
    .filter((part) => part !== '')
    .join('  ')
    .trimEnd()
}

/** The resources it requests: `on a GPU, 6.0 GB`. */
function asked({ device, memory }: StageResources = {}): string[] {
  const wishes = [
    ...(device === undefined ? [] : [device === 'gpu' ? 'on a GPU' : 'on the processor']),
    ...(memory === undefined ? [] : [bytes(memory)]),
  ]
  return wishes.length === 0 ? [] : [wishes.join(', ')]
}
