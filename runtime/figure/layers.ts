/** What is left of each layer, from the first to the last. */
import * as Plot from '@observablehq/plot'
import type { LayersView } from '../views/layers.ts'
import type { Bars } from './asked.ts'
import { absent, barOf, caption, type Drawing, type Entry, nameWith } from './drawing.ts'
import { fontSize, letter, nameEms, styleOf } from './theme.ts'

/** Layers that are named below the frame; of more, every second one, or third. */
const named = 24

export function layersDrawing({ layers, arms, missing }: LayersView, bars: Bars): Drawing {
  const drawn = arms.map(({ arm, seeds, densities }, i) => ({
    arm,
    seeds,
    style: styleOf(i),
    // Where an arm has no such layer its line is broken.
    places: layers.map((layer, j) => {
      const density = densities[j] ?? null
      if (density === null) return { layer, y: undefined, low: 0, high: 0 }
      const [low, high] = barOf(density, bars)
      return { layer, y: density.mean * 100, low: low * 100, high: high * 100 }
    }),
  }))
  const every = Math.ceil(layers.length / named)
  const longest = Math.max(...layers.map(({ length }) => length))
  return {
    plot: {
      x: {
        type: 'point',
        domain: [...layers],
        label: 'layer',
        ticks: layers.filter((_, i) => i % every === 0),
        tickRotate: layers.length > 5 ? -60 : 0,
      },
      y: { label: 'weights left (%)', zero: true },
    },
    marks: drawn.flatMap(({ places, style: { colour, dash, symbol, fill } }) => [
      Plot.ruleX(
        places.filter(({ low, high }) => high > low),
        { x: 'layer', y1: 'low', y2: 'high', stroke: colour, strokeWidth: 0.7 },
      ),
      Plot.line(places, { x: 'layer', y: 'y', stroke: colour, strokeDasharray: dash, strokeWidth: 1 }),
      Plot.dot(places, { x: 'layer', y: 'y', symbol, stroke: colour, fill, r: 2, strokeWidth: 0.9 }),
    ]),
    legend: drawn.map(
      ({ arm, seeds, style, places }): Entry => ({
        name: nameWith(arm, seeds),
        style,
        line: true,
        end: places.findLast(({ y }) => y !== undefined)?.y,
      }),
    ),
    left: 26,
    below: 28 + (layers.length > 5 ? Math.min(longest * letter, nameEms * fontSize) * 0.87 : 0),
    height: undefined,
    caption: [
      caption(
        'weights left of each layer',
        arms.map(({ seeds }) => seeds.measured),
        bars,
        'bars',
      ),
      ...absent(missing, 'result'),
    ].join(' '),
  }
}
