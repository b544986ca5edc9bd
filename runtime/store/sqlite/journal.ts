/** Runs in the index, and their logs in the folder. The stages of an unfinished run are read from its log. */

import { canonical } from '../../../dsl/check/canonical.ts'
import type { Layout } from '../folder/layout.ts'
import { followRunLog, RunLog, readRunLog, runLogFile } from '../folder/run-log.ts'
import type {
  Journal,
  KnownStage,
  KnownTarget,
  LogLine,
  NotedEvent,
  PastOutcome,
  RunBeginning,
  RunEntry,
  RunFinish,
  RunStage,
  RunsAsked,
} from '../journal.ts'
import { isAlive, thisProcess } from '../process-identity.ts'
import { stagesIn } from '../run-stages.ts'
import type { IndexDb } from './index-db.ts'
import { resultAt } from './results.ts'
import { columnsOf, type RowOf } from './tables.ts'
import { noteUse } from './uses.ts'

export class SqliteJournal implements Journal {
  readonly #index: IndexDb
  readonly #layout: Layout
  /** Logs of active runs of this process. */
  readonly #logs = new Map<number, { readonly log: RunLog; readonly run: Pick<RunBeginning, 'file' | 'target'> }>()

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
    this.#logs.set(run, { log: new RunLog(this.#layout, run), run: { file, target } })
    return run
  }

  async write(run: number, events: readonly NotedEvent[]): Promise<void> {
    const open = this.#logs.get(run)
    // Includes what the index stores about the run and the stage, so that a lost index can be rebuilt from these lines.
    for (const { event, time } of events)
      if (event.event === 'start') open?.log.write(event, time, { run: open.run })
      else open?.log.write(event, time, event.event === 'stage-done' ? { result: resultAt(this.#index, event.key) } : {})
  }

  async finish(run: number, { status, seconds, counts, stages, target }: RunFinish): Promise<void> {
    const index = this.#index
    this.#logs.get(run)?.log.close()
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
    const least = status === undefined && file === undefined && Number.isFinite(most) ? most : -1
    for (const row of this.#index.read('runs', runColumns, 'FROM runs ORDER BY id DESC LIMIT ?', least)) {
      if (found.length >= most) break
      const run = entryOf(row)
      if ((status === undefined || run.status === status) && (file === undefined || run.file.includes(file))) found.push(run)
    }
    return found
  }

  async run(id: number): Promise<RunEntry | undefined> {
    return this.#index.read('runs', runColumns, 'FROM runs WHERE id = ?', id).map(entryOf)[0]
  }

  async stagesOf(run: number): Promise<readonly RunStage[]> {
    const columns = ['path', 'key', 'kind', 'outcome', 'seconds', 'because'] as const
    const rows = this.#index.read('run_stages', columns, 'FROM run_stages WHERE run = ? ORDER BY position', run)
    return rows.length === 0 ? stagesIn(readRunLog(this.#layout, run)) : rows
  }

  async readLog(run: number): Promise<readonly LogLine[]> {
    return readRunLog(this.#layout, run)
  }

  followLog(run: number): () => Promise<readonly LogLine[]> {
    const read = followRunLog(this.#layout, run)
    return async () => read()
  }

  whereIs(run: number): string {
    return runLogFile(this.#layout, run)
  }

  async outcomesOf(key: string): Promise<readonly PastOutcome[]> {
    return this.#index.read('run_stages', ['run', 'outcome', 'because'], 'FROM run_stages WHERE key = ? ORDER BY run DESC LIMIT 20', key)
  }

  async places(): Promise<readonly KnownStage[]> {
    const last = new Map<string, { readonly key: string; readonly run: number }>()
    const note = (path: string, key: string, run: number) => {
      if ((last.get(path)?.run ?? -1) < run) last.set(path, { key, run })
    }
    const ended = 'FROM (SELECT path, key, max(run) AS run FROM run_stages WHERE key IS NOT NULL GROUP BY path) AS run_stages'
    for (const { path, key, run } of this.#index.read('run_stages', ['path', 'key', 'run'], ended)) note(path, key!, run)
    for (const { id } of this.#index.read('runs', ['id'], 'FROM runs WHERE finished IS NULL'))
      for (const { path, key } of await this.stagesOf(id)) if (key !== null) note(path, key, id)
    const seen = 'FROM (SELECT path, key, max(seen) FROM places GROUP BY path) AS places'
    for (const { path, key } of this.#index.read('places', ['path', 'key'], seen)) note(path, key, 0)
    return [...last].map(([path, { key }]) => ({ path, key }))
  }

  async beginningWith(digits: string): Promise<readonly KnownStage[]> {
    const rest = 'FROM run_stages WHERE substr(key, 1, length(?)) = ? GROUP BY key, path'
    const rows = this.#index.read('run_stages', ['key', 'path'], rest, digits, digits)
    return rows.flatMap(({ key, path }) => (key === null ? [] : [{ key, path }]))
  }

  async targets(): Promise<readonly KnownTarget[]> {
    return this.#index.read('targets', ['file', 'target', 'keys'], 'FROM targets ORDER BY file, target')
  }

  async keysOf(file: string, target: string): Promise<KnownTarget['keys'] | undefined> {
    return this.#index.read('targets', ['keys'], 'FROM targets WHERE file = ? AND target = ?', file, target)[0]?.keys
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

const runColumns = columnsOf('runs')

function entryOf({ id, file, target, started, finished, status, seconds, counts, process }: RowOf<'runs'>): RunEntry {
  // An unfinished run of another machine counts as running, since its process cannot be checked.
  const open = () => (process !== null && isAlive(process) !== false ? 'running' : 'killed')
  return { id, file, target, started, status: finished === null || status === null ? open() : status, seconds, stages: counts }
}
