/** The state of each stage of a run, derived from the run's events. */
import type { RunEvent } from '../run-event.ts'
import type { LogLine, RunStage } from './journal.ts'
import { isKeyText, isMap, isSeconds, isText, isWhole, listOf } from './result-form.ts'

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

/** The stages of a run, from the lines of its log. */
export function stagesIn(lines: readonly LogLine[]): readonly RunStage[] {
  const heard = new RunStages()
  for (const line of lines) if (isStageEvent(line)) heard.note(line)
  return heard.all()
}

type Start = Extract<RunEvent, { event: 'start' }>
type Computes = NonNullable<Start['workers']>[number]

const isWorker = (value: unknown): value is Computes => isMap(value) && isText(value.by) && isWhole(value.slots) && isWhole(value.threads)
const areWorkers = listOf(isWorker)

/** Type guard: log files are untrusted input. */
export function isRunStart(line: LogLine): line is LogLine & Start {
  const { event, file, stages, slots, threads, workers } = line
  return event === 'start' && isText(file) && [stages, slots, threads].every(isWhole) && (workers === undefined || areWorkers(workers))
}

export function isStageEvent(line: LogLine): line is LogLine & RunEvent {
  const { event, path, key, kind, seconds, because, problem } = line
  if (!isText(path) || !(key === undefined || isKeyText(key)) || !(kind === undefined || isText(kind))) return false
  if (event === 'stage-skipped') return isText(because)
  if (event === 'stage-failed') return isMap(problem) && isText(problem.title)
  if (event === 'stage-done') return isKeyText(key) && isSeconds(seconds)
  return (event === 'hit' || event === 'stage-start') && isKeyText(key)
}
