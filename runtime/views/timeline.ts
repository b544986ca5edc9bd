/** When the stages of a run were computed, with one row per slot. */
import type { LogLine, RunEntry } from '../store/journal.ts'

export interface TimelineView {
  readonly run: number
  readonly file: string
  readonly target: string | null
  /** ISO 8601. */
  readonly started: string
  /** Up to the last event in the log, or the run's end. */
  readonly seconds: number
  /** Fraction of the slots' time spent computing stages; 0 if there were none. */
  readonly busy: number
  readonly slots: readonly { readonly spans: readonly Span[] }[]
}

export interface Span {
  readonly path: string
  readonly kind: string
  /** Seconds since the run began. */
  readonly from: number
  readonly to: number
  readonly outcome: 'run' | 'resumed' | 'failed' | 'stopped' | 'retried' | 'running'
}

interface Open extends Pick<Span, 'path' | 'kind' | 'from'> {
  readonly resumed: boolean
}

const ends: { readonly [event: string]: Span['outcome'] } = {
  'stage-done': 'run',
  'stage-failed': 'failed',
  'stage-stopped': 'stopped',
  retry: 'retried',
}

/** @param log of the run; stages computed by other processes are left out */
export function timeline({ id, file, target, started, seconds, status }: RunEntry, log: readonly LogLine[]): TimelineView {
  const spans: Span[] = []
  const open = new Map<string, Open>()
  let last = 0
  for (const { event, path, kind, time, resumedAt, by } of log) {
    const at = (Date.parse(String(time)) - started) / 1000
    if (!Number.isFinite(at)) continue
    last = Math.max(last, at)
    if (typeof event !== 'string' || typeof path !== 'string') continue
    const begun = open.get(path)
    if (event === 'stage-start') {
      if (by === undefined) open.set(path, { path, kind: String(kind), from: Math.max(0, at), resumed: resumedAt !== undefined })
      else open.delete(path)
    } else if (begun !== undefined && Object.hasOwn(ends, event)) {
      open.delete(path)
      spans.push(spanOf(begun, at, ends[event] === 'run' && begun.resumed ? 'resumed' : ends[event]!))
    }
  }
  const end = Math.max(last, seconds ?? 0)
  for (const begun of open.values()) spans.push(spanOf(begun, end, status === 'running' ? 'running' : 'stopped'))
  const slots = packed(spans)
  const worked = spans.reduce((sum, { from, to }) => sum + to - from, 0)
  return {
    run: id,
    file,
    target,
    started: new Date(started).toISOString(),
    seconds: end,
    busy: slots.length === 0 || end === 0 ? 0 : worked / (end * slots.length),
    slots: slots.map((each) => ({ spans: each })),
  }
}

const spanOf = ({ path, kind, from }: Open, to: number, outcome: Span['outcome']): Span => ({
  path,
  kind,
  from,
  to: Math.max(from, to),
  outcome,
})

/** Puts each span into the first row that is free when it begins. */
function packed(spans: readonly Span[]): Span[][] {
  const rows: Span[][] = []
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const row = rows.find((each) => each.at(-1)!.to <= span.from)
    if (row === undefined) rows.push([span])
    else row.push(span)
  }
  return rows
}
