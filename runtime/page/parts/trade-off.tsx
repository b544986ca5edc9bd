/** Scatter plot of arms by two metrics, drawn by Observable Plot. Points are selected by click, key, or in the table. */
import * as Plot from '@observablehq/plot'
import { useEffect, useRef } from 'preact/hooks'
import type { Spread } from '../../../stdlib/metrics/spread.ts'
import { factorOf, type Measure, titleWithUnit } from '../../views/measure.ts'
import type { TradeOffPoint, TradeOffView } from '../../views/trade-off.ts'
import { around, written } from '../words.ts'
import { type ArmsShown, colourOf, letterOf, strengthOf } from './arms.ts'
import { useWidth } from './width.ts'

interface TradeOffProps {
  readonly view: TradeOffView
  readonly arms: ArmsShown
  readonly onChoose: (arm: string) => void
}

export function TradeOff({ view, arms, onChoose }: TradeOffProps) {
  const place = useRef<HTMLDivElement>(null)
  const width = useWidth(place)
  useEffect(() => {
    if (width === 0) return
    const drawn = view.x === null ? sideBySide(view, arms, width) : against(view, view.x, arms, width)
    // Plot labels its groups, but parts of an image must not have labels.
    for (const group of drawn.querySelectorAll('[aria-label]')) group.removeAttribute('aria-label')
    drawn.setAttribute('role', 'img')
    drawn.setAttribute('aria-label', view.x === null ? view.y.title : `${view.y.title} by ${view.x.title}`)
    const clicked = () => {
      const { value } = drawn as { readonly value?: Placed | null }
      if (value) onChoose(value.arm)
    }
    drawn.addEventListener('click', clicked)
    place.current?.replaceChildren(drawn)
    return () => drawn.remove()
  }, [view, arms, width, onChoose])
  return <div class="plot" ref={place} />
}

interface Placed {
  readonly arm: string
  readonly x: number
  readonly y: number
  readonly across: readonly [number, number]
  readonly upward: readonly [number, number]
  readonly says: string
}

const ends = ({ mean, std = 0 }: Spread, factor: number): readonly [number, number] => [(mean - std) * factor, (mean + std) * factor]
const frame = {
  style: { background: 'none', color: 'inherit', fontSize: '12px', overflow: 'visible' },
  marginLeft: 48,
  marginBottom: 40,
} as const

function placed(point: TradeOffPoint, x: Measure, y: Measure): Placed[] {
  if (point.x === null) return []
  const [byX, byY] = [factorOf(x), factorOf(y)]
  const line = ({ name, title }: Measure, value: Spread) => `${title} ${written(name, value.mean)} ${around(name, value)}`
  return [
    {
      arm: point.arm,
      x: point.x.mean * byX,
      y: point.y.mean * byY,
      across: ends(point.x, byX),
      upward: ends(point.y, byY),
      says: [point.arm, line(x, point.x), line(y, point.y), `${point.seeds.measured} of ${point.seeds.of} seeds`].join('\n'),
    },
  ]
}

