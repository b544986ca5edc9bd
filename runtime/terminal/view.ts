/** The live view as pure functions: events make a state, a state and a width make lines. */
import type { RunEvent } from '../schedule/event.ts'
import { duration, measures } from './words.ts'

interface Running {
  readonly path: string
  readonly kind: string
  /** Milliseconds. */
  readonly since: number
  readonly startedAt: number
  readonly resumedAt: number | undefined
  readonly progress: Extract<RunEvent, { event: 'progress' }> | undefined
}

export interface ViewState {
  readonly total: number
  readonly hits: number
  readonly done: number
  readonly failed: number
  readonly skipped: number
  readonly running: ReadonlyMap<string, Running>
  readonly started: number
}

export const emptyView: ViewState = { total: 0, hits: 0, done: 0, failed: 0, skipped: 0, running: new Map(), started: 0 }

/** @param now milliseconds */
export function reduce(state: ViewState, event: RunEvent, now: number): ViewState {
  const without = (path: string): ViewState['running'] => new Map([...state.running].filter(([other]) => other !== path))
  switch (event.event) {
    case 'start':
      return { ...state, total: event.stages, started: now }
    case 'hit':
      return { ...state, hits: state.hits + 1 }
    case 'stage-start': {
      const { path, kind, resumedAt } = event
      const stage: Running = { path, kind, since: now, startedAt: resumedAt ?? 0, resumedAt, progress: undefined }
      return { ...state, running: new Map(state.running).set(path, stage) }
    }
    case 'progress': {
      const stage = state.running.get(event.path)
      return stage === undefined ? state : { ...state, running: new Map(state.running).set(event.path, { ...stage, progress: event }) }
    }
    case 'stage-done':
      return { ...state, done: state.done + 1, running: without(event.path) }
    case 'stage-failed':
      return { ...state, failed: state.failed + 1, running: without(event.path) }
    case 'stage-skipped':
      return { ...state, skipped: state.skipped + 1 }
    case 'stage-stopped':
      return { ...state, running: without(event.path) }
    default:
      return state
  }
}

const barWidth = 20

/** At most one line a running stage and one for the whole, none longer than `columns`. */
export function lines(state: ViewState, columns: number, now: number): string[] {
  const stages = [...state.running.values()]
  const width = Math.max(0, ...stages.map(({ path }) => path.length))
  return [...stages.map((stage) => stageLine(stage, width, now)), totalLine(state, now)].map((line) =>
    line.length < columns ? line : `${line.slice(0, Math.max(0, columns - 2))}…`,
  )
}

function stageLine({ path, progress, since, startedAt }: Running, width: number, now: number): string {
  const name = path.padEnd(width)
  if (progress === undefined) return `  ${name}  ${duration((now - since) / 1000)}`
  const { step, steps, epoch, epochs } = progress
  const fresh = step - startedAt
  const left = fresh <= 0 ? undefined : ((now - since) / 1000 / fresh) * (steps - step)
  return [
    `  ${name}`,
    bar(step / steps),
    `epoch ${epoch}/${epochs}`,
    measures(progress),
    ...(left === undefined ? [] : [`ETA ${duration(left)}`]),
  ].join('  ')
}

function totalLine({ total, hits, done, failed, skipped, running, started }: ViewState, now: number): string {
  const ended = hits + done + failed + skipped
  return [
    `  ${bar(total === 0 ? 0 : ended / total)}  ${ended}/${total} stages`,
    ...(hits > 0 ? [`${hits} hit`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(running.size > 0 ? [`${running.size} running`] : []),
    duration((now - started) / 1000),
  ].join(' · ')
}

export function bar(fraction: number): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * barWidth)
  return '█'.repeat(full) + '░'.repeat(barWidth - full)
}
