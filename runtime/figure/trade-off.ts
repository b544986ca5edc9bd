/** Lines or points of arms, by one measure against another; the dense arm as a dashed line. */
import * as Plot from '@observablehq/plot'
import { factorOf } from '../views/measure.ts'
import type { TradeOffPoint, TradeOffView } from '../views/trade-off.ts'
import type { Bars } from './asked.ts'
import { absent, axisOf, barOf, caption, type Drawing, type Entry, nameWith } from './drawing.ts'
import { letter, lineHeight, quiet, type Style, styleOf } from './theme.ts'

export function tradeOffDrawing(view: TradeOffView, bars: Bars): Drawing {
  return view.x === null ? sideBySide(view, bars) : against({ ...view, x: view.x }, bars)
}

type Against = TradeOffView & { readonly x: NonNullable<TradeOffView['x']> }

interface Placed {
  readonly x: number
  readonly y: number
  readonly across: readonly [number, number]
  readonly upward: readonly [number, number]
  readonly front: boolean | null
}

function against({ x, y, lines, levels, missing }: Against, bars: Bars): Drawing {
  const [byX, byY] = [factorOf(x), factorOf(y)]
  const scaled = ([low, high]: readonly [number, number], factor: number) => [low * factor, high * factor] as const
  const placed = (point: TradeOffPoint): Placed[] =>
    point.x === null
      ? []
      : [
          {
            x: point.x.mean * byX,
            y: point.y.mean * byY,
            across: scaled(barOf(point.x, bars), byX),
            upward: scaled(barOf(point.y, bars), byY),
            front: point.front,
          },
        ]
  const drawn = lines.map(({ name, points }, i) => ({ name, style: styleOf(i), places: points.flatMap(placed), points }))
  const front = drawn.flatMap(({ places }) => places.filter((place) => place.front === true)).sort((a, b) => a.x - b.x)
  const heights = levels.map((point, i) => ({ point, y: point.y.mean * byY, dash: levelDashes[i % levelDashes.length]! }))
  const all = drawn.flatMap(({ places }) => places)
  return {
    plot: {
      x: {
        type: x.scale,
        ...axisOf(x),
        ...(x.scale === 'log' ? { ticks: logTicks(all.map((place) => place.x)) } : {}),
      },
      y: axisOf(y),
    },
    marks: [
      ...heights.map(({ y: height, dash }) => Plot.ruleY([height], { stroke: quiet, strokeDasharray: dash, strokeWidth: 0.8 })),
      ...(front.length > 1 ? [Plot.line(front, { x: 'x', y: 'y', stroke: frontColour, strokeWidth: 3, strokeLinejoin: 'round' })] : []),
      ...drawn.flatMap(({ style, places }) => [...errorBars(places, style), ...line(places, style), dots(places, style)]),
    ],
    legend: [
      ...drawn.map(
        ({ name, style, places, points }): Entry => ({
          name: nameWith(name === '' ? 'result' : name, seedsIn(points)),
          style,
          line: places.length > 1,
          end: places.at(-1)?.y,
        }),
      ),
      ...heights.map(
        ({ point, y: end, dash }): Entry => ({
          name: nameWith(point.arm.split('/').at(-1)!, point.seeds),
          style: { colour: quiet, dash },
          line: true,
          end,
        }),
      ),
      ...(front.length > 1
        ? [{ name: 'Pareto front', style: { colour: frontColour, dash: '', width: 3 }, line: true, end: undefined }]
        : []),
    ],
    left: 26,
    below: 28,
    height: undefined,
    caption: [
      caption(
        `${y.title} by ${x.title}`,
        lines.flatMap(({ points }) => points.map(({ seeds }) => seeds.measured)),
        bars,
        'bars',
      ),
      ...absent(missing, 'result'),
    ].join(' '),
  }
}

/** Behind all else. */
const frontColour = '#d2d2d2'
const levelDashes = ['3 2', '1 2', '6 2']

