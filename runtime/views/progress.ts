/** Progress of a run: active arms, running stages, and the estimated time left. */
import type { RunEvent } from '../run-event.ts'

type ProgressEvent = Extract<RunEvent, { event: 'progress' }>
type Measured = Omit<ProgressEvent, 'event' | 'path'>

export interface ProgressView {
  /** Active arms, with all their stages. */
  readonly arms: readonly { readonly name: string; readonly stages: readonly { readonly stage: string; readonly state: StageState }[] }[]
  readonly running: readonly RunningStage[]
  readonly counts: { readonly hit: number; readonly done: number; readonly failed: number; readonly skipped: number }
  readonly total: number
  readonly armsDone: number
  readonly armsTotal: number
  readonly armCounts: ArmCounts
  /** Arms with a failed or skipped stage, in the order of the run. */
  readonly failedArms: readonly string[]
  /** Since the run began. */
  readonly seconds: number
  /** Estimated from earlier runs; null if fewer than half of the remaining stages have an estimate. */
  readonly secondsLeft: number | null
}

/** Number of arms by state. A failed arm may still have running stages. */
export interface ArmCounts {
  readonly done: number
  readonly failed: number
  readonly running: number
  readonly waiting: number
}

export type StageState = 'waiting' | 'running' | 'hit' | 'done' | 'failed' | 'skipped'

export interface RunningStage {
  readonly path: string
  /** One of `arms`; empty for a stage outside of any arm. */
  readonly arm: string
  readonly seconds: number
  readonly resumedAt: number | null
  /** The other process that computes the stage. */
  readonly by: string | null
  readonly progress: Measured | null
  readonly secondsLeft: number | null
}

/** A stage of the run, and its estimated seconds; undefined without earlier results. */
export interface Expected {
  readonly path: string
  readonly seconds: number | undefined
}

interface Running {
  readonly path: string
  /** Milliseconds. */
  readonly since: number
  readonly resumedAt: number | undefined
  readonly by: string | undefined
  readonly progress: Measured | undefined
}

/** Final state by event. */
const endOf = { hit: 'hit', 'stage-done': 'done', 'stage-failed': 'failed', 'stage-skipped': 'skipped' } as const
const ends: ReadonlySet<StageState> = new Set(Object.values(endOf))

/** Stages whose paths differ only in the last segment: an arm, or a teacher in it. */
interface Group {
  readonly name: string
  readonly stages: Map<string, StageState>
  open: number
  /** One of its stages failed, or was skipped because of a failure. */
  broken: boolean
}

export class Progress {
  readonly #groups = new Map<string, Group>()
  readonly #running = new Map<string, Running>()
  readonly #expected: ReadonlyMap<string, number>
  readonly #counts = { hit: 0, done: 0, failed: 0, skipped: 0 }
  #total = 0
  #slots = 1
  #started = 0
  /** Sum of the estimates for unfinished stages in seconds, and their number. */
  #left = 0
  #known = 0

  /** @param stages all stages of the run; if omitted, those in its events */
  constructor(stages: readonly Expected[] = []) {
    this.#expected = new Map(stages.flatMap(({ path, seconds }) => (seconds === undefined ? [] : [[path, seconds]])))
    for (const { path, seconds } of stages) {
      this.#mark(path, 'waiting')
      if (seconds === undefined) continue
      this.#known++
      this.#left += seconds
    }
  }

  /** @param now milliseconds */
  note(event: RunEvent, now: number): void {
    switch (event.event) {
      case 'start':
        this.#total = event.stages
        this.#slots = Math.max(1, event.workers?.reduce((sum, { slots }) => sum + slots, 0) ?? event.slots)
        this.#started = now
        return
      case 'stage-start': {
        const { path, resumedAt, by } = event
        this.#running.set(path, { path, since: now, resumedAt, by, progress: undefined })
        this.#mark(path, 'running')
        return
      }
      case 'progress': {
        const stage = this.#running.get(event.path)
        const { event: _event, path, ...progress } = event
        if (stage !== undefined) this.#running.set(path, { ...stage, progress })
        return
      }
      case 'stage-stopped':
        this.#running.delete(event.path)
        this.#mark(event.path, 'waiting')
        return
      case 'hit':
      case 'stage-done':
      case 'stage-failed':
      case 'stage-skipped':
        this.#end(event.path, endOf[event.event])
    }
  }

