/** Curves on a canvas, drawn by uPlot: one line each, with an optional band. */
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { useWidth } from './width.ts'

export interface Line {
  readonly name: string
  /** A colour of the style sheet, `var(--arm-0)`. */
  readonly colour: string
  readonly dash: readonly number[]
  /** Written at its end. */
  readonly letters?: string
  /** 0 to 1. */
  readonly strength: number
  readonly steps: readonly number[]
  readonly mean: readonly (number | null)[]
  /** Undefined without a band. */
  readonly low?: readonly (number | null)[]
  readonly high?: readonly (number | null)[]
  /** Marked steps: where a training stopped early or resumed. */
  readonly marks?: readonly number[]
}

interface LinesProps {
  readonly label: string
  readonly lines: readonly Line[]
  readonly write: (value: number) => string
  readonly log?: boolean
  readonly onZoom?: (from: number, to: number) => void
}

export function Lines({ label, lines, write, log = false, onZoom }: LinesProps) {
  const place = useRef<HTMLDivElement>(null)
  const width = useWidth(place)
  useEffect(() => {
    if (width === 0 || place.current === null) return
    const plot = new uPlot(
      optionsOf({ label, lines, write, log, ...(onZoom === undefined ? {} : { onZoom }) }, width),
      dataOf(lines),
      place.current,
    )
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    const redraw = () => plot.redraw(false)
    scheme.addEventListener('change', redraw)
    return () => {
      scheme.removeEventListener('change', redraw)
      plot.destroy()
    }
  }, [lines, width, label, log])
  return <div class="plot" ref={place} role="img" aria-label={`${label}: ${lines.map(({ name }) => name).join(', ')}`} />
}

/** Resolves a style-sheet variable, because a canvas does not support `var()`. */
function colour(text: string, strength = 1): string {
  const name = /^var\((.+)\)$/.exec(text)?.[1]
  const found = name === undefined ? text : getComputedStyle(document.documentElement).getPropertyValue(name).trim()
  const alpha = Math.round(strength * 255)
    .toString(16)
    .padStart(2, '0')
  return `${found}${alpha}`
}

function optionsOf({ label, lines, write, log, onZoom }: LinesProps, width: number): uPlot.Options {
  const axis = {
    stroke: () => colour('var(--quiet)'),
    grid: { stroke: () => colour('var(--faint-line)'), width: 1 },
    ticks: { stroke: () => colour('var(--faint-line)') },
  }
  const bands: uPlot.Band[] = []
  const series: uPlot.Series[] = [{ label: 'step', value: (_, value) => (value === null ? '' : value.toLocaleString('en-US')) }]
  for (const line of lines) {
    series.push({
      label: line.name,
      stroke: () => colour(line.colour, line.strength),
      width: line.strength === 1 ? 1.75 : 1,
      dash: [...line.dash],
      spanGaps: true,
      points: { show: line.steps.length === 1 },
      value: (_, value) => (value === null || value === undefined ? '' : write(value)),
    })
    if (line.low === undefined) continue
    const at = series.length
    const edge = { label: '', stroke: 'transparent', width: 0, spanGaps: true, points: { show: false } }
    series.push(edge, edge)
    bands.push({ series: [at + 1, at], fill: () => colour(line.colour, 0.14 * line.strength) })
  }
  return {
    width,
    height: Math.min(340, Math.max(220, width * 0.5)),
    series,
    bands,
    scales: { x: { time: false }, y: { distr: log ? 3 : 1 } },
    axes: [
      { ...axis, label: 'step', labelSize: 18, labelFont: '12px system-ui' },
      {
        ...axis,
        label,
        labelSize: 18,
        size: 68,
        labelFont: '12px system-ui',
        values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : withoutZeros(write(tick)))),
      },
    ],
    cursor: { drag: { x: true, y: false }, focus: { prox: 24 } },
    legend: { show: false },
    hooks: {
      draw: [(plot) => drawMarks(plot, lines), (plot) => drawLetters(plot, lines)],
      setCursor: [(plot) => showNear(plot, lines, write)],
      ...(onZoom === undefined
        ? {}
        : {
            setSelect: [
              (plot) =>
                plot.select.width > 0 &&
                onZoom(plot.posToVal(plot.select.left, 'x'), plot.posToVal(plot.select.left + plot.select.width, 'x')),
            ],
          }),
    },
  }
}

/** `95 %` of `95.00 %`: labels of an axis are round numbers. */
const withoutZeros = (text: string): string => text.replace(/\.(\d*?)0+(?=\s?[%×]|$)/, (_, kept: string) => (kept === '' ? '' : `.${kept}`))

/** uPlot needs one axis for all lines; missing steps of a line are gaps. */
function dataOf(lines: readonly Line[]): uPlot.AlignedData {
  const tables = lines.map(
    ({ steps, mean, low, high }): uPlot.AlignedData => [
      steps as number[],
      mean as number[],
      ...(low === undefined || high === undefined ? [] : [low as number[], high as number[]]),
    ],
  )
  if (tables.length === 1) return tables[0]!
  return tables.length === 0 ? [[]] : uPlot.join(tables)
}

function drawMarks(plot: uPlot, lines: readonly Line[]): void {
  const { ctx } = plot
  ctx.save()
  for (const { marks = [], steps, mean, colour: name, strength } of lines)
    for (const step of marks) {
      const near = steps.findIndex((each) => each >= step)
      const value = mean[near]
      if (value === null || value === undefined) continue
      ctx.beginPath()
      ctx.arc(plot.valToPos(step, 'x', true), plot.valToPos(value, 'y', true), 4 * devicePixelRatio, 0, 2 * Math.PI)
      ctx.fillStyle = colour('var(--panel)')
      ctx.strokeStyle = colour(name, strength)
      ctx.lineWidth = 1.5 * devicePixelRatio
      ctx.fill()
      ctx.stroke()
    }
  ctx.restore()
}

/** Labels above the last point of each highlighted line. */
function drawLetters(plot: uPlot, lines: readonly Line[]): void {
  const { ctx } = plot
  ctx.save()
  ctx.font = `${11 * devicePixelRatio}px system-ui`
  ctx.textAlign = 'right'
  ctx.fillStyle = colour('var(--ink)')
  for (const { letters = '', steps, mean, strength } of lines) {
    const last = mean.findLastIndex((value) => value !== null)
    const [step, value] = [steps[last], mean[last]]
    if (letters === '' || strength < 1 || step === undefined || value === null || value === undefined) continue
    ctx.fillText(letters, plot.valToPos(step, 'x', true), plot.valToPos(value, 'y', true) - 4 * devicePixelRatio)
  }
  ctx.restore()
}

/** The values under the pointer, in a line below the plot. */
function showNear(plot: uPlot, lines: readonly Line[], write: (value: number) => string): void {
  const root = plot.root.parentElement
  if (root === null) return
  let said = root.querySelector('.near')
  if (said === null) {
    said = document.createElement('p')
    said.className = 'near'
    root.append(said)
  }
  const { idx } = plot.cursor
  const step = idx === null || idx === undefined ? undefined : plot.data[0][idx]
  let at = 1
  const values = lines.flatMap(({ name, low }) => {
    const value = idx === null || idx === undefined ? null : plot.data[at]?.[idx]
    at += low === undefined ? 1 : 3
    return value === null || value === undefined ? [] : [`${name} ${write(value)}`]
  })
  said.textContent = step === undefined ? '' : `step ${step.toLocaleString('en-US')}: ${values.slice(0, 8).join(' · ')}`
}
