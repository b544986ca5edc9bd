/** `espalier plot`: a figure of a study's results in the store. Nothing is run. */
import { type Bars, type FigureFormat, figureFormats } from '../figure/asked.ts'
import type { Drawable } from '../figure/figure.ts'
import { standardOutput } from '../format/output.ts'
import { type PlanOptions, type Prepared, withPrepared } from '../project/prepare.ts'
import { studyResults } from '../project/study-results.ts'
import { curves } from '../views/curves.ts'
import { layerDensities } from '../views/layers.ts'
import { plotProblems } from '../views/plot-problems.ts'
import { tradeOff } from '../views/trade-off.ts'
import { view } from '../views/view.ts'
import { formatOf, writeOut } from './out.ts'
import { type Asked, skinFor } from './skins.ts'

interface PlotOptions extends PlanOptions, Asked {
  readonly x: string | undefined
  readonly y: string | undefined
  /** Axes of the study, separated by commas. */
  readonly by: string | undefined
  /** A series of trainings, whose curves are drawn. */
  readonly curve: string | undefined
  readonly stage: string | undefined
  /** Draws densities of layers. */
  readonly layers: boolean
  /** The figure's file; text without one. */
  readonly out: string | undefined
  /** Default: by the file's extension. */
  readonly format: FigureFormat | undefined
  /** Millimetres. */
  readonly width: number
  readonly bars: Bars
}

/** @throws LoadProblem when there is nothing to draw, nothing of this name, or two drawings are requested, and as `prepare` */
export function plot(options: PlotOptions): Promise<void> {
  const { out, format } = options
  if (options.curve !== undefined && options.layers) throw plotProblems.twoDrawings('curve', 'layers')
  if (out !== undefined && options.json) throw plotProblems.twoDrawings('json', 'out')
  const figure = out === undefined ? undefined : { ...options, out, format: format ?? formatOf(out, figureFormats, (name) => `.${name}`) }
  return withPrepared(options, async (prepared) => {
    const drawn = await viewOf(prepared, options)
    standardOutput.print(figure === undefined ? (await skinFor(options)).document(drawn) : [await write(drawn, figure)])
  })
}

async function viewOf(prepared: Prepared, { curve: series, stage, layers, x, y, by }: PlotOptions): Promise<Drawable> {
  const { file, target, store } = prepared
  const arms = await studyResults(prepared)
  if (series !== undefined) return view('curves', await curves(store, arms, { file, target, series, stage }))
  if (layers) return view('layers', layerDensities(arms, { file, target }))
  return view('trade-off', tradeOff(arms, { file, target, x, y, by: by?.split(',') }))
}

type Wanted = Pick<PlotOptions, 'width' | 'bars'> & { readonly out: string; readonly format: FigureFormat }

/** @returns the file, its size and the caption */
async function write(drawn: Drawable, { out, ...wanted }: Wanted): Promise<string> {
  const { figureOf } = await import('../figure/figure.ts')
  const { bytes, caption, height } = await figureOf(drawn, wanted)
  writeOut(out, bytes)
  return `${out}: ${wanted.width} × ${height} mm. ${caption}`
}
