/** The README of a model on the Hugging Face Hub: metadata for the hub, then text for readers. */
import type { Json } from '../../../dsl/check/canonical.ts'
import type { Target } from '../../../stdlib/data/dataset.ts'
import type { Topology } from '../../../stdlib/network.ts'
import { grouped, percent, short } from '../../format/number.ts'
import type { CardData } from './data-set.ts'

export interface Card {
  readonly name: string
  readonly topology: Topology
  readonly data: CardData
  /** What is predicted; absent for a single class. */
  readonly target: Target | undefined
  /** Licence of the weights. */
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

/** A task of the hub and its metrics: the name here, the hub's type, and the title in the card. The first is the main metric. */
interface Task {
  readonly type: string
  readonly name: string
  readonly measures: readonly (readonly [metric: string, type: string, title: string])[]
}

const loss = ['loss', 'loss', 'cross-entropy (nats)'] as const
const classes = [['accuracy', 'accuracy', 'accuracy'], loss] as const
const numbers = [
  ['rmse', 'rmse', 'root mean squared error'],
  ['r2', 'r_squared', 'R²'],
] as const

/** The hub has no task for image regression. */
function taskOf({ target, topology: { input } }: Pick<Card, 'target' | 'topology'>): Task {
  const picture = input.length === 3 && input[1]! > 1
  switch (target?.kind) {
    case 'tokens': {
      const measures = [['perplexity', 'perplexity', 'perplexity'], ['accuracy', 'accuracy', 'accuracy of the next token'], loss] as const
      return { type: 'text-generation', name: 'Text generation', measures }
    }
    case 'numbers':
      return picture
        ? { type: 'other', name: 'Image regression', measures: numbers }
        : { type: 'tabular-regression', name: 'Tabular regression', measures: numbers }
    default:
      return picture
        ? { type: 'image-classification', name: 'Image classification', measures: classes }
        : { type: 'tabular-classification', name: 'Classification', measures: classes }
  }
}

function metadata(card: Card): { readonly [field: string]: Json } {
  const { name, topology, data, license, metrics } = card
  const { measures, ...task } = taskOf(card)
  const [[main]] = measures as readonly [Task['measures'][number]]
  const results = (['test', 'validation'] as const).flatMap((split) => {
    const told = measures.flatMap(([metric, type, title]) => {
      const value = metrics[`${split}/${metric}`]
      return value === undefined ? [] : [{ type, name: `${split} ${title}`, value }]
    })
    if (metrics[`${split}/${main}`] === undefined) return []
    return [{ task, dataset: { type: data.hub ?? data.name, name: data.name, split }, metrics: told }]
  })
  return {
    ...(license === undefined ? {} : { license }),
    library_name: 'pytorch',
    pipeline_tag: task.type,
    tags: ['espalier', topology.model.name],
    ...(data.hub === undefined ? {} : { datasets: [data.hub] }),
    metrics: measures.flatMap(([, type]) => (type === 'loss' ? [] : [type])),
    'model-index': [{ name, results }],
  }
}

/** Scalars as JSON, which is valid YAML: no name is parsed as a number or a date. */
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

type Row = readonly [metric: string, title: string, write: (value: number) => string]

const size: readonly Row[] = [
  ['parameters', 'parameters that are not zero', grouped],
  ['sparsity', 'sparsity (fraction removed)', short],
  ['compressionRatio', 'compression (times fewer parameters)', short],
  ['macs', 'multiply-accumulates an example', grouped],
  ['speedup', 'speed-up in theory (times)', short],
]

/** Quality: all metrics on the test data, and the main one on the validation data. */
function qualityOf(card: Card): readonly Row[] {
  const rows = taskOf(card).measures.map(([metric, , title]): Row => {
    const fraction = metric === 'accuracy'
    return [metric, `${title}${fraction ? ' (%)' : ''}`, fraction ? percent : short]
  })
  const of = (split: string, [metric, title, write]: Row): Row => [`${split}/${metric}`, `${split} ${title}`, write]
  const calibration: readonly Row[] = card.target === undefined ? [['test/ece', 'test expected calibration error (%)', percent]] : []
  return [...rows.map((row) => of('test', row)), ...calibration, of('validation', rows[0]!)]
}

/** A description of the inputs and outputs, and code for inference. */
function useOf({ topology: { input, classes: count, model }, target }: Card): { readonly what: string; readonly code: string } {
  const kind = `A network of the kind \`${model.name}\``
  if (target?.kind === 'tokens')
    return {
      what: `${kind} that predicts the next of ${count} tokens at each place of a text`,
      code: `logits = network(tokens)                      # tokens: [batch, ${input.join(' × ')}], by their numbers in the data; logits: [batch, ${input.join(' × ')}, ${count}]`,
    }
  const [height, width, channels] = input
  const pixels = `[batch, ${channels}, ${height}, ${width}]`
  if (target === undefined)
    return {
      what: `${kind} for ${count} classes`,
      code: `logits = network(network.normalised(images))  # images: ${pixels}, pixels in [0, 1]`,
    }
  const list = (values: readonly number[]) => `torch.tensor([${values.join(', ')}])`
  return {
    what: `${kind} that predicts ${count === 1 ? 'a number' : `${count} numbers`}`,
    code: `normalised = network(network.normalised(examples))  # examples: ${pixels}, as in the data, pixels in [0, 1]
predicted = normalised * ${list(target.std)} + ${list(target.mean)}`,
  }
}

function body(card: Card): string {
  const { name, topology, data, license, metrics, recipe, artifact, key, target } = card
  const { what, code } = useOf(card)
  const rows = [...qualityOf(card), ...size].flatMap(([metric, title, write]) =>
    metrics[metric] === undefined ? [] : [`| ${title} | ${write(metrics[metric])} |`],
  )
  const examples =
    target?.kind === 'tokens'
      ? `texts of ${topology.input[0]} tokens`
      : `examples of ${topology.input.join(' × ')} (height, width, channels)`
  return `# ${inText(name)}

${what}, trained and compressed with Espalier (the npm package \`espalier\`).
It reads ${examples}.

## Use

\`\`\`python
${target?.kind === 'numbers' ? 'import torch\n' : ''}from load import load                         # load.py of this repository: needs PyTorch and nothing else

network = load("model.safetensors")
${code}
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

/** `VERB OPTIONS` for readers, with dotted option names. */
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

/** Escapes markup in the user's names. */
const inText = (text: string): string => text.replace(/[\\`*_[\]<>|#]/g, (sign) => `\\${sign}`)
