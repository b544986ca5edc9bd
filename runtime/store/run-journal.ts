/**
 * Writes down a run while it happens: a row and a log from the first stage that has to run, the outcomes of all stages at the end
 * in one transaction. A run that finds everything, for a target whose stages are known, changes nothing and is not written down.
 * History serves people: when it cannot be written the run goes on, with one warning.
 */
import { resolve } from 'node:path'
import { canonical } from '../../dsl/check/canonical.ts'
import { parseTarget } from '../format/target-name.ts'
import { StoreProblem } from '../problem.ts'
import type { RunEvent } from '../run-event.ts'
import { RunLog } from './folder/run-log.ts'
import type { LoggedEvent } from './journal.ts'
import { thisProcess } from './process-identity.ts'
import { RunStages } from './sqlite/journal.ts'
import { resultOf } from './sqlite/result-row.ts'
import { isKnownRun, rememberRun } from './sqlite/targets.ts'
import { noteUse } from './sqlite/uses.ts'
import type { Store } from './store.ts'

export interface JournalRequest {
  readonly store: Store
  /** As the user wrote it, with or without `#target`. */
  readonly file: string
  readonly target: string
  /** Told once, when history cannot be written. */
  readonly onWarning: (warning: Extract<RunEvent, { event: 'warning' }>) => void
}

type Done = Extract<RunEvent, { event: 'done' }>

export class RunJournal {
  readonly #request: JournalRequest
  readonly #file: string
  readonly #started = Date.now()
  readonly #began = performance.now()
  readonly #stages = new RunStages()
  /** Events from before the first stage that runs. */
  #early: { readonly event: LoggedEvent; readonly time: number }[] = []
  #run: number | undefined
  #log: RunLog | undefined
  /** Ended, or given up. */
  #closed: boolean

  constructor(request: JournalRequest) {
    this.#request = request
    this.#file = resolve(parseTarget(request.file).file)
    this.#closed = request.store.readOnly
  }

  /** The run's number, once it has one. */
  get run(): number | undefined {
    return this.#run
  }

  /** Never throws. */
  note(event: RunEvent): void {
    if (this.#closed || event.event === 'progress') return
    this.#stages.note(event)
    this.#attempt(() => {
      const eventful = !['start', 'hit', 'warning', 'done'].includes(event.event)
      if (eventful && this.#run === undefined) this.#begin()
      if (event.event === 'done') this.#end(event)
      else this.#write(event)
    })
  }

  /** Without a `done` before it, the run is noted as failed: the store or espalier itself did. */
  close(): void {
    if (this.#closed) return
    this.#attempt(() => {
      if (this.#run !== undefined) this.#finish('failed', null)
    })
    this.#giveUp()
  }

  #begin(): void {
    const { store, target } = this.#request
    const columns = 'file, target, started, process'
    this.#run = store.index.run(`INSERT INTO runs (${columns}) VALUES (?, ?, ?, ?)`, this.#file, target, this.#started, thisProcess())
    this.#log = new RunLog(store.layout, this.#run)
    for (const { event, time } of this.#early) this.#log.write(event, time)
    this.#early = []
  }

  #write(event: LoggedEvent): void {
    if (this.#log === undefined) {
      this.#early.push({ event, time: Date.now() })
      return
    }
    const { index, layout } = this.#request.store
    const row = event.event === 'stage-done' ? index.all('SELECT * FROM results WHERE key = ?', event.key)[0] : undefined
    this.#log.write(event, Date.now(), row === undefined ? undefined : resultOf(row, layout.index))
  }

  #end(done: Done): void {
    const { store, target } = this.#request
    if (this.#run === undefined) {
      if (isKnownRun(store.index, this.#file, target, this.#stages.keys())) {
        this.#giveUp()
        return
      }
      this.#begin()
    }
    this.#write(done)
    this.#finish(done.interrupted ? 'interrupted' : done.ok ? 'done' : 'failed', done)
    this.#giveUp()
  }

  #finish(status: 'done' | 'failed' | 'interrupted', done: Done | null): void {
    const { store, target } = this.#request
    const { index } = store
    const run = this.#run!
    index.transaction(() => {
      this.#stages.all().forEach(({ path, key, kind, outcome, seconds, because }, position) => {
        const columns = 'run, position, path, key, kind, outcome, seconds, because'
        const values = [run, position, path, key, kind, outcome, seconds, because]
        index.run(`INSERT INTO run_stages (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, ...values)
      })
      const found = this.#stages.all().flatMap(({ path, key, outcome }) => (outcome === 'hit' && key !== null ? [{ path, key }] : []))
      noteUse(index, found)
      rememberRun(index, this.#file, target, this.#stages.keys())
      const counts = done === null ? null : canonical({ ...done.stages })
      const seconds = (performance.now() - this.#began) / 1000
      index.run('UPDATE runs SET finished = ?, status = ?, counts = ?, seconds = ? WHERE id = ?', Date.now(), status, counts, seconds, run)
    })
  }

  #attempt(work: () => void): void {
    try {
      work()
    } catch (cause) {
      this.#giveUp()
      const reason = cause instanceof StoreProblem ? cause.title : cause instanceof Error ? cause.message : String(cause)
      this.#request.onWarning({
        event: 'warning',
        problem: {
          title: 'This run is not written down in the history.',
          facts: [['because', reason]],
          hint: 'Its results are kept all the same.',
        },
      })
    }
  }

  #giveUp(): void {
    this.#closed = true
    this.#log?.close()
    this.#log = undefined
  }
}
