/** A drawing at its width: frame, axes, and the names of its lines beside or below it. */
import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { printable } from '../format/printable.ts'
import type { Drawing, Entry } from './drawing.ts'
import type { SvgElement } from './element.ts'
import { faint, fontFamily, fontSize, ink, letter, lineHeight, millimetresOf, nameEms, points } from './theme.ts'

export interface Svg {
  /** With no font in it. */
  readonly element: SvgElement
  /** Points. */
  readonly width: number
  readonly height: number
}

const right = 8
/** Around names below the frame. */
const edge = 6
const top = 6
/** Beside narrower frames names would leave no room. Millimetres. */
const wideEnough = 110
/** A name's line and mark before it. */
const keyWidth = 22

export function svgOf(drawing: Drawing, millimetres: number): Svg {
  const { document } = parseHTML('<html></html>')
  const width = points(millimetres)
  const { legend, left, below } = drawing
  const nameWidth = keyWidth + letter * Math.max(0, ...legend.map(({ name }) => name.length))
  const frameHeight = drawing.height ?? Math.max(points(40), 0.45 * width)
  const beside = legend.length > 0 && millimetres >= wideEnough && nameWidth < 0.4 * width && legend.length * lineHeight <= frameHeight
  const marginRight = beside ? nameWidth + right : right
  const marginLeft = Math.min(left, 0.45 * width)
  const columns = Math.max(1, Math.floor((width - 2 * edge) / (nameWidth + 4)))
  const legendRows = beside ? 0 : Math.ceil(legend.length / columns)
  const marginBottom = below + (legendRows === 0 ? 0 : legendRows * lineHeight + 6)
  const height = top + frameHeight + marginBottom
  const options = {
    document,
    width,
    height,
    marginTop: top,
    marginRight,
    marginBottom,
    marginLeft,
    inset: 5,
    color: { type: 'identity' },
    ...drawing.plot,
  } as const
  const axes = axisMarks(drawing, marginLeft, below)
  const made = Plot.plot({ ...options, marks: [...axes, ...drawing.marks] })
  const placed = beside
    ? besideFrame(legend, made.scale('y'), { top, height: frameHeight })
    : legend.map((entry, i) => ({
        entry,
        room: nameWidth > width - 2 * edge ? width - 2 * edge - keyWidth : Number.POSITIVE_INFINITY,
        anchor: 'bottom-left' as const,
        dx: edge - marginLeft + (i % columns) * ((width - 2 * edge) / columns),
        dy: below + 8 + Math.floor(i / columns) * lineHeight,
      }))
  const element = Plot.plot({ ...options, marks: [...axes, ...drawing.marks, ...placed.flatMap(keyMarks)] })
  return { element: cleaned(element as unknown as SvgElement, millimetres, { width, height }), width, height }
}

function axisMarks({ plot }: Drawing, left: number, below: number): Plot.Markish[] {
  const text = { fontSize, fill: ink }
  const tick = { tickSize: 3, stroke: ink, strokeWidth: 0.6 }
  const isNamed = plot.y?.type === 'point'
  const ticksX = {
    ...(plot.x?.type === 'point' && plot.x.ticks === undefined ? {} : { ticks: plot.x?.ticks ?? (isNamed ? 5 : 6) }),
    ...(plot.x?.tickRotate === undefined ? {} : { tickRotate: plot.x.tickRotate }),
  }
  return [
    isNamed ? null : Plot.gridY({ ticks: 5, stroke: faint, strokeOpacity: 1, strokeWidth: 0.5 }),
    isNamed ? Plot.gridX({ ticks: 5, stroke: faint, strokeOpacity: 1, strokeWidth: 0.5 }) : null,
    Plot.frame({ stroke: ink, strokeWidth: 0.6, anchor: 'bottom' }),
    isNamed ? null : Plot.frame({ stroke: ink, strokeWidth: 0.6, anchor: 'left' }),
    Plot.axisX({
      ...tick,
      ...text,
      ...ticksX,
      ...formatOf(plot.x),
      lineWidth: nameEms,
      textOverflow: 'ellipsis',
      labelAnchor: 'center',
      labelArrow: 'none',
      labelOffset: below - 3,
    }),
    isNamed
      ? Plot.axisY({ ...text, tickSize: 0, label: null, lineWidth: (left - 8) / fontSize, textOverflow: 'ellipsis' })
      : Plot.axisY({ ...tick, ...text, ...formatOf(plot.y), ticks: 5, labelAnchor: 'center', labelArrow: 'none', labelOffset: left - 2 }),
  ]
}

