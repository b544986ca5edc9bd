/** The live view: what events say of a run, and how that stands on a screen. */

import { duration, fromTheEnd, fromTheStart, measures, printable } from '../format/words.ts'
import type { RunEvent } from '../run-event.ts'

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

/** A stage that is to come, and how many seconds it took before; undefined when nothing is known of it. */
export interface Expected {
  readonly path: string
  readonly seconds: number | undefined
}

type Mark = keyof typeof marks
const marks = { waiting: '·', running: '▸', hit: '≡', done: '✓', failed: '✗', skipped: '–' } as const
const ends: ReadonlySet<Mark> = new Set(['hit', 'done', 'failed', 'skipped'])

/** Stages with the same place but for their own name: an arm, or a teacher in it. */
interface Group {
  readonly name: string
  readonly stages: Map<string, Mark>
  open: number
}

export interface Screen {
  readonly columns: number
  readonly rows: number
}

export class RunView {
  readonly #groups = new Map<string, Group>()
  readonly #running = new Map<string, Running>()
  readonly #expected: ReadonlyMap<string, number>
  readonly #counts = { hit: 0, done: 0, failed: 0, skipped: 0 }
  #total = 0
  #slots = 1
  #started = 0
  /** Seconds of the stages to come as far as known, and of how many. */
  #left = 0
  #known = 0

  /** @param stages all that the run has; without them, what it tells of is shown */
  constructor(stages: readonly Expected[] = []) {
    this.#expected = new Map(stages.flatMap(({ path, seconds }) => (seconds === undefined ? [] : [[path, seconds]])))
    for (const { path, seconds } of stages) {
      this.#mark(path, 'waiting')
      if (seconds === undefined) continue
      this.#known++
      this.#left += seconds
    }
  }

  get counts(): { readonly hit: number; readonly done: number; readonly failed: number; readonly skipped: number } {
    return this.#counts
  }

