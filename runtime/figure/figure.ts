/** A view as a file for a paper: SVG, PDF or PNG, the same bytes for the same results. */
import type { View } from '../views/view.ts'
import type { Bars, FigureFormat } from './asked.ts'
import { curvesDrawing } from './curves.ts'
import type { Drawing } from './drawing.ts'
import { svgElement } from './element.ts'
import { type FontPart, fontsFor } from './fonts.ts'
import { layersDrawing } from './layers.ts'
import { type Svg, svgOf, xmlText } from './layout.ts'
import { fontFamily, millimetresOf } from './theme.ts'
import { tradeOffDrawing } from './trade-off.ts'

export type Drawable = View<'trade-off' | 'curves' | 'layers'>

export interface FigureOptions {
  readonly format: FigureFormat
  /** Millimetres. */
  readonly width: number
  readonly bars: Bars
}

export interface Figure {
  readonly bytes: Uint8Array
  /** What it shows, for the text below it. */
  readonly caption: string
  /** Millimetres. */
  readonly height: number
}

export async function figureOf(view: Drawable, { format, width, bars }: FigureOptions): Promise<Figure> {
  const drawing = drawingOf(view, bars)
  const svg = svgOf(drawing, width)
  const fonts = fontsFor(svg.element.textContent ?? '')
  const bytes = await encoders[format](svg, fonts, drawing.caption)
  return { bytes, caption: drawing.caption, height: Math.round(millimetresOf(svg.height)) }
}

function drawingOf(view: Drawable, bars: Bars): Drawing {
  if (view.view === 'trade-off') return tradeOffDrawing(view, bars)
  return view.view === 'curves' ? curvesDrawing(view, bars) : layersDrawing(view, bars)
}

const encoders: { readonly [F in FigureFormat]: (svg: Svg, fonts: readonly FontPart[], caption: string) => Promise<Uint8Array> } = {
  svg: async (svg, fonts, caption) => new TextEncoder().encode(`${withFonts(svg, fonts, caption)}\n`),
  pdf: async (svg, fonts, caption) => (await import('./pdf.ts')).pdfOf(svg, fonts, caption),
  png: async (svg, fonts) => (await import('./png.ts')).pngOf(svg, fonts),
}

function withFonts({ element }: Svg, fonts: readonly FontPart[], caption: string): string {
  const style = svgElement(element, 'style')
  style.textContent = fonts
    .map(
      (part) =>
        `@font-face{font-family:'${fontFamily}';src:url(data:font/woff2;base64,${Buffer.from(part.read('woff2')).toString('base64')}) format('woff2');unicode-range:${part.range}}`,
    )
    .join('\n')
  const title = svgElement(element, 'title')
  title.textContent = xmlText(caption)
  element.prepend(title, style)
  return element.outerHTML
}