const formatOf = (axis: Plot.ScaleOptions | undefined) => (axis?.tickFormat === undefined ? {} : { tickFormat: axis.tickFormat })

interface Placed {
  readonly entry: Entry
  /** For the name, in points. */
  readonly room: number
  readonly anchor: 'top-right' | 'bottom-left'
  readonly dx: number
  readonly dy: number
}

/** Each at the height of its line's end, as far as they leave each other room; those without an end at the bottom. */
function besideFrame(
  legend: readonly Entry[],
  scale: Plot.Scale | undefined,
  frame: { readonly top: number; readonly height: number },
): Placed[] {
  const bottom = frame.height - lineHeight / 2
  const wanted = legend
    .map((entry) => ({ entry, at: entry.end === undefined || scale === undefined ? bottom : Number(scale.apply(entry.end)) - frame.top }))
    .sort((a, b) => a.at - b.at)
  const heights: number[] = []
  for (const { at } of wanted) heights.push(Math.max(at, (heights.at(-1) ?? -lineHeight / 2) + lineHeight))
  // Those that were pushed out at the bottom push back.
  for (let i = heights.length - 1, limit = bottom; i >= 0; i--, limit -= lineHeight) heights[i] = Math.min(heights[i]!, limit)
  return wanted.map(({ entry }, i) => ({ entry, room: Number.POSITIVE_INFINITY, anchor: 'top-right', dx: 7, dy: heights[i]! }))
}

/** A piece of the line with its mark, and the name. */
function keyMarks({ entry: { name, style, line }, room, anchor: frameAnchor, dx, dy }: Placed): Plot.Markish[] {
  const at = (x: number) => ({ frameAnchor, dx: dx + x, dy })
  const shape = {
    draw(context: { moveTo(x: number, y: number): void; lineTo(x: number, y: number): void }, length: number) {
      context.moveTo(-length / 2, 0)
      context.lineTo(length / 2, 0)
    },
  }
  return [
    ...(line
      ? [
          Plot.vector([0], {
            ...at(7),
            shape,
            length: 14,
            anchor: 'start',
            stroke: style.colour,
            strokeDasharray: style.dash,
            strokeWidth: style.width ?? 1,
          }),
        ]
      : []),
    ...(style.symbol === undefined
      ? []
      : [Plot.dot([0], { ...at(7), symbol: style.symbol, stroke: style.colour, fill: style.fill ?? 'none', r: 2.2, strokeWidth: 0.9 })]),
    Plot.text([name], {
      ...at(18),
      text: [name],
      textAnchor: 'start',
      lineAnchor: 'middle',
      lineWidth: room / fontSize,
      textOverflow: 'ellipsis',
      fontSize,
      fill: ink,
    }),
  ]
}

function cleaned(svg: SvgElement, millimetres: number, { width, height }: { readonly width: number; readonly height: number }): SvgElement {
  // Plot puts the whole of a name that it cuts into a title, which a PDF would show.
  for (const element of svg.querySelectorAll('style, text > title')) element.remove()
  for (const name of ['class', 'style']) svg.removeAttribute(name)
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    'font-family': `${fontFamily}, sans-serif`,
    'font-size': String(fontSize),
    color: ink,
    width: `${millimetres}mm`,
    height: `${millimetresOf(height).toFixed(2)}mm`,
    viewBox: `0 0 ${width.toFixed(2)} ${height.toFixed(2)}`,
  }
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value)
  for (const text of svg.querySelectorAll('text, tspan'))
    for (const node of text.childNodes) if (node.nodeType === 3) node.nodeValue = xmlText(node.nodeValue ?? '')
  return svg
}

/** What XML cannot hold is replaced. */
export const xmlText = (text: string): string => printable(text.toWellFormed()).replaceAll(/[\ufffe\uffff]/g, '�')
