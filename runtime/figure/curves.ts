/** Curves of trainings with a band over seeds. */
import * as Plot from '@observablehq/plot'
import type { ArmCurve, CurvePoint, CurvesView, Moment } from '../views/curves.ts'
import { factorOf } from '../views/measure.ts'
import type { Bars } from './asked.ts'
import { absent, axisOf, barOf, caption, type Drawing, type Entry, nameWith } from './drawing.ts'
import { styleOf } from './theme.ts'

/** More are drawn as means of neighbours: a figure has no more dots across. */
const most = 400
/** On a line. */
const marks = 6

export function curvesDrawing({ y, curves, missing }: CurvesView, bars: Bars): Drawing {
  const factor = factorOf(y)
  const drawn = curves.map((curve, i) => ({ curve, style: styleOf(i), places: thinned(placesOf(curve, bars, factor)) }))
  const moments = (of: (curve: ArmCurve) => readonly Moment[]) =>
    drawn.flatMap(({ curve, places, style }) => of(curve).map(({ step }) => ({ step, y: heightAt(places, step), colour: style.colour })))
  const stopped = moments((curve) => curve.stopped)
  const resumed = moments((curve) => curve.resumed)
  const averaged = Math.max(...curves.map(({ points }) => Math.ceil(points.length / most)))
  return {
    plot: { x: { label: 'training step' }, y: axisOf(y) },
    marks: [
      ...drawn.map(({ places, style }) => Plot.areaY(places, { x: 'step', y1: 'low', y2: 'high', fill: style.colour, fillOpacity: 0.13 })),
      ...drawn.map(({ places, style }) =>
        Plot.line(places, { x: 'step', y: 'y', stroke: style.colour, strokeDasharray: style.dash, strokeWidth: 1.1 }),
      ),
      ...drawn.map(({ places, style: { symbol, colour, fill } }, i) =>
        Plot.dot(marked(places, i / curves.length), { x: 'step', y: 'y', symbol, stroke: colour, fill, r: 1.8, strokeWidth: 0.8 }),
      ),
      Plot.dot(resumed, { x: 'step', y: 'y', symbol: 'circle', r: 1.6, fill: '#ffffff', stroke: 'colour', strokeWidth: 0.8 }),
      Plot.dot(stopped, { x: 'step', y: 'y', symbol: 'times', r: 2, stroke: 'colour', strokeWidth: 1 }),
    ],
    legend: [
      ...drawn.map(
        ({ curve, style, places }): Entry => ({
          name: nameWith(curve.arms.join(', '), curve.seeds),
          style,
          line: true,
          end: places.at(-1)?.y,
        }),
      ),
      ...(stopped.length === 0 ? [] : [moment('stopped early', 'times')]),
      ...(resumed.length === 0 ? [] : [moment('resumed', 'circle')]),
    ],
    left: 30,
    below: 28,
    height: undefined,
    caption: [
      caption(
        `${y.title} in training`,
        curves.map(({ seeds }) => seeds.measured),
        bars,
        'bands',
      ),
      ...(averaged > 1 ? [`Each point is the mean of ${averaged} neighbours.`] : []),
      ...absent(missing, 'curve'),
    ].join(' '),
  }
}

interface Place {
  readonly step: number
  readonly y: number
  readonly low: number
  readonly high: number
}

const placesOf = ({ points }: ArmCurve, bars: Bars, factor: number): Place[] =>
  points.map((point: CurvePoint) => {
    const [low, high] = barOf(point, bars)
    return { step: point.step, y: point.mean * factor, low: low * factor, high: high * factor }
  })

function thinned(places: readonly Place[]): Place[] {
  const each = Math.ceil(places.length / most)
  const groups = Array.from({ length: Math.ceil(places.length / each) }, (_, i) => places.slice(i * each, (i + 1) * each))
  return groups.map((group) => {
    const meanOf = (of: (place: Place) => number) => group.reduce((sum, place) => sum + of(place), 0) / group.length
    return { step: meanOf(({ step }) => step), y: meanOf(({ y }) => y), low: meanOf(({ low }) => low), high: meanOf(({ high }) => high) }
  })
}

/** Some points, so that lines differ in print too; each line's are elsewhere. */
function marked(places: readonly Place[], shift: number): Place[] {
  const each = places.length / Math.min(places.length, marks)
  return Array.from({ length: Math.min(places.length, marks) }, (_, i) => places[Math.floor((i + shift) * each)]!)
}

/** Of the point that is nearest. */
const heightAt = (places: readonly Place[], step: number): number =>
  places.reduce((near, place) => (Math.abs(place.step - step) < Math.abs(near.step - step) ? place : near)).y

const moment = (name: string, symbol: 'times' | 'circle'): Entry => ({
  name,
  style: { colour: '#444444', dash: '', symbol, fill: '#ffffff' } as Entry['style'],
  line: false,
  end: undefined,
})