  /** @param now milliseconds */
  view(now: number): ProgressView {
    const running = [...this.#running.values()]
    const atWork = new Set(running.map(({ path }) => armOf(path)))
    const arms = [...this.#groups.values()].filter(({ name }) => name !== '')
    const armCounts = { done: 0, failed: 0, running: 0, waiting: 0 }
    for (const { name, open, broken } of arms)
      armCounts[broken ? 'failed' : open === 0 ? 'done' : atWork.has(name) ? 'running' : 'waiting']++
    return {
      arms: [...atWork].flatMap((name) => {
        const group = this.#groups.get(name)!
        return name === '' ? [] : [{ name, stages: [...group.stages].map(([stage, state]) => ({ stage, state })) }]
      }),
      running: running.map((stage) => ({
        path: stage.path,
        arm: armOf(stage.path),
        seconds: (now - stage.since) / 1000,
        resumedAt: stage.resumedAt ?? null,
        by: stage.by ?? null,
        progress: stage.progress ?? null,
        secondsLeft: secondsLeft(stage, now) ?? null,
      })),
      counts: { ...this.#counts },
      total: this.#total,
      armsDone: arms.filter(({ open }) => open === 0).length,
      armsTotal: arms.length,
      armCounts,
      failedArms: arms.filter(({ broken }) => broken).map(({ name }) => name),
      seconds: (now - this.#started) / 1000,
      secondsLeft: this.#secondsLeft(running, now) ?? null,
    }
  }

  #secondsLeft(stages: readonly Running[], now: number): number | undefined {
    const { hit, done, failed, skipped } = this.#counts
    const open = this.#total - hit - done - failed - skipped
    if (open === 0 || this.#known * 2 < open) return undefined
    const running = stages.map((stage) => {
      const known = this.#expected.get(stage.path) ?? 0
      return { known, left: secondsLeft(stage, now) ?? Math.max(0, known - (now - stage.since) / 1000) }
    })
    const waiting = this.#left - running.reduce((sum, { known }) => sum + known, 0)
    const all = Math.max(0, waiting) + running.reduce((sum, { left }) => sum + left, 0)
    return Math.max(all / this.#slots, ...running.map(({ left }) => left))
  }

  #end(path: string, state: 'hit' | 'done' | 'failed' | 'skipped'): void {
    this.#running.delete(path)
    this.#counts[state]++
    if (this.#mark(path, state)) {
      const seconds = this.#expected.get(path)
      if (seconds === undefined) return
      this.#known--
      this.#left -= seconds
    }
  }

  /** @returns whether the stage was unfinished before */
  #mark(path: string, state: StageState): boolean {
    const name = armOf(path)
    const group = this.#groups.get(name) ?? { name, stages: new Map<string, StageState>(), open: 0, broken: false }
    this.#groups.set(name, group)
    const stage = stageOf(path)
    const before = group.stages.get(stage)
    const wasOpen = before !== undefined && !ends.has(before)
    group.stages.set(stage, state)
    group.broken ||= state === 'failed' || state === 'skipped'
    group.open += Number(!ends.has(state)) - Number(wasOpen)
    return wasOpen
  }
}

/** A stage's own name is the last segment of its path and contains no slash. */
const armOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))
export const stageOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** From the reported speed, or else from the average since the start. */
function secondsLeft({ since, resumedAt = 0, progress }: Running, now: number): number | undefined {
  if (progress === undefined) return undefined
  const { step, steps, stepsPerSecond } = progress
  if (stepsPerSecond !== undefined && stepsPerSecond > 0) return (steps - step) / stepsPerSecond
  const fresh = step - resumedAt
  return fresh <= 0 ? undefined : ((now - since) / 1000 / fresh) * (steps - step)
}
