/** The live view as pure functions: events make a state, a state and a width make lines. */
import type { RunEvent } from '../schedule/event.ts'
import { duration, fromTheEnd, fromTheStart, measures, printable } from './words.ts'

type Progress = Extract<RunEvent, { event: 'progress' }>

interface Running {
  readonly path: string
  /** Milliseconds. */
  readonly since: number
  /** The step it began with: 0, or a checkpoint's. */
  readonly startedAt: number
  readonly resumedAt: number | undefined
  /** The other process that computes it. */
  readonly by: string | undefined
  readonly progress: Progress | undefined
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
      // It may have been waited for, in another process.
      return { ...state, hits: state.hits + 1, running: without(event.path) }
    case 'stage-start': {
      const { path, resumedAt, by } = event
      const stage: Running = { path, since: now, startedAt: resumedAt ?? 0, resumedAt, by, progress: undefined }
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

export interface Screen {
  readonly columns: number
  readonly rows: number
}

/**
 * A line for each running stage, as far as they fit, and one for the whole. Shorter than the screen is wide, and fewer lines than
 * it has, so that the cursor finds its way back up.
 */
export function lines(state: ViewState, { columns, rows }: Screen, now: number): string[] {
  const stages = [...state.running.values()]
  const room = Math.max(1, rows - 3)
  const shown = stages.length <= room ? stages : stages.slice(0, room - 1)
  const width = Math.min(Math.floor(columns * 0.4), Math.max(0, ...shown.map(({ path }) => path.length)))
  const more = stages.length - shown.length
  return [
    ...shown.map((stage) => stageLine(stage, width, columns - 1, now)),
    ...(more === 0 ? [] : [`  … and ${more} more running`]),
    totalLine(state, columns - 1, now),
  ].map((line) => fromTheStart(line, columns - 1))
}

/** What fits: the bar gets shorter, the speed goes, then the bar, the loss, and at last all but the share that is done. */
function stageLine(stage: Running, width: number, columns: number, now: number): string {
  const { path, progress, since } = stage
  const name = `  ${fromTheEnd(printable(path), width).padEnd(width)}`
  if (progress === undefined) {
    const doing = stage.by !== undefined ? `in ${stage.by}` : stage.resumedAt === undefined ? 'starting' : 'continuing'
    return `${name}  ${doing} · ${duration((now - since) / 1000)}`
  }
  const { step, steps, epoch, epochs } = progress
  const left = secondsLeft(stage, progress, now)
  const eta = left === undefined ? [] : [`ETA ${duration(left)}`]
  const when = `epoch ${epoch}/${epochs}`
  const { stepsPerSecond: _speed, ...quality } = progress
  const { loss: _loss, ...score } = quality
  const share = `${Math.floor((100 * step) / Math.max(1, steps))} %`
  const candidates = [
    [bar(step / steps), when, measures(progress), ...eta],
    [bar(step / steps, 8), when, measures(progress), ...eta],
    [bar(step / steps, 8), when, measures(quality), ...eta],
    [share, when, measures(quality), ...eta],
    [share, when, measures(score), ...eta],
    [share, ...eta],
    [share],
  ].map((parts) => parts.filter((part) => part !== ''))
  const texts = candidates.map((parts) => [name, ...parts].join('  '))
  return texts.find((text) => text.length <= columns) ?? texts.at(-1)!
}

/** From the stage's own speed; before it is known, from the steps made so far. */
function secondsLeft({ since, startedAt }: Running, { step, steps, stepsPerSecond }: Progress, now: number): number | undefined {
  if (stepsPerSecond !== undefined && stepsPerSecond > 0) return (steps - step) / stepsPerSecond
  const fresh = step - startedAt
  return fresh <= 0 ? undefined : ((now - since) / 1000 / fresh) * (steps - step)
}

function totalLine({ total, hits, done, failed, skipped, running, started }: ViewState, columns: number, now: number): string {
  const ended = hits + done + failed + skipped
  const told = [
    `${ended}/${total} stages`,
    ...(hits > 0 ? [`${hits} hit`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(running.size > 0 ? [`${running.size} running`] : []),
    duration((now - started) / 1000),
  ].join(' · ')
  const whole = `  ${bar(total === 0 ? 0 : ended / total)}  ${told}`
  return whole.length <= columns ? whole : `  ${told}`
}

export function bar(fraction: number, width = 20): string {
  const full = Math.floor(Math.min(1, Math.max(0, fraction)) * width)
  return '█'.repeat(full) + '░'.repeat(width - full)
}