function seedsIn(points: readonly TradeOffPoint[]): { readonly measured: number; readonly of: number } {
  return points.map(({ seeds }) => seeds).reduce((least, seeds) => (seeds.measured - seeds.of < least.measured - least.of ? seeds : least))
}

const errorBars = (places: readonly Placed[], { colour }: Style): Plot.Markish[] => [
  Plot.ruleX(
    places.filter(({ upward: [low, high] }) => high > low),
    {
      x: 'x',
      y1: ({ upward }: Placed) => upward[0],
      y2: ({ upward }: Placed) => upward[1],
      stroke: colour,
      strokeWidth: 0.7,
    },
  ),
  Plot.ruleY(
    places.filter(({ across: [low, high] }) => high - low > 1e-9 * Math.abs(high)),
    {
      y: 'y',
      x1: ({ across }: Placed) => across[0],
      x2: ({ across }: Placed) => across[1],
      stroke: colour,
      strokeWidth: 0.7,
    },
  ),
]

const line = (places: readonly Placed[], { colour, dash }: Style): Plot.Markish[] =>
  places.length < 2 ? [] : [Plot.line(places, { x: 'x', y: 'y', stroke: colour, strokeDasharray: dash, strokeWidth: 1 })]

const dots = (places: readonly Placed[], { colour, symbol, fill }: Style): Plot.Markish =>
  Plot.dot(places, { x: 'x', y: 'y', symbol, stroke: colour, fill, r: 2.2, strokeWidth: 0.9 })

/** 1, 2 and 5 of each decade; all digits where that is few. */
function logTicks(values: readonly number[]): number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const of = (digits: readonly number[]) =>
    Array.from({ length: 40 }, (_, decade) => digits.map((digit) => Number(`${digit}e${decade - 20}`)))
      .flat()
      .filter((tick) => tick >= low * 0.999 && tick <= high * 1.001)
  const few = of([1, 2, 5])
  return few.length >= 3 ? few : of([1, 2, 3, 4, 5, 6, 7, 8, 9])
}

/** Arms below each other, their names at the left. */
function sideBySide({ y, lines, missing }: TradeOffView, bars: Bars): Drawing {
  const factor = factorOf(y)
  const rows = lines.flatMap(({ name, points }) =>
    points.map((point) => {
      const [low, high] = barOf(point.y, bars)
      return {
        name: nameWith(name === '' ? point.arm : name, point.seeds),
        value: point.y.mean * factor,
        low: low * factor,
        high: high * factor,
        arm: point.arm,
        labels: point.labels,
      }
    }),
  )
  const unmeasured = missing.filter(({ measured }) => measured === 0).map(({ arm }) => `${arm} (no result)`)
  const names = [...rows.map(({ name }) => name), ...unmeasured]
  const dense = rows.find(({ labels }) => labels.at(-1)?.value === 'dense')
  return {
    plot: { x: axisOf(y), y: { type: 'point', domain: names, label: null, padding: 0.6 } },
    marks: [
      Plot.ruleY(names, { stroke: '#eeeeee', strokeWidth: 0.6 }),
      ...(dense === undefined ? [] : [Plot.ruleX([dense.value], { stroke: quiet, strokeDasharray: '3 2', strokeWidth: 0.8 })]),
      Plot.ruleY(rows, { y: 'name', x1: 'low', x2: 'high', stroke: styleOf(0).colour, strokeWidth: 1 }),
      Plot.dot(rows, { y: 'name', x: 'value', fill: styleOf(0).colour, r: 2.4 }),
    ],
    legend: [],
    left: 10 + 1.25 * letter * Math.max(...names.map(({ length }) => length)),
    below: 28,
    height: names.length * lineHeight * 1.25,
    caption: caption(
      y.title,
      rows.length === 0 ? [0] : lines.flatMap(({ points }) => points.map(({ seeds }) => seeds.measured)),
      bars,
      'bars',
    ),
  }
}
