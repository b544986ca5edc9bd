/** What became of a run's stages, as its events tell. */
import type { RunEvent } from '../run-event.ts'
import type { LogLine, RunStage } from './journal.ts'

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

/** Of a run, by the lines of its log. */
export function stagesIn(lines: readonly LogLine[]): readonly RunStage[] {
  const heard = new RunStages()
  for (const line of lines) if (isStageEvent(line)) heard.note(line)
  return heard.all()
}

function isStageEvent(line: LogLine): line is LogLine & RunEvent {
  // Written from an event; a line that was tampered with can only be told wrongly.
  return typeof line.event === 'string' && typeof line.path === 'string'
}
