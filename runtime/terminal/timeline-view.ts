/** A run's timeline in characters: one row per slot, one letter per stage. */
import { aligned, fromTheEnd } from '../format/width.ts'
import { counted, duration, moment } from '../format/words.ts'
import type { Span, TimelineView } from '../views/timeline.ts'

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
/** Number of stages with a letter: those that took longest. */
const named = 20
const words: { readonly [O in Span['outcome']]: string } = {
  run: '',
  resumed: 'resumed',
  failed: 'failed',
  stopped: 'stopped',
  retried: 'tried again',
  running: 'running',
}

/** @param columns of the screen */
export function timelineLines({ run, started, seconds, busy, slots }: TimelineView, { columns }: { readonly columns: number }): string[] {
  const all = slots.flatMap(({ spans }) => spans)
  if (all.length === 0) return [`Run ${run} computed nothing.`]
  const longest = new Set(all.toSorted((a, b) => lengthOf(b) - lengthOf(a)).slice(0, named))
  const inOrder = all.filter((span) => longest.has(span)).sort((a, b) => a.from - b.from)
  const signs = new Map(inOrder.map((span, i) => [span, letters[i]!]))
  const width = Math.max(10, Math.min(columns, 160) - 4)
  const place = (at: number) => Math.min(width - 1, Math.floor((at / Math.max(seconds, 1e-9)) * width))
  const rows = slots.map(({ spans }, slot) => {
    const row = new Array<string>(width).fill('·')
    // Longer spans are drawn over shorter ones.
    for (const span of spans.toSorted((a, b) => lengthOf(a) - lengthOf(b)))
      row.fill(signs.get(span) ?? '▪', place(span.from), place(span.to) + 1)
    return `${String(slot + 1).padStart(3)} ${row.join('')}`
  })
  const end = duration(seconds)
  return [
    `run ${run} · ${moment(Date.parse(started))} · ${duration(seconds)} · ${counted(all.length, 'stage')} in ${counted(slots.length, 'slot')}, ${Math.round(busy * 100)} % of their time at work`,
    '',
    ...rows,
    `    0 s${end.padStart(Math.max(1, width - 3))}`,
    '',
    ...aligned(
      [...signs].map(([span, sign]) => [
        sign,
        fromTheEnd(span.path, Math.max(20, columns - 40)),
        duration(lengthOf(span)),
        words[span.outcome],
      ]),
      ['left', 'left', 'right', 'left'],
    ),
    ...(all.length > named ? [`▪ ${all.length - named} shorter ones; --json has all`] : []),
  ]
}

const lengthOf = ({ from, to }: Span): number => to - from
