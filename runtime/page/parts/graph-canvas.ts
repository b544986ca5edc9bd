/** Draws a graph on a canvas with panning and zoom: a box per group of equivalent stages, with a square per stage. */
import type { StageState } from '../data.ts'
import type { Box, Placed } from './graph-layout.ts'

export interface DrawnNode {
  readonly title: string
  readonly subtitle: string
  /** Indices of its stages. */
  readonly stages: readonly number[]
}

const [square, step, top, side] = [8, 10, 40, 10]
const widest = 120

/** Squares in a row. */
const columnsOf = ({ stages }: DrawnNode): number => Math.min(widest, Math.max(14, Math.ceil(Math.sqrt(2 * stages.length))))

export function boxOf(node: DrawnNode): Box {
  const columns = columnsOf(node)
  return { width: Math.max(150, 2 * side + columns * step), height: top + step * Math.ceil(node.stages.length / columns) + 6 }
}

/** Colours of the style sheet, read when drawing. */
const names = [
  'panel',
  'ink',
  'quiet',
  'line',
  'accent',
  'done-mark',
  'active-mark',
  'waiting-mark',
  'stopped-mark',
  'failed-mark',
] as const
type Colours = { readonly [name in (typeof names)[number]]: string }

function colours(): Colours {
  const style = getComputedStyle(document.documentElement)
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])) as Colours
}

const markOf: { readonly [S in StageState]: keyof Colours } = {
  done: 'done-mark',
  running: 'active-mark',
  waiting: 'waiting-mark',
  stopped: 'stopped-mark',
  failed: 'failed-mark',
  skipped: 'waiting-mark',
}

export class GraphCanvas {
  readonly #canvas: HTMLCanvasElement
  readonly #nodes: readonly DrawnNode[]
  readonly #boxes: readonly Box[]
  readonly #layout: Placed
  #states: readonly StageState[]
  #chosen: number | undefined
  #scale = 1
  #x = 0
  #y = 0
  #waiting = false

  constructor(canvas: HTMLCanvasElement, nodes: readonly DrawnNode[], layout: Placed, states: readonly StageState[]) {
    this.#canvas = canvas
    this.#nodes = nodes
    this.#boxes = nodes.map(boxOf)
    this.#layout = layout
    this.#states = states
    this.fit()
  }

  set states(states: readonly StageState[]) {
    this.#states = states
    this.draw()
  }

  set chosen(node: number | undefined) {
    this.#chosen = node
    this.draw()
  }

  /** Fits the graph without enlarging it. If text would be too small to read, shows only the beginning. */
  fit(): void {
    const { clientWidth, clientHeight } = this.#canvas
    const { width, height } = this.#layout
    const least = this.#nodes.length <= 60 ? 0.6 : 0
    this.#scale = Math.max(least, Math.min(1, clientWidth / (width + 40), clientHeight / (height + 40)))
    this.#x = Math.max(12, (clientWidth - width * this.#scale) / 2)
    this.#y = (clientHeight - height * this.#scale) / 2
    this.draw()
  }

  pan(x: number, y: number): void {
    this.#x += x
    this.#y += y
    this.draw()
  }

