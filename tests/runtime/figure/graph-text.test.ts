import { instance } from '@viz-js/viz'
import { expect, test } from 'vitest'
import { segment } from '../../../dsl/language/paths.ts'
import { dotText, mermaidText } from '../../../runtime/figure/graph-text.ts'
import { printable } from '../../../runtime/format/printable.ts'
import type { GraphView } from '../../../runtime/views/graph.ts'

const states = { hit: 0, resume: 0, run: 0, unknown: 0 }
const view: GraphView = {
  nodes: [
    {
      stage: 'train',
      kind: 'train',
      arms: ['sparsity=0.5/dense', 'sparsity=0.9/dense'],
      seeds: ['0', '1'],
      states: { ...states, hit: 4 },
      count: 4,
    },
    { stage: 'prune#2', kind: 'prune', arms: ['a', 'b', 'c', 'd', 'e'], seeds: [''], states: { ...states, run: 2, unknown: 3 }, count: 5 },
    { stage: 'rewind', kind: 'rewind', arms: [''], seeds: [''], states: { ...states, resume: 1 }, count: 1 },
  ],
  edges: [
    { from: 0, to: 1, role: 'model' },
    { from: 0, to: 2, role: 'to', epoch: 1 },
  ],
}

test('for Mermaid: a node each with what it stands for, an edge with its role', () => {
  expect(mermaidText(view).split('\n').slice(0, 6)).toEqual([
    'flowchart TB',
    '  n0["train × 4<br/>dense<br/>sparsity=0.5, 0.9<br/>2 seeds"]:::hit',
    '  n1["prune#35;2 × 5<br/>a, b, c, and 2 more<br/>2 to run · 3 later"]:::run',
    '  n2["rewind<br/>to resume"]:::resume',
    '  n0 --> n1',
    '  n0 -->|"to, epoch 1"| n2',
  ])
})

const hostile = [
  'a"]; evil --> n0["',
  '<script>alert(1)</script>',
  '</text><image href="http://x/"/>',
  '\\',
  '\\N\\"',
  '`**x**`',
  '1. x',
  '- x',
  '%%{init: {}}%%',
  '#quot;',
  'end',
  'click n0 "javascript:alert(1)"',
  'a\nb\u0000\u202ec',
  '名前 é',
]
const named = (name: string): GraphView => ({ ...view, nodes: view.nodes.map((node) => ({ ...node, stage: 'x', arms: [segment(name)] })) })

test.each(hostile)('a name stays in its label in Mermaid: %j', (name) => {
  const lines = mermaidText(named(name)).split('\n')
  expect(lines).toHaveLength(mermaidText(view).split('\n').length)
  // Nothing is left of it but letters, digits, entities and harmless signs.
  for (const line of lines.slice(1, 4)) expect(line).toMatch(/^ {2}n\d\["x( × \d)?<br\/>([\p{L}\p{N} _=/,:·×]|\.\d|#\d+;)*<br\/>?/u)
})

test.each(hostile)('Graphviz reads a name as it was written: %j', async (name) => {
  const svg = (await instance()).renderString(dotText(named(name)), { format: 'svg' })
  expect(svg.match(/class="node"/g)).toHaveLength(3)
  expect(svg.match(/class="edge"/g)).toHaveLength(2)
  const texts = [...svg.matchAll(/<text[^>]*>(.*?)<\/text>/gs)].map(([, text]) =>
    text!.replaceAll(/&(#?\w+);/g, (_, entity: string) => decoded(entity)),
  )
  expect(texts.slice(-4)).toEqual(['x', printable(segment(name)), 'to resume', 'to, epoch 1'])
})

const entities = new Map([
  ['quot', '"'],
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
])
const decoded = (entity: string): string => entities.get(entity) ?? String.fromCodePoint(Number(entity.replace('#', '')))