  /** Paths. */
  get running(): readonly string[] {
    return [...this.#running.keys()]
  }

  /** @param now milliseconds */
  note(event: RunEvent, now: number): void {
    switch (event.event) {
      case 'start':
        this.#total = event.stages
        this.#slots = event.slots
        this.#started = now
        return
      case 'stage-start': {
        const { path, resumedAt, by } = event
        this.#running.set(path, { path, since: now, startedAt: resumedAt ?? 0, resumedAt, by, progress: undefined })
        this.#mark(path, 'running')
        return
      }
      case 'progress': {
        const stage = this.#running.get(event.path)
        if (stage !== undefined) this.#running.set(event.path, { ...stage, progress: event })
        return
      }
      case 'stage-stopped':
        this.#running.delete(event.path)
        this.#mark(event.path, 'waiting')
        return
      case 'hit':
        this.#end(event.path, 'hit')
        return
      case 'stage-done':
        this.#end(event.path, 'done')
        return
      case 'stage-failed':
        this.#end(event.path, 'failed')
        return
      case 'stage-skipped':
        this.#end(event.path, 'skipped')
    }
  }

  /**
   * The arms at work, each with the marks of its stages and a line for each that runs, and a line for the whole; where that does not fit,
   * running stages alone. Shorter than the screen is wide, and fewer lines than it has, so that the cursor finds its way back up.
   */
  lines({ columns, rows }: Screen, now: number): string[] {
    const room = Math.max(1, rows - 3)
    const tree = this.#tree(columns - 1, now)
    const all = tree.length <= room ? tree : this.#flat(room, columns - 1, now)
    return [...all, this.#totalLine(columns - 1, now)].map((line) => fromTheStart(line, columns - 1))
  }

  #tree(columns: number, now: number): string[] {
    const byGroup = Map.groupBy(this.#running.values(), ({ path }) => groupOf(path))
    return [...byGroup].flatMap(([name, stages]) => {
      const group = this.#groups.get(name)!
      if (name === '' || group.stages.size === 1) return linesOf(stages, { indent: '  ', nameOf: ({ path }) => path, columns, now })
      const own = [...group.stages].map(([stage, mark]) => `${marks[mark]} ${printable(stage)}`)
      return [
        `  ${printable(name)}  ${own.join('  ')}`,
        ...linesOf(stages, { indent: '    ', nameOf: ({ path }) => path.slice(name.length + 1), columns, now }),
      ]
    })
  }

  #flat(room: number, columns: number, now: number): string[] {
    const stages = [...this.#running.values()]
    const shown = stages.length <= room ? stages : stages.slice(0, room - 1)
    const more = stages.length - shown.length
    const lines = linesOf(shown, { indent: '  ', nameOf: ({ path }) => path, columns, now })
    return [...lines, ...(more === 0 ? [] : [`  … and ${more} more running`])]
  }

  #totalLine(columns: number, now: number): string {
    const { hit, done, failed, skipped } = this.#counts
    const ended = hit + done + failed + skipped
    const left = this.#secondsLeft(now)
    const arms = [...this.#groups.values()].filter(({ name }) => name !== '')
    const told = [
      `${ended}/${this.#total} stages`,
      ...(arms.length > 1 ? [`${arms.filter(({ open }) => open === 0).length}/${arms.length} arms`] : []),
      ...(hit > 0 ? [`${hit} hit`] : []),
      ...(failed > 0 ? [`${failed} failed`] : []),
      ...(skipped > 0 ? [`${skipped} skipped`] : []),
      ...(this.#running.size > 0 ? [`${this.#running.size} running`] : []),
      duration((now - this.#started) / 1000),
      ...(left === undefined ? [] : [`about ${duration(left)} left`]),
    ].join(' · ')
    const whole = `  ${bar(this.#total === 0 ? 0 : ended / this.#total)}  ${told}`
    return whole.length <= columns ? whole : `  ${told}`
  }

  /** From earlier runs; unknown when most of what is left never ran. */
  #secondsLeft(now: number): number | undefined {
    const open = this.#total - this.#counts.hit - this.#counts.done - this.#counts.failed - this.#counts.skipped
    if (open === 0 || this.#known * 2 < open) return undefined
    const running = [...this.#running.values()].map((stage) => {
      const known = this.#expected.get(stage.path) ?? 0
      const left = stage.progress === undefined ? undefined : secondsLeft(stage, stage.progress, now)
      return { known, left: left ?? Math.max(0, known - (now - stage.since) / 1000) }
    })
    const waiting = this.#left - running.reduce((sum, { known }) => sum + known, 0)
    const all = Math.max(0, waiting) + running.reduce((sum, { left }) => sum + left, 0)
    return Math.max(all / this.#slots, ...running.map(({ left }) => left))
  }

  #end(path: string, mark: 'hit' | 'done' | 'failed' | 'skipped'): void {
    this.#running.delete(path)
    this.#counts[mark]++
    if (this.#mark(path, mark)) {
      const seconds = this.#expected.get(path)
      if (seconds === undefined) return
      this.#known--
      this.#left -= seconds
    }
  }

  /** @returns whether the stage was open before */
  #mark(path: string, mark: Mark): boolean {
    const name = groupOf(path)
    const group = this.#groups.get(name) ?? { name, stages: new Map<string, Mark>(), open: 0 }
    this.#groups.set(name, group)
    const stage = name === '' ? path : path.slice(name.length + 1)
    const before = group.stages.get(stage)
    const wasOpen = before !== undefined && !ends.has(before)
    group.stages.set(stage, mark)
    group.open += Number(!ends.has(mark)) - Number(wasOpen)
    return wasOpen
  }
}

const groupOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))

interface Drawing {
  readonly indent: string
  readonly nameOf: (stage: Running) => string
  readonly columns: number
  readonly now: number
}

function linesOf(stages: readonly Running[], { indent, nameOf, columns, now }: Drawing): string[] {
  const names = stages.map((stage) => printable(nameOf(stage)))
  const width = Math.min(Math.floor((columns + 1) * 0.4), Math.max(0, ...names.map((name) => name.length)))
  return stages.map((stage, i) => stageLine(stage, { name: `${indent}${fromTheEnd(names[i]!, width).padEnd(width)}`, columns, now }))
}

/** What fits: the bar gets shorter, the speed goes, then the bar, the loss, and at last all but the share that is done. */
function stageLine(
  stage: Running,
  { name, columns, now }: { readonly name: string; readonly columns: number; readonly now: number },
): string {
  const { progress, since } = stage
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

export function bar(fraction: number, width = 20): string {
  const full = Math.floor(Math.min(1, Math.max(0, fraction)) * width)
  return '█'.repeat(full) + '░'.repeat(width - full)
}
