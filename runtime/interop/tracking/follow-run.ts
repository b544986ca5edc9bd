/**
 * Follows a run by its events and periodically reports its arms to a tracker. Curves are read from the store, wherever they were
 * computed. Each report includes all missing data, so nothing is lost while the tracker does not respond. The run never waits for it.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { ProblemText } from '../../../dsl/check/problem.ts'
import type { RunEvent } from '../../run-event.ts'
import type { Results, StageResult } from '../../store/results.ts'
import { type ArmNow, curveTag, type TrackedArm, type TrackedPoint, type Tracker, tagged } from './tracker.ts'

/** Milliseconds between two reports of a running training to a tracker. */
const every = 2000
/** The same after a tracker did not respond. */
const patience = 10_000
/** Pause after a report as a multiple of its duration, to limit the load of long curves. */
const rest = 20
/** Milliseconds for the remaining reports after the run has ended. */
const atMost = 60_000

export interface FollowRequest {
  readonly arms: readonly TrackedArm[]
  readonly results: Pick<Results, 'get' | 'seriesOf' | 'metricsOf'>
  readonly tracker: Tracker
  /** Called once at most. */
  readonly warn: (problem: ProblemText) => void
}

interface Following {
  readonly arm: TrackedArm
  status: ArmNow['status']
  readonly keys: Map<string, string>
  /** Cached stages or stages computed elsewhere: their points are from another time. */
  readonly hits: Set<string>
  /** When the first training, or the last stage, was first seen. */
  met: number | undefined
  metrics: { readonly [name: string]: number }
}

export class RunFollower {
  readonly #request: FollowRequest
  readonly #arms: readonly Following[]
  /** Arms by the paths of their stages. */
  readonly #byStage: ReadonlyMap<string, readonly Following[]>
  /** Arms with something to report. */
  readonly #changed = new Set<Following>()
  readonly #closing = new AbortController()
  #telling: Promise<void> | undefined
  #wait = 0
  #warned = false

  constructor(request: FollowRequest) {
    this.#request = request
    this.#arms = request.arms.map((arm) => ({ arm, status: 'running', keys: new Map(), hits: new Set(), met: undefined, metrics: {} }))
    const byStage = new Map<string, Following[]>()
    for (const each of this.#arms) for (const { path } of each.arm.stages) byStage.set(path, [...(byStage.get(path) ?? []), each])
    this.#byStage = byStage
  }

  /** Never throws. */
  note(event: RunEvent): void {
    if (event.event === 'done') this.#over(event)
    else if ('path' in event) for (const each of this.#byStage.get(event.path) ?? []) this.#noteOf(each, event)
  }

  /** Reports the rest, for at most a minute. Never rejects. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#telling
    const deadline = performance.now() + atMost
    for (const each of this.#changed) {
      if (performance.now() > deadline) return this.#complain(new Error(`it took more than ${atMost / 1000} s to tell`))
      if (!(await this.#tell(each))) return
    }
  }

  #noteOf(each: Following, event: Extract<RunEvent, { path: string }>): void {
    const { path } = event
    const last = each.arm.stages.at(-1)!
    if ('key' in event) each.keys.set(path, event.key)
    if (event.event === 'hit') each.hits.add(path)
    if (event.event === 'stage-skipped' || event.event === 'stage-failed') each.status = 'failed'
    const stage = each.arm.stages.find((one) => one.path === path)!
    if (stage.trains || stage === last) each.met ??= Date.now()
    if (stage === last && (event.event === 'hit' || event.event === 'stage-done')) each.status = 'finished'
    if (each.met !== undefined) this.#touch(each)
  }

  #over({ results }: Extract<RunEvent, { event: 'done' }>): void {
    const byPath = new Map(results.map(({ path, metrics }) => [path, metrics]))
    for (const each of this.#arms) {
      each.metrics = byPath.get(each.arm.path) ?? each.metrics
      if (each.status === 'running') each.status = 'stopped'
      if (each.met !== undefined) this.#changed.add(each)
    }
  }

  #touch(each: Following): void {
    this.#changed.add(each)
    this.#telling ??= this.#tellAll().finally(() => {
      this.#telling = undefined
    })
  }

  async #tellAll(): Promise<void> {
    const { signal } = this.#closing
    while (this.#changed.size > 0 && !signal.aborted) {
      // Also groups simultaneous events into one report.
      await pause(this.#wait, undefined, { signal, ref: false }).catch(() => {})
      const began = performance.now()
      let answers = true
      for (const each of this.#changed) {
        if (signal.aborted) return
        answers = await this.#tell(each)
        if (!answers) break
      }
      this.#wait = Math.max(answers ? every : patience, rest * (performance.now() - began))
    }
  }

  /** Sends a report. @returns whether it succeeded */
  async #tell(each: Following): Promise<boolean> {
    this.#changed.delete(each)
    try {
      const found = await this.#found(each)
      await this.#request.tracker.update(await this.#now(each, found), (last) => this.#points(each, found, last))
      return true
    } catch (cause) {
      this.#changed.add(each)
      this.#complain(cause)
      return false
    }
  }

  /** Results of its finished stages, by path. */
  async #found({ arm, keys }: Following): Promise<ReadonlyMap<string, StageResult>> {
    const found = new Map<string, StageResult>()
    for (const { path } of arm.stages) {
      const key = keys.get(path)
      const result = key === undefined ? undefined : await this.#request.results.get(key)
      if (result !== undefined) found.set(path, result)
    }
    return found
  }

