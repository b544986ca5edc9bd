/** Translates a Keras model into our layers. */
import { type Draft, Drafts, type DraftWeight, type Translated } from '../import/drafts.ts'
import { importProblems } from '../import/problems.ts'
import { kerasKinds } from './kinds.ts'
import { Layer } from './layer.ts'
import { type KerasModel, weightsIn } from './model-json.ts'

/** @param content bytes of each group of weights, with its files concatenated @throws ImportProblem */
export function translated({ layers, output, version, manifest }: KerasModel, content: readonly Uint8Array[]): Translated {
  const [first] = layers
  if (first === undefined) throw importProblems.outside('it has no layers', {})
  const found = manifest.flatMap((group, i) => [...weightsIn(group, content[i]!)])
  const input = layers.find(({ kind }) => kind === 'InputLayer') ?? first
  const drafts = new Drafts(imagesOf(input.options, input.name))
  const of = { drafts, version, weights: weightFinder(found) }
  const made = new Map<string, Draft>()
  let last: Draft = drafts.input
  for (const each of layers) {
    const { kind, name, from } = each
    const where = { kind, name }
    const given = (from ?? []).map((before) => {
      const draft = made.get(before)
      if (draft === undefined) throw importProblems.unfit(where, `it reads ${before}, which nothing before it gives`)
      return draft
    })
    if (made.has(name)) throw importProblems.unfit(where, 'there is another layer of its name')
    if (kind === 'InputLayer') {
      if (each !== input) throw importProblems.outside('it has several inputs', { inputs: `${input.name}, ${name}` })
      made.set(name, drafts.input)
      continue
    }
    const translate = Object.hasOwn(kerasKinds, kind) ? kerasKinds[kind] : undefined
    if (translate === undefined) throw importProblems.unknownOperator(where, Object.keys(kerasKinds))
    const layer = new Layer(each, from === undefined ? [last] : given, of)
    last = translate(layer)
    layer.settle()
    made.set(name, last)
  }
  const end = output === undefined ? last : made.get(output)
  if (end === undefined) throw importProblems.outside('nothing gives its output', { output: output ?? 'none' })
  const logits = withoutSoftmax(drafts, end)
  if (logits.shape.length !== 1 || logits === drafts.input)
    throw importProblems.outside('it gives no row of logits', { shape: `[batch, ${logits.shape.join(', ')}]` })
  return drafts.translated(logits)
}

function imagesOf(
  { batch_input_shape: older, batch_shape: newer }: { readonly [option: string]: unknown },
  name: string,
): readonly number[] {
  const shape: unknown = older ?? newer
  const sizes = Array.isArray(shape) ? (shape as readonly unknown[]).slice(1) : []
  if (sizes.length === 3 && sizes.every((size) => Number.isSafeInteger(size) && Number(size) > 0)) return sizes as readonly number[]
  throw importProblems.outside('its input is no batch of images of one size', { input: name, shape: JSON.stringify(shape) ?? 'unknown' })
}

/** Finds weights by layer and role: `conv1/kernel`, or `model/conv1/kernel:0`. */
function weightFinder(found: readonly (readonly [string, DraftWeight])[]): (layer: string, role: string) => DraftWeight | undefined {
  const byEnd = Map.groupBy(
    found.map(([name, weight]) => ({ name: name.replace(/:\d+$/, ''), weight })),
    ({ name }) => name.split('/').slice(-2).join('/'),
  )
  return (layer, role) => {
    const wanted = `${layer}/${role}`
    const ends = byEnd.get(wanted.split('/').slice(-2).join('/')) ?? []
    return (ends.find(({ name }) => name === wanted) ?? ends.find(({ name }) => name.endsWith(`/${wanted}`)))?.weight
  }
}

/** Removes a final softmax, since training and evaluation need logits. */
function withoutSoftmax(drafts: Drafts, end: Draft): Draft {
  if (end.options.activation !== 'softmax') return end
  if (end.kind === 'Activation') return end.from[0]!
  const { activation: _, ...options } = end.options
  return end.kind === 'input' ? end : drafts.add(end.kind, end.where, { ...end, options })
}
