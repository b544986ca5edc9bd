/** Runs in the index, and their logs in the folder. A run that has not ended is read from its log. */

import { canonical } from '../../../dsl/check/canonical.ts'
import type { StageCounts } from '../../run-event.ts'
import type { Layout } from '../folder/layout.ts'
import { RunLog, readRunLog, runLogFile } from '../folder/run-log.ts'
import {
  type Journal,
  type KnownStage,
  type KnownTarget,
  type LoggedEvent,
  type LogLine,
  type PastOutcome,
  type RunBeginning,
  type RunEntry,
  type RunFinish,
  type RunStage,
  type RunStatus,
  type RunsAsked,
  type StageOutcome,
  stageOutcomes,
} from '../journal.ts'
import { isAlive, thisProcess } from '../process-identity.ts'
import { resultOf } from '../result-row.ts'
import { stagesIn } from '../run-stages.ts'
import type { IndexDb, Row } from './index-db.ts'
import { noteUse } from './uses.ts'

export class SqliteJournal implements Journal {
  readonly #index: IndexDb
  readonly #layout: Layout
  /** Of the runs that go on here. */
  readonly #logs = new Map<number, RunLog>()

  constructor(index: IndexDb, layout: Layout) {
    this.#index = index
    this.#layout = layout
  }

