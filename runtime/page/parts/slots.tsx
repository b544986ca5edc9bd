/** Timeline of a run's stages, one row per slot, drawn by Observable Plot. */
import * as Plot from '@observablehq/plot'
import { useEffect, useRef } from 'preact/hooks'
import { duration } from '../../format/words.ts'
import type { Span, TimelineView } from '../../views/timeline.ts'
import { useWidth } from './width.ts'

const colours: { readonly [outcome in Span['outcome']]: string } = {
  run: 'var(--done-mark)',
  resumed: 'var(--stopped-mark)',
  retried: 'var(--stopped-mark)',
  stopped: 'var(--stopped-mark)',
  failed: 'var(--failed-mark)',
  running: 'var(--active-mark)',
}

export function Slots({ view }: { readonly view: TimelineView }) {
  const place = useRef<HTMLDivElement>(null)
  const width = useWidth(place)
  useEffect(() => {
    if (width === 0) return
    const spans = view.slots.flatMap((slot, row) => slot.spans.map((span) => ({ ...span, row })))
    type Row = (typeof spans)[number]
    const drawn = Plot.plot({
      style: { background: 'none', color: 'inherit', fontSize: '12px' },
      width,
      height: 60 + 22 * view.slots.length,
      marginLeft: 32,
      marginBottom: 40,
      x: { label: 'seconds since the run began', grid: true },
      y: {
        type: 'band',
        domain: view.slots.map((_, row) => row),
        label: null,
        tickFormat: (row: number) => String(row + 1),
        padding: 0.15,
      },
      marks: [
        Plot.rect(spans, {
          x1: 'from',
          x2: 'to',
          y: 'row',
          fill: { value: ({ outcome }: Row) => colours[outcome], scale: null },
          stroke: 'var(--panel)',
          strokeWidth: 0.5,
        }),
        Plot.tip(
          spans,
          Plot.pointer({
            x: ({ from, to }: Row) => (from + to) / 2,
            y: 'row',
            title: ({ path, outcome, from, to }: Row) => `${path}\n${outcome}, ${duration(to - from)}`,
            fill: 'var(--panel)',
            stroke: 'var(--line)',
          }),
        ),
      ],
    })
    for (const group of drawn.querySelectorAll('[aria-label]')) group.removeAttribute('aria-label')
    drawn.setAttribute('role', 'img')
    drawn.setAttribute('aria-label', `${spans.length} stages in ${view.slots.length} slots over ${duration(view.seconds)}`)
    place.current?.replaceChildren(drawn)
    return () => drawn.remove()
  }, [view, width])
  return <div ref={place} />
}