  /** Around a point of the canvas, its middle by default. */
  zoom(factor: number, at = { x: this.#canvas.clientWidth / 2, y: this.#canvas.clientHeight / 2 }): void {
    const scale = Math.min(4, Math.max(0.01, this.#scale * factor))
    this.#x = at.x - ((at.x - this.#x) * scale) / this.#scale
    this.#y = at.y - ((at.y - this.#y) * scale) / this.#scale
    this.#scale = scale
    this.draw()
  }

  /** The node at a point of the canvas, and the stage of the square there. */
  at(x: number, y: number): { readonly node: number; readonly stage: number | undefined } | undefined {
    const [left, up] = [(x - this.#x) / this.#scale, (y - this.#y) / this.#scale]
    const node = this.#boxes.findIndex(({ width, height }, i) => {
      const { x: middle, y: centre } = this.#layout.nodes[i]!
      return Math.abs(left - middle) <= width / 2 && Math.abs(up - centre) <= height / 2
    })
    if (node < 0) return undefined
    const { width, height } = this.#boxes[node]!
    const { x: middle, y: centre } = this.#layout.nodes[node]!
    const [column, row] = [(left - middle + width / 2 - side) / step, (up - centre + height / 2 - top) / step]
    const columns = columnsOf(this.#nodes[node]!)
    const inside = column >= 0 && column < columns && row >= 0
    return { node, stage: inside ? this.#nodes[node]!.stages[Math.floor(row) * columns + Math.floor(column)] : undefined }
  }

  /** In the next frame. */
  draw(): void {
    if (this.#waiting) return
    this.#waiting = true
    requestAnimationFrame(() => {
      this.#waiting = false
      this.#paint()
    })
  }

  #paint(): void {
    const canvas = this.#canvas
    const { clientWidth, clientHeight } = canvas
    const ratio = devicePixelRatio
    if (canvas.width !== clientWidth * ratio || canvas.height !== clientHeight * ratio) {
      canvas.width = clientWidth * ratio
      canvas.height = clientHeight * ratio
    }
    const context = canvas.getContext('2d')
    if (context === null) return
    const colour = colours()
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    context.clearRect(0, 0, clientWidth, clientHeight)
    context.setTransform(this.#scale * ratio, 0, 0, this.#scale * ratio, this.#x * ratio, this.#y * ratio)
    const seen = {
      left: -this.#x / this.#scale,
      up: -this.#y / this.#scale,
      right: (clientWidth - this.#x) / this.#scale,
      down: (clientHeight - this.#y) / this.#scale,
    }
    this.#paintEdges(context, colour)
    for (const [i, node] of this.#nodes.entries()) {
      const { width, height } = this.#boxes[i]!
      const { x, y } = this.#layout.nodes[i]!
      const [left, up] = [x - width / 2, y - height / 2]
      if (left > seen.right || left + width < seen.left || up > seen.down || up + height < seen.up) continue
      this.#paintNode(context, node, { left, up, width, height, chosen: i === this.#chosen }, colour)
    }
  }

  #paintEdges(context: CanvasRenderingContext2D, colour: Colours): void {
    context.strokeStyle = colour.quiet
    context.lineWidth = Math.max(1, 0.75 / this.#scale)
    context.globalAlpha = 0.7
    context.beginPath()
    for (const { points, from, to } of this.#layout.edges) {
      const ends = points.map(([x, y], i): readonly [number, number] =>
        i === 0 ? [x + this.#boxes[from]!.width / 2, y] : i === points.length - 1 ? [x - this.#boxes[to]!.width / 2, y] : [x, y],
      )
      for (const [i, [x, y]] of ends.entries()) {
        const [beforeX, beforeY] = ends[i - 1] ?? [x, y]
        if (i === 0) context.moveTo(x, y)
        else context.bezierCurveTo((beforeX + x) / 2, beforeY, (beforeX + x) / 2, y, x, y)
      }
    }
    context.stroke()
    context.globalAlpha = 1
  }

  #paintNode(
    context: CanvasRenderingContext2D,
    node: DrawnNode,
    { left, up, width, height, chosen }: Box & { readonly left: number; readonly up: number; readonly chosen: boolean },
    colour: Colours,
  ): void {
    context.fillStyle = colour.panel
    context.strokeStyle = chosen ? colour.accent : colour.line
    context.lineWidth = chosen ? 3 : 1
    context.beginPath()
    context.roundRect(left, up, width, height, 6)
    context.fill()
    context.stroke()
    if (this.#scale > 0.3) {
      context.fillStyle = colour.ink
      context.font = '600 13px system-ui'
      context.fillText(fitted(context, node.title, width - 2 * side), left + side, up + 17)
      context.fillStyle = colour.quiet
      context.font = '11px system-ui'
      context.fillText(fitted(context, node.subtitle, width - 2 * side), left + side, up + 32)
    }
    const columns = columnsOf(node)
    // One path per state, because filling thousands of squares at once is faster.
    const paths = new Map<keyof Colours, Path2D>()
    for (const [i, stage] of node.stages.entries()) {
      const mark = markOf[this.#states[stage]!]
      const path = paths.get(mark) ?? new Path2D()
      paths.set(mark, path)
      path.rect(left + side + (i % columns) * step, up + top + Math.floor(i / columns) * step, square, square)
    }
    for (const [mark, path] of paths) {
      context.fillStyle = colour[mark]
      context.fill(path)
    }
  }
}

/** Truncated to fit. */
function fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text
  let most = text.length
  while (most > 1 && context.measureText(`${text.slice(0, most)}…`).width > width) most = Math.floor(most * 0.9)
  return `${text.slice(0, most)}…`
}