  async begin({ file, target, started }: RunBeginning): Promise<number> {
    const run = this.#index.run(
      'INSERT INTO runs (file, target, started, process) VALUES (?, ?, ?, ?)',
      file,
      target,
      started,
      thisProcess(),
    )
    this.#logs.set(run, new RunLog(this.#layout, run))
    return run
  }

  async write(run: number, event: LoggedEvent, time: number): Promise<void> {
    const row = event.event === 'stage-done' ? this.#index.all('SELECT * FROM results WHERE key = ?', event.key)[0] : undefined
    this.#logs.get(run)?.write(event, time, row === undefined ? undefined : resultOf(row, this.#index.file))
  }

  async finish(run: number, { status, seconds, counts, stages, target }: RunFinish): Promise<void> {
    const index = this.#index
    this.#logs.get(run)?.close()
    this.#logs.delete(run)
    index.transaction(() => {
      for (const [position, { path, key, kind, outcome, seconds, because }] of stages.entries()) {
        const columns = 'run, position, path, key, kind, outcome, seconds, because'
        const values = [run, position, path, key, kind, outcome, seconds, because]
        index.run(`INSERT INTO run_stages (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, ...values)
      }
      noteUse(
        index,
        stages.flatMap(({ path, key, outcome }) => (outcome === 'hit' && key !== null ? [{ path, key }] : [])),
      )
      this.#remember(target)
      const told = counts === null ? null : canonical({ ...counts })
      index.run('UPDATE runs SET finished = ?, status = ?, counts = ?, seconds = ? WHERE id = ?', Date.now(), status, told, seconds, run)
    })
  }

  async runs({ status, file, most = Number.POSITIVE_INFINITY }: RunsAsked = {}): Promise<readonly RunEntry[]> {
    const found: RunEntry[] = []
    for (const row of this.#index.all('SELECT * FROM runs ORDER BY id DESC')) {
      if (found.length >= most) break
      const run = entryOf(row)
      if ((status === undefined || run.status === status) && (file === undefined || run.file.includes(file))) found.push(run)
    }
    return found
  }

  async run(id: number): Promise<RunEntry | undefined> {
    return this.#index.all('SELECT * FROM runs WHERE id = ?', id).map(entryOf)[0]
  }

  async stagesOf(run: number): Promise<readonly RunStage[]> {
    const rows = this.#index.all('SELECT * FROM run_stages WHERE run = ? ORDER BY position', run)
    if (rows.length === 0) return stagesIn(readRunLog(this.#layout, run))
    return rows.map(({ path, key, kind, outcome, seconds, because }) => ({
      path: String(path),
      key: textOrNull(key),
      kind: String(kind),
      outcome: outcome as StageOutcome, // only `finish` writes this column
      seconds: Number(seconds),
      because: textOrNull(because),
    }))
  }

  async readLog(run: number): Promise<readonly LogLine[]> {
    return readRunLog(this.#layout, run)
  }

  whereIs(run: number): string {
    return runLogFile(this.#layout, run)
  }

  async outcomesOf(key: string): Promise<readonly PastOutcome[]> {
    const rows = this.#index.all('SELECT run, outcome, because FROM run_stages WHERE key = ? ORDER BY run DESC LIMIT 20', key)
    return rows.flatMap(({ run, outcome: text, because }) => {
      const outcome = stageOutcomes.find((each) => each === text)
      return outcome === undefined ? [] : [{ run: Number(run), outcome, because: textOrNull(because) }]
    })
  }

  async places(): Promise<readonly KnownStage[]> {
    const last = new Map<string, { readonly key: string; readonly run: number }>()
    const note = (path: string, key: string, run: number) => {
      if ((last.get(path)?.run ?? -1) < run) last.set(path, { key, run })
    }
    const ended = 'SELECT path, key, max(run) AS run FROM run_stages WHERE key IS NOT NULL GROUP BY path'
    for (const { path, key, run } of this.#index.all(ended)) note(String(path), String(key), Number(run))
    for (const { id } of this.#index.all('SELECT id FROM runs WHERE finished IS NULL'))
      for (const { path, key } of await this.stagesOf(Number(id))) if (key !== null) note(path, key, Number(id))
    for (const { path, key } of this.#index.all('SELECT path, key, max(seen) FROM places GROUP BY path')) note(String(path), String(key), 0)
    return [...last].map(([path, { key }]) => ({ path, key }))
  }

  async beginningWith(digits: string): Promise<readonly KnownStage[]> {
    const rows = this.#index.all('SELECT DISTINCT key, path FROM run_stages WHERE substr(key, 1, length(?1)) = ?1', digits)
    return rows.map(({ key, path }) => ({ key: String(key), path: String(path) }))
  }

  async targets(): Promise<readonly KnownTarget[]> {
    return this.#index.all('SELECT * FROM targets ORDER BY file, target').map(({ file, target, keys }) => ({
      file: String(file),
      target: String(target),
      keys: JSON.parse(String(keys)) as KnownTarget['keys'], // written by `#remember`
    }))
  }

  async keysOf(file: string, target: string): Promise<KnownTarget['keys'] | undefined> {
    const keys = this.#keysOf(file, target)
    return keys === undefined ? undefined : (JSON.parse(keys) as KnownTarget['keys']) // written by `#remember`
  }

  async remember(target: KnownTarget): Promise<void> {
    this.#remember(target)
  }

  #remember({ file, target, keys }: KnownTarget): void {
    const text = canonical(keys)
    if (this.#index.readOnly || this.#keysOf(file, target) === text) return
    this.#index.run('INSERT OR REPLACE INTO targets (file, target, keys) VALUES (?, ?, ?)', file, target, text)
  }

  #keysOf(file: string, target: string): string | undefined {
    const row = this.#index.all('SELECT keys FROM targets WHERE file = ? AND target = ?', file, target)[0]
    return row === undefined ? undefined : String(row.keys)
  }
}

function entryOf({ id, file, target, started, finished, status, seconds, counts, process }: Row): RunEntry {
  return {
    id: Number(id),
    file: String(file),
    target: textOrNull(target),
    started: Number(started),
    // A run on another machine is taken at its word.
    status: finished === null ? (typeof process === 'string' && isAlive(process) !== false ? 'running' : 'killed') : (status as RunStatus),
    seconds: seconds === null ? null : Number(seconds),
    stages: typeof counts === 'string' ? (JSON.parse(counts) as StageCounts) : null,
  }
}

function textOrNull(value: string | number | null | undefined): string | null {
  return typeof value === 'string' ? value : null
}