function against({ y, lines, levels }: TradeOffView, x: NonNullable<TradeOffView['x']>, arms: ArmsShown, width: number) {
  const drawn = lines.map(({ name, points }) => ({ name, places: points.flatMap((point) => placed(point, x, y)) }))
  const all = drawn.flatMap(({ places }) => places)
  const front = lines
    .flatMap(({ points }) => points.filter(({ front: is }) => is === true).flatMap((point) => placed(point, x, y)))
    .sort((a, b) => a.x - b.x)
  const look = {
    stroke: { value: ({ arm }: Placed) => colourOf(arms, arm), scale: null },
    strokeOpacity: { value: ({ arm }: Placed) => strengthOf(arms, arm), scale: null },
  }
  return Plot.plot({
    ...frame,
    width,
    height: Math.min(360, Math.max(240, width * 0.6)),
    x: { type: x.scale, label: titleWithUnit(x), grid: true, ...(x.unit === 'count' ? { tickFormat: '~s' } : {}) },
    y: { label: titleWithUnit(y), grid: true, ...(y.unit === 'count' ? { tickFormat: '~s' } : {}) },
    marks: [
      Plot.ruleY(levels, {
        y: ({ y: level }: TradeOffPoint) => level.mean * factorOf(y),
        stroke: { value: ({ arm }: TradeOffPoint) => colourOf(arms, arm), scale: null },
        strokeDasharray: '4 3',
      }),
      Plot.text(levels, {
        y: ({ y: level }: TradeOffPoint) => level.mean * factorOf(y),
        frameAnchor: 'right',
        text: 'arm',
        dy: -6,
        fill: { value: ({ arm }: TradeOffPoint) => colourOf(arms, arm), scale: null },
      }),
      ...(front.length > 1
        ? [Plot.line(front, { x: 'x', y: 'y', stroke: 'var(--faint-line)', strokeWidth: 6, strokeLinejoin: 'round' })]
        : []),
      ...drawn.map(({ places }) => Plot.line(places, { x: 'x', y: 'y', stroke: 'var(--quiet)', strokeOpacity: 0.5, strokeWidth: 1 })),
      Plot.ruleX(all, { x: 'x', y1: ({ upward: [low] }: Placed) => low, y2: ({ upward: [, high] }: Placed) => high, ...look }),
      Plot.ruleY(all, { y: 'y', x1: ({ across: [low] }: Placed) => low, x2: ({ across: [, high] }: Placed) => high, ...look }),
      Plot.dot(all, {
        x: 'x',
        y: 'y',
        r: 5,
        fill: look.stroke,
        fillOpacity: look.strokeOpacity,
        stroke: 'var(--panel)',
        strokeWidth: 1,
      }),
      Plot.text(all, {
        x: 'x',
        y: 'y',
        text: ({ arm }: Placed) => letterOf(arms, arm) ?? '',
        dx: 8,
        dy: -8,
        fontSize: 11,
        fill: 'currentColor',
        fillOpacity: look.strokeOpacity,
        stroke: 'var(--panel)',
        strokeOpacity: look.strokeOpacity,
      }),
      Plot.tip(all, Plot.pointer({ x: 'x', y: 'y', title: 'says', fill: 'var(--panel)', stroke: 'var(--line)' })),
    ],
  })
}

/** Extends the range of a single value. */
const roomAround = (values: readonly number[]) => {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  return low < high ? {} : { domain: [low - 1, high + 1] }
}

const lettered = (arms: ArmsShown, text: string, arm: string): string => [letterOf(arms, arm) ?? '', text].join(' ').trim()

function sideBySide({ y, lines }: TradeOffView, arms: ArmsShown, width: number) {
  const factor = factorOf(y)
  const all = lines.flatMap(({ points }) =>
    points.map((point) => ({
      arm: point.arm,
      x: point.y.mean * factor,
      ends: ends(point.y, factor),
      says: [point.arm, `${y.title} ${written(y.name, point.y.mean)} ${around(y.name, point.y)}`].join('\n'),
    })),
  )
  type Row = (typeof all)[number]
  const look = { value: ({ arm }: Row) => colourOf(arms, arm), scale: null }
  const strength = { value: ({ arm }: Row) => strengthOf(arms, arm), scale: null }
  const longest = Math.max(...all.map(({ arm }) => arm.length))
  return Plot.plot({
    ...frame,
    width,
    height: 60 + 26 * all.length,
    marginLeft: Math.min(width * 0.4, 16 + 7 * longest),
    x: { label: titleWithUnit(y), grid: true, ...roomAround(all.flatMap(({ ends }) => ends)) },
    y: {
      type: 'point',
      domain: all.map(({ arm }) => arm),
      label: null,
      padding: 0.6,
      tickFormat: (arm: string) => lettered(arms, arm.length > 28 ? `${arm.slice(0, 27)}…` : arm, arm),
    },
    marks: [
      Plot.ruleY(all, {
        y: 'arm',
        x1: ({ ends: [low] }: Row) => low,
        x2: ({ ends: [, high] }: Row) => high,
        stroke: look,
        strokeOpacity: strength,
        strokeWidth: 2,
      }),
      Plot.dot(all, { y: 'arm', x: 'x', fill: look, fillOpacity: strength, r: 5 }),
      Plot.tip(all, Plot.pointerY({ y: 'arm', x: 'x', title: 'says', fill: 'var(--panel)', stroke: 'var(--line)' })),
    ],
  })
}
