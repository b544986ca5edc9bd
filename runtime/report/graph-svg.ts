/** The graph of a plan as a picture, laid out by dagre; seeds and arms that are alike are one box. */
import { graphlib, layout } from '@dagrejs/dagre'
import { edgeWords, nodeLines, stateOf, states } from '../figure/graph-text.ts'
import { fromTheStart, widthOf } from '../format/width.ts'
import type { GraphView } from '../views/graph.ts'
import { type Html, html } from './html.ts'

const [letter, line, margin] = [6.6, 15, 8]
/** Characters in a line of a box. */
const longest = 44

export function graphSvg({ nodes, edges }: GraphView): Html {
  const boxes = nodes.map((node) => {
    const lines = nodeLines(node).map((text) => fromTheStart(text, longest))
    return {
      lines,
      state: stateOf(node),
      width: Math.max(...lines.map(widthOf)) * letter + 18,
      height: lines.length * line + 12,
    }
  })
  const graph = new graphlib.Graph({ multigraph: true })
  graph.setGraph({ rankdir: 'TB', nodesep: 18, ranksep: 34, marginx: margin, marginy: margin })
  for (const [i, { width, height }] of boxes.entries()) graph.setNode(String(i), { width, height })
  for (const [i, edge] of edges.entries()) {
    const words = edgeWords(edge)
    graph.setEdge(
      String(edge.from),
      String(edge.to),
      { width: words.length * letter * 0.85, height: words === '' ? 0 : line, labelpos: 'c' },
      String(i),
    )
  }
  layout(graph)
  const { width = 0, height = 0 } = graph.graph()
  const at = (value: number) => value.toFixed(1)
  return html`<svg class="graph" viewBox="0 0 ${at(width)} ${at(height)}" width="${at(width)}" height="${at(height)}" role="img" aria-label="The graph of stages">
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>
${edges.map((edge, i) => {
  const { points = [], x = 0, y = 0 } = graph.edge({ v: String(edge.from), w: String(edge.to), name: String(i) })
  const words = edgeWords(edge)
  return html`<path class="edge" d="M${points.map((point: { readonly x: number; readonly y: number }) => `${at(point.x)} ${at(point.y)}`).join('L')}" marker-end="url(#arrow)"/>${
    words === '' ? '' : html`<text class="role" x="${at(x)}" y="${at(y + 4)}">${words}</text>`
  }\n`
})}${boxes.map(({ lines, state, width: wide, height: high }, i) => {
  const { x, y } = graph.node(String(i))
  return html`<g><rect x="${at(x - wide / 2)}" y="${at(y - high / 2)}" width="${at(wide)}" height="${at(high)}" rx="5" fill="${states[state].fill}"/>${lines.map(
    (text, k) => html`<text class="${k === 0 ? 'verb' : ''}" x="${at(x)}" y="${at(y - high / 2 + 17 + k * line)}">${text}</text>`,
  )}</g>\n`
})}</svg>`
}
