/** A plan for people: arm by arm, what is to be done and why; what is the same for all seeds is said once. */
import type { StageResources } from '../../dsl/graph/stage.ts'
import { bytes, duration } from '../format/words.ts'
import type { PlannedStage } from '../plan/plan.ts'
import type { TrainingSteps } from '../plan/training-steps.ts'
import { splitPath } from '../views/arms.ts'

type Status = PlannedStage['status']

const marks = { hit: '✓', resume: '↻', run: '→', unknown: '·' } as const
/** `unknown` is a word of the machinery; people read what it means. */
const words = { hit: 'hit', resume: 'resume', run: 'run', unknown: 'later' } as const
const statuses: readonly Status[] = ['hit', 'resume', 'run', 'unknown']

/** One stage of one arm, for all seeds that have the same to say. */
interface Row {
  readonly stage: string
  readonly status: Status
  readonly why: string
  readonly seeds: readonly string[]
}

export interface Costs {
  readonly training?: TrainingSteps
  /** That the run may take, from earlier ones. */
  readonly seconds?: number | undefined
}

export function planLines(stages: readonly PlannedStage[], { training, seconds }: Costs = {}): string[] {
  const counts = statuses.flatMap((status) => {
    const count = stages.filter((stage) => stage.status === status).length
    return count === 0 ? [] : [`${count} ${words[status]}`]
  })
  const time = seconds === undefined ? '' : `; about ${duration(seconds)}, as earlier runs went`
  const head = `${stages.length} ${stages.length === 1 ? 'stage' : 'stages'}: ${counts.join(' · ')}${time}`
  if (stages.every(({ status }) => status === 'hit')) return [head, 'Nothing to do.']
  const arms = Map.groupBy(stages, ({ path }) => splitPath(path).arm)
  const width = Math.max(...stages.map(({ path }) => splitPath(path).stage.length))
  return [head, ...savings(training), ...[...arms].flatMap(([arm, own]) => ['', ...armLines(arm, own, width)])]
}

/** What the arms share, in training steps. */
function savings(training: TrainingSteps | undefined): string[] {
  if (training === undefined || training.separate <= training.shared) return []
  const { shared, separate } = training
  const steps = (count: number) => count.toLocaleString('en-US')
  return [
    `Training takes ${steps(shared)} steps; arm by arm it would take ${steps(separate)}, ${(separate / shared).toFixed(1)} times as many.`,
  ]
}

function armLines(arm: string, stages: readonly PlannedStage[], width: number): string[] {
  const seeds = new Set(stages.map(({ path }) => splitPath(path).seed))
  const name = arm === '' ? [] : [seeds.size > 1 ? `${arm} × ${seeds.size} seeds` : [...withSeed(arm, seeds)].join('')]
  const indent = arm === '' ? '' : '  '
  if (stages.every(({ status }) => status === 'hit')) {
    const count = stages.length === 1 ? '1 stage' : `all ${stages.length} stages`
    return [...name, `${indent}${marks.hit} ${words.hit}     ${count}`]
  }
  return [...name, ...rowsOf(arm, stages).map((row) => indent + rowLine(row, seeds.size, width))]
}

function rowsOf(arm: string, stages: readonly PlannedStage[]): Row[] {
  const rows = new Map<string, Row>()
  const order = [...new Set(stages.map(({ path }) => splitPath(path).stage))]
  for (const name of order) {
    for (const { path, status, reasons, resources } of stages) {
      const { seed, stage } = splitPath(path)
      if (stage !== name) continue
      const why = [reasonOf(arm, reasons), ...(status === 'hit' ? [] : asked(resources))].filter((part) => part !== '').join('; ')
      const key = JSON.stringify([stage, status, why])
      rows.set(key, { stage, status, why, seeds: [...(rows.get(key)?.seeds ?? []), seed] })
    }
  }
  return [...rows.values()]
}

function rowLine({ stage, status, why, seeds }: Row, all: number, width: number): string {
  const only = seeds.length === all ? '' : `seed ${seeds.join(', ')}`
  return [`${marks[status]} ${words[status].padEnd(6)}`, stage.padEnd(width), why, only === '' ? '' : `(${only})`]
    .filter((part) => part !== '')
    .join('  ')
    .trimEnd()
}

/** Stages that are waited for are named as seen from the arm, in one phrase. */
function reasonOf(arm: string, reasons: readonly string[]): string {
  const prefix = 'waits for '
  const waits = reasons
    .filter((reason) => reason.startsWith(prefix))
    .map((reason) => {
      const other = splitPath(reason.slice(prefix.length))
      return other.arm === arm || other.arm === '' ? other.stage : `${other.arm}/${other.stage}`
    })
  const others = reasons.filter((reason) => !reason.startsWith(prefix))
  return [...others, ...(waits.length === 0 ? [] : [`${prefix}${[...new Set(waits)].join(' and ')}`])].join('; ')
}

/** What it asks of the machine: `on a GPU, 6.0 GB`. */
function asked({ device, memory }: StageResources = {}): string[] {
  const wishes = [
    ...(device === undefined ? [] : [device === 'gpu' ? 'on a GPU' : 'on the processor']),
    ...(memory === undefined ? [] : [bytes(memory)]),
  ]
  return wishes.length === 0 ? [] : [wishes.join(', ')]
}

function withSeed(arm: string, seeds: ReadonlySet<string>): string[] {
  const [seed] = seeds
  return seed === undefined || seed === '' ? [arm] : [`${arm}, seed ${seed}`]
}
