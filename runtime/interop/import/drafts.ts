/**
 * A network while it is built from a file: layers in our layout, [batch, height, width, channels], with their output shapes
 * and weights. Sizes are checked here, so that invalid sizes in a file are never used.
 */
import type { Json } from '../../../dsl/check/canonical.ts'
import type { ImportedKind, ImportedNetwork } from '../../../stdlib/models/networks/imported.ts'
import { sizeOf } from '../../../stdlib/network.ts'
import type { FileTensor } from '../weights-file.ts'
import { limits } from './limits.ts'
import { importProblems, type Where } from './problems.ts'

export interface DraftWeight {
  readonly shape: readonly number[]
  /** Row-major values, computed on demand; planning does not need them. */
  readonly values: () => Float32Array
}

export interface Draft {
  readonly kind: ImportedKind | 'input'
  /** The preferred name; a number is added if it is taken. */
  readonly where: Where
  readonly from: readonly Draft[]
  readonly options: { readonly [option: string]: Json }
  /** The output for one example. */
  readonly shape: readonly number[]
  readonly weights: { readonly [role: string]: DraftWeight }
}

export interface Translated {
  readonly network: ImportedNetwork
  /** By `layer/weight`. */
  readonly weights: ReadonlyMap<string, DraftWeight>
  /** Channels or units of layers with weights. */
  readonly widths: ReadonlyMap<string, number>
}

interface Made {
  readonly from: readonly Draft[]
  readonly shape: readonly number[]
  readonly options?: { readonly [option: string]: Json }
  readonly weights?: { readonly [role: string]: DraftWeight }
}

export class Drafts {
  readonly #all: Draft[] = []
  readonly input: Draft

  /** @param input [height, width, channels] */
  constructor(input: readonly number[]) {
    checkSize({ kind: 'input', name: 'input' }, input)
    this.input = { kind: 'input', where: { kind: 'input', name: 'input' }, from: [], options: {}, shape: input, weights: {} }
  }

  /** @throws ImportProblem for sizes beyond the limits, or below one */
  add(kind: ImportedKind, where: Where, { from, shape, options = {}, weights = {} }: Made): Draft {
    checkSize(where, shape)
    if (this.#all.length === limits.parts) throw importProblems.tooLarge('its layers', 'more', limits.parts)
    const draft: Draft = { kind, where, from, options, shape, weights }
    this.#all.push(draft)
    return draft
  }

  /** The layers that `output` needs, with unique names. */
  translated(last: Draft): Translated {
    const used = new Set<Draft>([last])
    for (const draft of this.#all.toReversed()) if (used.has(draft)) for (const each of draft.from) used.add(each)
    const { layers, output } = withBiases(
      this.#all.filter((draft) => used.has(draft)),
      last,
    )
    const names = uniqueNames(layers)
    const nameOf = (draft: Draft): string => names.get(draft) ?? 'input'
    const weighted = layers.filter((layer) => Object.keys(layer.weights).length > 0)
    if (weighted.length === 0) throw importProblems.outside('it has no weights', { layers: layers.length })
    return {
      network: {
        input: this.input.shape,
        classes: output.shape.at(-1)!,
        layers: layers.map((layer) => ({
          kind: layer.kind as ImportedKind, // the input is not among them
          name: nameOf(layer),
          from: layer.from.map(nameOf),
          options: layer.options,
        })),
        output: nameOf(output),
      },
      weights: new Map(
        weighted.flatMap((layer) => Object.entries(layer.weights).map(([role, weight]) => [`${nameOf(layer)}/${role}`, weight] as const)),
      ),
      widths: new Map(weighted.map((layer) => [nameOf(layer), layer.shape.at(-1)!])),
    }
  }
}

const linear = new Set<Draft['kind']>(['Conv2D', 'Conv2DTranspose', 'DepthwiseConv2D', 'Dense'])

/** A constant added per channel to the only use of a layer without a bias becomes the bias of this layer. */
function withBiases(drafts: readonly Draft[], last: Draft): { readonly layers: readonly Draft[]; readonly output: Draft } {
  const readers = Map.groupBy(
    drafts.flatMap((draft) => draft.from.map((from) => ({ from, draft }))),
    ({ from }) => from,
  )
  const made = new Map<Draft, Draft>()
  const layers: Draft[] = []
  for (const draft of drafts) {
    const from = draft.from.map((each) => made.get(each) ?? each)
    const [before] = from
    const shifts = draft.kind === 'Scale' && draft.options.rank === 1 && draft.options.center === true && draft.options.scale === false
    if (shifts && linear.has(before!.kind) && before!.options.useBias === false && readers.get(draft.from[0]!)?.length === 1) {
      const where = before!.where.ofWeights === true || draft.where.ofWeights !== true ? before!.where : draft.where
      const weights = { ...before!.weights, bias: draft.weights.beta! }
      const biased = { ...before!, where, options: { ...before!.options, useBias: true }, weights }
      layers[layers.indexOf(before!)] = biased
      made.set(draft, biased)
    } else {
      const same = from.every((each, i) => each === draft.from[i]) ? draft : { ...draft, from }
      layers.push(same)
      made.set(draft, same)
    }
  }
  return { layers, output: made.get(last) ?? last }
}

function checkSize(where: Where, shape: readonly number[]): void {
  if (shape.length > limits.axes || !shape.every((size) => Number.isSafeInteger(size) && size > 0))
    throw importProblems.unfit(where, 'it would give something without a size', { 'for one image': `[${shape.join(', ')}]` })
  if (sizeOf(shape) > limits.values) throw importProblems.tooLarge(`what ${where.name} gives`, `[${shape.join(', ')}]`, limits.values)
}

/** The file's names in the characters allowed for layers, with a number if a name is taken. */
function uniqueNames(layers: readonly Draft[]): ReadonlyMap<Draft, string> {
  const taken = new Set(['input'])
  const last = new Map<string, number>()
  return new Map(
    layers.map((layer) => {
      const plain = layerName(layer.where.name) || layer.kind
      let name = plain
      for (let number = last.get(plain) ?? 2; taken.has(name); number++) {
        name = `${plain}_${number}`
        last.set(plain, number + 1)
      }
      taken.add(name)
      return [layer, name]
    }),
  )
}

/** `/layer1/conv1/Conv` → `layer1.conv1.Conv`; avoids the names of object properties. */
function layerName(name: string): string {
  const letters = name
    .slice(0, 200)
    .replace(/^[/.]+|[/.]+$/g, '')
    .replaceAll('/', '.')
    .replace(/[^\w.-]/g, '_')
  return letters in {} ? `${letters}_` : letters
}

/** Its weights in the form of other weight files. */
export const tensorsIn = ({ weights }: Pick<Translated, 'weights'>): ReadonlyMap<string, FileTensor> =>
  new Map([...weights].map(([name, { shape, values }]) => [name, { shape, values: values() }]))
