/** What was run in a store: the rows behind `espalier runs`, and what gc must keep for the sake of pipelines and runs. */
import type { Json } from '../../../dsl/graph/stage-options.ts'
import type { RunEvent, StageCounts } from '../../run-event.ts'
import type { Layout } from '../folder/layout.ts'
import { readRunLog } from '../folder/run-log.ts'
import type { LogLine, RunEntry, RunStage, RunStatus, RunsAsked, StageOutcome } from '../journal.ts'
import { isAlive } from '../process-identity.ts'
import type { IndexDb, Row } from './index-db.ts'

/** The newest first, by number: clocks may go back. */
export function runsOf(index: IndexDb, { status, file, most = Number.POSITIVE_INFINITY }: RunsAsked = {}): RunEntry[] {
  const found: RunEntry[] = []
  for (const row of index.all('SELECT * FROM runs ORDER BY id DESC')) {
    if (found.length >= most) break
    const run = entryOf(row)
    if ((status === undefined || run.status === status) && (file === undefined || run.file.includes(file))) found.push(run)
  }
  return found
}

export function runWith(index: IndexDb, id: number): RunEntry | undefined {
  return index.all('SELECT * FROM runs WHERE id = ?', id).map(entryOf)[0]
}

/** In the order in which the run came to them. */
export function stagesOf(index: IndexDb, layout: Layout, run: number): RunStage[] {
  const rows = index.all('SELECT * FROM run_stages WHERE run = ? ORDER BY position', run)
  if (rows.length > 0)
    return rows.map(({ path, key, kind, outcome, seconds, because }) => ({
      path: String(path),
      key: textOrNull(key),
      kind: String(kind),
      outcome: outcome as StageOutcome, // only `endRun` writes this column
      seconds: Number(seconds),
      because: textOrNull(because),
    }))
  const heard = new RunStages()
  for (const line of readRunLog(layout, run)) if (isStageEvent(line)) heard.note(line)
  return heard.all()
}

/** Outcomes of a run's stages, gathered from its events. */
export class RunStages {
  readonly #stages = new Map<string, RunStage>()
  readonly #resumed = new Set<string>()

  note(event: RunEvent): void {
    if (!('path' in event) || event.event === 'progress' || event.event === 'retry') return
    const { path } = event
    const before = this.#stages.get(path)
    const stage = {
      path,
      key: 'key' in event ? event.key : (before?.key ?? null),
      kind: 'kind' in event ? event.kind : (before?.kind ?? ''),
      seconds: 0,
      because: null,
    }
    if (event.event === 'hit') this.#stages.set(path, { ...stage, outcome: 'hit' })
    else if (event.event === 'stage-start') {
      if (event.resumedAt !== undefined) this.#resumed.add(path)
      this.#stages.set(path, { ...stage, outcome: 'stopped' })
    } else if (event.event === 'stage-done')
      this.#stages.set(path, { ...stage, outcome: this.#resumed.has(path) ? 'resumed' : 'run', seconds: event.seconds })
    else if (event.event === 'stage-failed') this.#stages.set(path, { ...stage, outcome: 'failed', because: event.problem.title })
    else if (event.event === 'stage-skipped') this.#stages.set(path, { ...stage, outcome: 'skipped', because: event.because })
  }

  all(): RunStage[] {
    return [...this.#stages.values()]
  }

  /** By path. */
  keys(): { readonly [path: string]: string } {
    return Object.fromEntries(this.all().flatMap(({ path, key }) => (key === null ? [] : [[path, key]])))
  }
}

function isStageEvent(line: LogLine): line is LogLine & RunEvent {
  // Written by `RunLog` from an event; a line that was tampered with can only be told wrongly.
  return typeof line.event === 'string' && typeof line.path === 'string'
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
    stages: typeof counts === 'string' ? (JSON.parse(counts) as StageCounts & Json) : null,
  }
}

function textOrNull(value: string | number | null | undefined): string | null {
  return typeof value === 'string' ? value : null
}
