/** What a worker tells of a stage while it computes: that it has begun, how far it is, the end of its log. It serves people. */
import type { Json } from '../../../dsl/check/canonical.ts'
import type { StageLogs } from '../../store/stage-logs.ts'
import type { ComputationEvent } from '../computation-event.ts'
import { asJson, type Told } from './stage-job.ts'

/** Between two reports of a stage, in milliseconds. */
const tellMs = 1000
/** Characters of a log that are told at once. */
const mostLog = 16_384

export class Teller {
  readonly #tell: (told: Json) => Promise<void>
  readonly #log: ReturnType<StageLogs['follow']>
  #told: Told = { started: null, progress: null, log: { text: '', written: 0 } }
  #last = performance.now()
  /** One thing after the other. */
  #telling: Promise<void> = Promise.resolve()

  constructor(logs: StageLogs, key: string, tell: (told: Json) => Promise<void>) {
    this.#tell = tell
    this.#log = logs.follow(key)
    this.#log.read(true) // of earlier attempts
  }

  hear(event: ComputationEvent): void {
    // What has no steps may be over in a moment, and its run knows that it began: a worker has it.
    const begins = event.event === 'started' && event.steps > 0
    if (begins) this.#told = { ...this.#told, started: { steps: event.steps, resumedAt: event.resumedAt ?? null }, progress: null }
    else if (event.event === 'progress') this.#told = { ...this.#told, progress: event.progress }
    if (!begins && performance.now() - this.#last < tellMs) return
    this.#last = performance.now()
    const now = this.#now()
    this.#telling = this.#telling.then(() => this.#tell(now)).catch(() => {}) // the next report has it too
  }

  /** All of it, once nothing is being told any more. */
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
