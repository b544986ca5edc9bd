/** Reports a running stage from a worker: its start, its progress, and the end of its log. For display only. */
import type { Json } from '../../../dsl/check/canonical.ts'
import type { StageLogs } from '../../store/stage-logs.ts'
import type { ComputationEvent } from '../computation-event.ts'
import { asJson, type Told } from './stage-job.ts'

/** Interval of a stage's reports, in milliseconds. */
const tellMs = 1000
/** Limit of the log in one report, in characters. */
const mostLog = 16_384

export class Teller {
  readonly #tell: (told: Json) => Promise<void>
  readonly #log: ReturnType<StageLogs['follow']>
  #told: Told = { started: null, progress: null, log: { text: '', written: 0 } }
  #last = performance.now()
  /** Reports are sent one after the other. */
  #telling: Promise<void> = Promise.resolve()

  constructor(logs: StageLogs, key: string, tell: (told: Json) => Promise<void>) {
    this.#tell = tell
    this.#log = logs.follow(key)
    this.#log.read(true) // skips earlier attempts
  }

  hear(event: ComputationEvent): void {
    // A stage without steps may end at once, and its run learns from the claim that it has begun.
    const begins = event.event === 'started' && event.steps > 0
    if (begins) this.#told = { ...this.#told, started: { steps: event.steps, resumedAt: event.resumedAt ?? null }, progress: null }
    else if (event.event === 'progress') this.#told = { ...this.#told, progress: event.progress }
    if (!begins && performance.now() - this.#last < tellMs) return
    this.#last = performance.now()
    const now = this.#now()
    this.#telling = this.#telling.then(() => this.#tell(now)).catch(() => {}) // the next report includes it
  }

  /** The final report, after pending ones. */
  async last(): Promise<Json> {
    await this.#telling
    return this.#now()
  }

  #now(): Json {
    const fresh = this.#log.read()
    const { text, written } = this.#told.log
    this.#told = { ...this.#told, log: { text: (text + fresh).slice(-mostLog), written: written + fresh.length } }
    return asJson(this.#told)
  }
}
