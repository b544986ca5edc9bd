/** The graph of a plan as SVG, from top to bottom; equivalent stages of several seeds and arms are one box. */
import { edgeWords, nodeLines, stateOf, states } from '../figure/graph-text.ts'
import { type Html, html } from '../format/html.ts'
import { fromTheStart, widthOf } from '../format/width.ts'
import { placed } from '../page/parts/graph-layout.ts'
import type { GraphView } from '../views/graph.ts'

const [letter, line, margin] = [6.6, 15, 8]
/** Most columns per line of a box. */
const longest = 44

export function graphSvg({ nodes, edges }: GraphView): Html {
  if (nodes.length === 0) return html`<p class="quiet">None.</p>`
  const boxes = nodes.map((node) => {
    const lines = nodeLines(node).map((text) => fromTheStart(text, longest))
    return { lines, state: stateOf(node), width: Math.max(...lines.map(widthOf)) * letter + 18, height: lines.length * line + 12 }
  })
  // The layout runs from left to right, so width and height are swapped.
  const laid = placed(
    boxes.map(({ width, height }) => ({ width: height, height: width })),
    edges,
  )
  const size = (value: number) => (value + 2 * margin).toFixed(1)
  const at = (value: number) => (value + margin).toFixed(1)
  const [width, height] = [size(laid.height), size(laid.width)]
  return html`<svg class="graph" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="The graph of stages">
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>
${laid.edges.map(({ from, to, points }) => {
  // From the bottom of one box to the top of the next.
  const [first, last] = [laid.nodes[from]!, laid.nodes[to]!]
  const way = [[first.x + boxes[from]!.height / 2, first.y], ...points.slice(1, -1), [last.x - boxes[to]!.height / 2, last.y]] as const
  const words = [...new Set(edges.filter((edge) => edge.from === from && edge.to === to).map(edgeWords))]
    .filter((text) => text !== '')
    .join(', ')
  const [[y1, x1], [y2, x2]] = way as unknown as readonly [readonly [number, number], readonly [number, number]] // at least its two ends
  return html`<path class="edge" d="M${way.map(([y, x]) => `${at(x)} ${at(y)}`).join('L')}" marker-end="url(#arrow)"/>${
    words === '' ? '' : html`<text class="role" x="${at((x1 + x2) / 2)}" y="${at((y1 + y2) / 2 + 4)}">${words}</text>`
  }\n`
})}${boxes.map(({ lines, state, width: wide, height: high }, i) => {
  const { x: y, y: x } = laid.nodes[i]!
  return html`<g><rect x="${at(x - wide / 2)}" y="${at(y - high / 2)}" width="${wide.toFixed(1)}" height="${high.toFixed(1)}" rx="5" fill="${states[state].fill}"/>${lines.map(
    (text, k) => html`<text x="${at(x)}" y="${at(y - high / 2 + 17 + k * line)}">${text}</text>`,
  )}</g>\n`
})}</svg>`
}
