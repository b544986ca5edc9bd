/** Figures as text: a plot with one letter per line, and a table with the numbers. */
import type { Spread } from '../../stdlib/metrics/spread.ts'
import { short } from '../format/number.ts'
import { aligned } from '../format/width.ts'
import type { CurvesView } from '../views/curves.ts'
import type { LayersView } from '../views/layers.ts'
import type { Measure } from '../views/measure.ts'
import type { Missing, Seeds, TradeOffPoint, TradeOffView } from '../views/trade-off.ts'
import { axisNumber } from './axes.ts'
import { plot } from './plot.ts'
import type { Screen } from './progress-view.ts'

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const letter = (i: number): string => letters[i % letters.length]!

export function tradeOffLines({ x, y, lines, levels, missing }: TradeOffView, { columns, rows }: Screen): string[] {
  const points = lines.flatMap((line, i) => line.points.map((point) => ({ point, sign: letter(i) })))
  const besides = levels.map((point) => ({ point, sign: '-' }))
  const table = aligned(
    [
      ['', 'arm', ...(x === null ? [] : [axis(x)]), axis(y), '95 %', 'seeds'],
      ...[...besides, ...points].map(({ point, sign }) => [
        sign,
        `${point.arm}${point.front === true ? ' *' : ''}`,
        ...(x === null ? [] : [point.x === null ? '–' : number(x)(point.x.mean)]),
        number(y)(point.y.mean),
        interval(point.y, y),
        seedsOf(point.seeds),
      ]),
    ],
    ['left', 'left'],
  )
  return [
    ...(x === null
      ? []
      : [axis(y), ...drawnPoints(points, { x, y }, { columns, rows }), `${axis(x)}${x.scale === 'log' ? ', logarithmic' : ''}`, '']),
    ...table,
    ...([...besides, ...points].some(({ point }) => point.front === true) ? ['* No arm is better by both measures.'] : []),
    ...missingLines(missing),
  ]
}

function drawnPoints(
  points: readonly { readonly point: TradeOffPoint; readonly sign: string }[],
  { x, y }: { readonly x: NonNullable<TradeOffView['x']>; readonly y: Measure },
  screen: Screen,
): string[] {
  const marks = points.map(({ point, sign }) => ({ sign, x: point.x!.mean, y: point.y.mean })) // never null on lines
  return plot(marks, { ...sized(screen), logX: x.scale === 'log', writeX: number(x, axisNumber), writeY: number(y, axisNumber) })
}

export function curvesLines({ y, curves, missing }: CurvesView, screen: Screen): string[] {
  const marks = curves.flatMap(({ points }, i) => points.map(({ step, mean }) => ({ sign: letter(i), x: step, y: mean })))
  const rows = curves.map(({ arms, stage, points, seeds, stopped, resumed }, i) => [
    letter(i),
    arms.join(', '),
    stage,
    points.length === 0 ? '–' : number(y)(points.at(-1)!.mean),
    seedsOf(seeds),
    [
      ...(stopped.length === 0 ? [] : [`stopped at ${stopped.map(({ step }) => step).join(', ')}`]),
      ...(resumed.length === 0 ? [] : [`resumed at ${resumed.map(({ step }) => step).join(', ')}`]),
    ].join(' · '),
  ])
  return [
    axis(y),
    ...plot(marks, { ...sized(screen), logX: false, writeX: String, writeY: number(y, axisNumber) }),
    'step',
    '',
    ...aligned([['', 'arm', 'training', 'at the end', 'seeds', ''], ...rows], ['left', 'left', 'left', 'right', 'right', 'left']),
    ...missingLines(missing),
  ]
}

export function layersLines({ layers, arms, missing }: LayersView): string[] {
  const head = ['% left of', ...arms.map(({ arm, seeds }) => `${arm}${seeds.measured > 1 ? ` (${seedsOf(seeds)} seeds)` : ''}`)]
  const rows = layers.map((layer, i) => [
    layer,
    ...arms.map(({ densities }) => {
      const density = densities[i]
      return density === null || density === undefined ? '–' : short(density.mean * 100)
    }),
  ])
  return [...aligned([head, ...rows]), ...missingLines(missing)]
}

const sized = ({ columns, rows }: Screen) => ({ columns: Math.min(columns, 100), rows: Math.max(6, Math.min(16, rows - 12)) })

const axis = ({ title, unit }: Measure): string => `${title}${unit === 'fraction' ? ' (%)' : unit === 'nats' ? ' (nats)' : ''}`

const number =
  ({ unit }: Measure, write: (value: number) => string = short) =>
  (value: number): string =>
    write(unit === 'fraction' ? value * 100 : value)

const interval = ({ interval: ends }: Spread, measure: Measure): string =>
  ends === undefined ? '–' : `[${ends.map(number(measure)).join(', ')}]`

const seedsOf = ({ measured, of }: Seeds): string => (measured === of ? String(of) : `${measured} of ${of}`)

/** Arms without all their results. */
const missingLines = (missing: readonly Missing[]): string[] =>
  missing.length === 0
    ? []
    : ['', ...missing.map(({ arm, ...seeds }) => `${arm}: ${seedsOf(seeds)} ${seeds.of === 1 ? 'result' : 'seeds'}`)]
