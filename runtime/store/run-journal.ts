/**
 * Records a run as it happens: a log from the first stage that has to be computed, and the outcomes of all stages at the end. A run of
 * cache hits only, for a target whose keys are already recorded, is not recorded. The history is for users: when it cannot be written, the
 * run continues with one warning.
 */
import { resolve } from 'node:path'
import { canonical } from '../../dsl/check/canonical.ts'
import { parseTarget } from '../format/target-name.ts'
import { StoreProblem } from '../problem.ts'
import type { RunEvent } from '../run-event.ts'
import type { KnownTarget, NotedEvent } from './journal.ts'
import { RunStages } from './run-stages.ts'
import type { Store } from './store.ts'

export interface JournalRequest {
  readonly store: Pick<Store, 'journal' | 'readOnly'>
  /** As given by the user, with or without `#target`. */
  readonly file: string
  readonly target: string
  /** The run covers only some arms of the target. */
  readonly part?: boolean
  /** The machine that has the file. Default: this one. */
  readonly host?: string | undefined
  /** Called once, when the history cannot be written. */
  readonly onWarning: (warning: Extract<RunEvent, { event: 'warning' }>) => void
}

type Done = Extract<RunEvent, { event: 'done' }>

/** Events that alone do not cause a run to be recorded. */
const uneventful: ReadonlySet<RunEvent['event']> = new Set(['start', 'hit', 'warning', 'done'])

export class RunJournal {
  readonly #request: JournalRequest
  readonly #file: string
  readonly #started = Date.now()
  readonly #began = performance.now()
  readonly #stages = new RunStages()
  /** Events before the first stage that is computed. */
  readonly #early: NotedEvent[] = []
  /** Events that arrive during a write form the next batch. */
  readonly #noted: NotedEvent[] = []
  #run: number | undefined
  /** Finished, or given up after an error. */
  #closed: boolean
  /** Serialises writes in order of the events. */
  #writing: Promise<void> = Promise.resolve()

  constructor(request: JournalRequest) {
    this.#request = request
    this.#file = resolve(parseTarget(request.file).file)
    this.#closed = request.store.readOnly
  }

  /** Never throws. */
  note(event: RunEvent): void {
    if (this.#closed || event.event === 'progress') return
    this.#stages.note(event)
    const time = Date.now()
    if (event.event === 'done') this.#next(() => this.#end(event, time))
    else if (this.#noted.push({ event, time }) === 1) this.#next(() => this.#write(this.#noted.splice(0)))
  }

  /** Resolves when all events so far are written. */
  written(): Promise<void> {
    return this.#writing
  }

  /** Without a preceding `done` event, the run is recorded as failed: the store or espalier itself failed. */
  async close(): Promise<void> {
    this.#next(async () => {
      if (this.#run !== undefined) await this.#finish(this.#run, 'failed', null)
    })
    await this.written()
    this.#closed = true
  }

  async #begin(): Promise<number> {
    const { store, target } = this.#request
    const run = await store.journal.begin({ file: this.#file, target, started: this.#started })
    this.#run = run
    await store.journal.write(run, this.#early.splice(0))
    return run
  }

  async #write(events: readonly NotedEvent[]): Promise<void> {
    if (this.#run === undefined && events.every(({ event }) => uneventful.has(event.event))) this.#early.push(...events)
    else await this.#request.store.journal.write(this.#run ?? (await this.#begin()), events)
  }

  async #end(done: Done, time: number): Promise<void> {
    const { store, target } = this.#request
    if (this.#run === undefined) {
      const known = await store.journal.keysOf(this.#file, target)
      if (known !== undefined && canonical(known) === canonical(await this.#keys())) {
        this.#closed = true
        return
      }
    }
    const run = this.#run ?? (await this.#begin())
    await store.journal.write(run, [{ event: done, time }])
    await this.#finish(run, done.interrupted ? 'interrupted' : done.ok ? 'done' : 'failed', done)
  }

  async #finish(run: number, status: 'done' | 'failed' | 'interrupted', done: Done | null): Promise<void> {
    const { store, target, host } = this.#request
    await store.journal.finish(run, {
      status,
      seconds: (performance.now() - this.#began) / 1000,
      counts: done === null ? null : done.stages,
      stages: this.#stages.all(),
      target: { file: this.#file, target, keys: await this.#keys(), ...(host === undefined ? {} : { host }) },
    })
    this.#closed = true
  }

  async #keys(): Promise<KnownTarget['keys']> {
    const { store, target, part } = this.#request
    return part ? { ...(await store.journal.keysOf(this.#file, target)), ...this.#stages.keys() } : this.#stages.keys()
  }

  #next(work: () => Promise<void>): void {
    this.#writing = this.#writing.then(async () => {
      if (this.#closed) return
      try {
        await work()
      } catch (cause) {
        this.#closed = true
        const reason = cause instanceof StoreProblem ? cause.title : cause instanceof Error ? cause.message : String(cause)
        this.#request.onWarning({
          event: 'warning',
          problem: {
            title: 'This run is not recorded in the history.',
            facts: [['because', reason]],
            hint: 'Its results are in the store. To record them, run the same command again.',
          },
        })
      }
    })
  }
}