  async #now({ arm, status, keys, hits, met, metrics }: Following, found: ReadonlyMap<string, StageResult>): Promise<ArmNow> {
    const measured = found.get(arm.stages.at(-1)!.path)
    const begun = [...found].flatMap(([path, { finished, seconds }]) => (hits.has(path) ? [finished - 1000 * seconds] : []))
    const all = Object.entries({ ...measured?.metrics, ...metrics }).filter(([, value]) => Number.isFinite(value))
    const artifacts = arm.stages.flatMap(({ path }) => found.get(path)?.artifact ?? [])
    return {
      arm,
      status,
      keys: new Map(keys),
      began: Math.round(Math.min(met!, ...begun)), // set before any report
      ended: status === 'finished' ? measured?.finished : undefined,
      metrics: status === 'finished' ? Object.fromEntries(all.map(([name, value]) => [tagged(name), value])) : {},
      artifact: status === 'finished' ? artifacts.at(-1) : undefined,
    }
  }

  async #points(
    { arm, keys, hits }: Following,
    found: ReadonlyMap<string, StageResult>,
    last: (tag: string) => number | undefined,
  ): Promise<readonly TrackedPoint[]> {
    const { results } = this.#request
    const all: TrackedPoint[] = []
    for (const { path, name, trains } of arm.stages) {
      const key = keys.get(path)
      if (!trains || key === undefined) continue
      for (const series of await results.seriesOf(key)) {
        const tag = curveTag(series, name)
        const [after, points] = [last(tag) ?? -1, await results.metricsOf(key, series)]
        const time = timeOf(hits.has(path) ? found.get(path) : undefined, points.at(-1)?.step ?? 0)
        for (const { step, value } of points) if (step > after && Number.isFinite(value)) all.push({ tag, step, value, time: time(step) })
      }
    }
    return all
  }

  #complain(cause: unknown): void {
    if (this.#warned) return
    this.#warned = true
    this.#request.warn({
      title: `${this.#request.tracker.name} could not be reached: ${cause instanceof Error ? cause.message : String(cause)}.`,
      facts: [],
      hint: 'The run continues, and the tracker is retried. To send what is missing at the end, repeat the command: results and curves are in the store.',
    })
  }
}

/** Times of points: for a training of an earlier run, steps are spread evenly over its duration; otherwise now. */
function timeOf(result: StageResult | undefined, steps: number): (step: number) => number {
  const now = Date.now()
  if (result === undefined) return () => now
  return (step) => Math.round(result.finished - 1000 * result.seconds * (1 - step / Math.max(1, steps)))
}
