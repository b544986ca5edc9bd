/** The README of a model on Hugging Face's hub: metadata that the hub reads, then what people do. */
import type { Json } from '../../../dsl/check/canonical.ts'
import type { Topology } from '../../../stdlib/network.ts'
import { grouped, percent, short } from '../../format/number.ts'
import type { CardData } from './data-set.ts'

export interface Card {
  readonly name: string
  readonly topology: Topology
  readonly data: CardData
  /** Of the weights. */
  readonly license: string | undefined
  readonly metrics: { readonly [name: string]: number }
  /** `VERB OPTIONS`, the options as JSON. */
  readonly recipe: readonly string[]
  readonly artifact: string
  readonly key: string
}

export function cardOf(card: Card): string {
  return `---\n${yaml(metadata(card), '')}---\n\n${body(card)}`
}

function metadata({ name, topology, data, license, metrics }: Card): { readonly [field: string]: Json } {
  const task = { type: pipelineOf(topology), name: isPicture(topology) ? 'Image classification' : 'Classification' }
  const results = (['test', 'validation'] as const).flatMap((split) => {
    const accuracy = metrics[`${split}/accuracy`]
    if (accuracy === undefined) return []
    const told = [
      { type: 'accuracy', name: `${split} accuracy`, value: accuracy },
      ...(metrics[`${split}/loss`] === undefined
        ? []
        : [{ type: 'loss', name: `${split} cross-entropy (nats)`, value: metrics[`${split}/loss`]! }]),
    ]
    return [{ task, dataset: { type: data.hub ?? data.name, name: data.name, split }, metrics: told }]
  })
  return {
    ...(license === undefined ? {} : { license }),
    library_name: 'pytorch',
    pipeline_tag: pipelineOf(topology),
    tags: ['espalier', topology.model.name],
    ...(data.hub === undefined ? {} : { datasets: [data.hub] }),
    metrics: ['accuracy'],
    'model-index': [{ name, results }],
  }
}

const isPicture = ({ input }: Topology): boolean => input.length === 3 && input[1]! > 1
const pipelineOf = (topology: Topology): string => (isPicture(topology) ? 'image-classification' : 'tabular-classification')

/** Scalars as JSON, which YAML has whole: no name is taken for a number or a date. */
function yaml(value: Json, indent: string): string {
  if (Array.isArray(value)) return value.map((each: Json) => `${indent}- ${yaml(each, `${indent}  `).trimStart()}`).join('')
  if (typeof value !== 'object' || value === null) return `${JSON.stringify(value)}\n`
  return Object.entries(value)
    .map(
      ([field, each]) =>
        `${indent}${field}:${typeof each === 'object' && each !== null ? `\n${yaml(each, `${indent}  `)}` : ` ${yaml(each, '')}`}`,
    )
    .join('')
}

const shown: readonly (readonly [metric: string, title: string, write: (value: number) => string])[] = [
  ['test/accuracy', 'test accuracy (%)', percent],
  ['test/loss', 'test cross-entropy (nats)', short],
  ['test/ece', 'test expected calibration error (%)', percent],
  ['validation/accuracy', 'validation accuracy (%)', percent],
  ['parameters', 'parameters that are not zero', grouped],
  ['sparsity', 'sparsity (fraction removed)', short],
  ['compressionRatio', 'compression (times fewer parameters)', short],
  ['macs', 'multiply-accumulates an example', grouped],
  ['speedup', 'speed-up in theory (times)', short],
]

function body({ name, topology, data, license, metrics, recipe, artifact, key }: Card): string {
  const rows = shown.flatMap(([metric, title, write]) =>
    metrics[metric] === undefined ? [] : [`| ${title} | ${write(metrics[metric])} |`],
  )
  const [height, width, channels] = topology.input
  return `# ${inText(name)}

A network of the kind \`${topology.model.name}\` for ${topology.classes} classes, trained and compressed with Espalier (the npm package \`espalier\`).
It reads examples of ${height} × ${width} × ${channels} (height, width, channels).

## Use

\`\`\`python
from load import load                         # load.py of this repository: needs PyTorch and nothing else

network = load("model.safetensors")
logits = network(network.normalised(images))  # images: [batch, ${channels}, ${height}, ${width}], pixels in [0, 1]
\`\`\`

## Results

On ${inText(data.name)}, with this one network: a seed, no mean over several.

| | |
| --- | --- |
${rows.join('\n')}

## Recipe

Each step with its options; what is not named is as it is by default.

${recipe.map((line, i) => `${i + 1}. ${step(line)}`).join('\n')}

## Data

${inText(data.name)}${data.hub === undefined ? '' : ` ([${data.hub}](https://huggingface.co/datasets/${data.hub}))`}. Licence of the data: ${inText(data.license)}. Licence of the weights: ${license === undefined ? 'none is given' : inText(license)}.

## Provenance

| | |
| --- | --- |
| network | \`${artifact}\` |
| written by the stage | \`${key}\` |
`
}

/** `VERB OPTIONS` for people: options by dotted names. */
function step(line: string): string {
  const at = line.indexOf(' ')
  const flat: string[] = []
  const visit = (value: Json, path: string) => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0)
      for (const [option, each] of Object.entries(value)) visit(each, path === '' ? option : `${path}.${option}`)
    else if (path !== '') flat.push(`${path} = ${typeof value === 'string' ? value : JSON.stringify(value)}`)
  }
  visit(JSON.parse(line.slice(at + 1)) as Json, '')
  return `**${line.slice(0, at)}**${flat.length === 0 ? '' : `: ${flat.map((each) => `\`${each.replaceAll('`', "'")}\``).join(', ')}`}`
}

/** Names of the user's are no markup. */
const inText = (text: string): string => text.replace(/[\\`*_[\]<>|#]/g, (sign) => `\\${sign}`)
