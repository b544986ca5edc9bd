/** The graph of a plan in the languages of Mermaid and Graphviz; whatever the user named things stays inside its label. */
import { segmentsOf } from '../../dsl/language/paths.ts'
import { printable } from '../format/printable.ts'
import type { GraphNode, GraphView, NodeEdge } from '../views/graph.ts'

/** Each with a colour that differs in grey too. */
export const states = {
  hit: { word: 'hit', fill: '#d9ead3' },
  resume: { word: 'to resume', fill: '#ffe599' },
  run: { word: 'to run', fill: '#f6b26b' },
  unknown: { word: 'later', fill: '#ffffff' },
} as const
type State = keyof typeof states
const names = Object.keys(states) as State[]

/** Arms and values that a node names; the rest are counted. */
const named = 3

export function mermaidText({ nodes, edges }: GraphView): string {
  return [
    'flowchart TB',
    ...nodes.map((node, i) => `  n${i}["${nodeLines(node).map(mermaidLabel).join('<br/>')}"]:::${stateOf(node)}`),
    ...edges.map((edge) => `  n${edge.from} -->${labelled(edge, (text) => `|"${mermaidLabel(text)}"|`)} n${edge.to}`),
    ...names.map((name) => `  classDef ${name} fill:${states[name].fill},stroke:#444,color:#000`),
  ].join('\n')
}

export function dotText({ nodes, edges }: GraphView): string {
  return [
    'digraph plan {',
    '  node [shape=box, style="rounded,filled", fontname="sans-serif", fontsize=11]',
    '  edge [fontname="sans-serif", fontsize=9]',
    ...nodes.map((node, i) => `  n${i} [label="${nodeLines(node).map(dotLabel).join('\\n')}", fillcolor="${states[stateOf(node)].fill}"]`),
    ...edges.map((edge) => `  n${edge.from} -> n${edge.to}${labelled(edge, (text) => ` [label="${dotLabel(text)}"]`)}`),
    '}',
  ].join('\n')
}

/** What is written in it. */
export function nodeLines({ stage, arms, seeds, count, states: counts }: GraphNode): string[] {
  const present = names.filter((name) => counts[name] > 0)
  const progress = present.map((name) => (present.length > 1 ? `${counts[name]} ${states[name].word}` : states[name].word))
  return [
    count > seeds.length ? `${stage} × ${count}` : stage,
    ...armLines(arms),
    ...(seeds.length > 1 ? [`${seeds.length} seeds`] : []),
    ...(counts.hit === count ? [] : [progress.join(' · ')]),
  ]
}

/** `dense, hybrid` and `sparsity=0.9, 0.95`: what is swept has a line of its own. */
function armLines(arms: readonly string[]): string[] {
  const segments = arms.map(segmentsOf)
  const words = segments.map((parts) => parts.filter((part) => !swept.test(part)).join('/')).filter((name) => name !== '')
  const axes = Map.groupBy(
    segments.flat().flatMap((part) => [swept.exec(part) ?? []].filter(({ length }) => length > 0)),
    ([, axis]) => axis!,
  )
  return [
    ...(words.length === 0 ? [] : [few(words)]),
    ...[...axes].map(([axis, values]) => `${axis}=${few(values.map(([, , value]) => value!))}`),
  ]
}

const swept = /^([^="]+)=(.*)$/s

function few(all: readonly string[]): string {
  const each = [...new Set(all)]
  return [...each.slice(0, named), ...(each.length > named ? [`and ${each.length - named} more`] : [])].join(', ')
}

/** What is most urgent of it. */
export const stateOf = ({ states: counts }: GraphNode): State =>
  (['run', 'resume', 'unknown', 'hit'] as const).find((state) => counts[state] > 0) ?? 'hit'

/** What is written at it: the network itself needs no word. */
export function edgeWords({ role, epoch, step }: NodeEdge): string {
  const at = [...(epoch === undefined ? [] : [`epoch ${epoch}`]), ...(step === undefined ? [] : [`step ${step}`])]
  return [...(role === 'model' ? [] : [role]), ...at].join(', ')
}

function labelled(edge: NodeEdge, label: (text: string) => string): string {
  const words = edgeWords(edge)
  return words === '' ? '' : label(words)
}

/** Mermaid reads entities with a number sign. What is none of these may begin Markdown, HTML or a statement. */
const mermaidLabel = (text: string): string =>
  printable(text).replaceAll(/[^\p{L}\p{N} _=/,:·×.]|\.(?!\d)/gu, (sign) => `#${sign.codePointAt(0)};`)

const dotLabel = (text: string): string => printable(text).replaceAll(/["\\]/g, '\\$&')
