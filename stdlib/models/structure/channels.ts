/**
 * Groups of channels that must be removed together: a convolution's filters, their batch norm, and the next layer's inputs from them.
 * Branches that are added share their channels. Structured pruning ranks these groups, and shrinking removes them.
 */
import type { LayersModel } from '../../engine.ts'
import { sizeOf } from '../../network.ts'
import { type BuiltLayer, layersOf, type SymbolicTensor, standsFor } from './rebuild.ts'
import { weightNameOf } from './topology.ts'

/** The positions of a group's channels in a parameter: channel c at `offset + c + stride · r` for 0 ≤ r < `repeat`, along `axis`. */
export interface Place {
  /** `layer/weight`. */
  readonly parameter: string
  readonly axis: number
  readonly offset: number
  readonly stride: number
  readonly repeat: number
}

export interface ChannelGroup {
  /** Channels. */
  readonly size: number
  /** Layers that produce these channels, in the network's order: their number of filters or units is `size`, or `size` · `units`. */
  readonly producers: readonly string[]
  /** Units of a producer per channel, for attention heads. Default 1. */
  readonly units?: number
  /**
   * Kernels (last axis) that produce them, with biases, batch norm and depthwise kernels on the way: if all are zero, the channel is
   * silent.
   */
  readonly sources: readonly Place[]
  /** Kernels that read them. */
  readonly readers: readonly Place[]
  /** The channels of the image, the logits, and all inputs and outputs of unknown layers are never removed. */
  readonly fixed: boolean
  /** A function on the way does not map zero to zero, for example a sigmoid, so a silent channel still has an effect behind it. */
  readonly speaks?: true
}

interface Group {
  size: number
  units?: number
  fixed: boolean
  speaks?: true
  readonly producers: string[]
  readonly sources: Place[]
  readonly readers: Place[]
}

/** A run of channels in a tensor's last axis, repeated up to `width`: after flattening, and for attention heads. */
interface Run {
  readonly group: number
  readonly width: number
}

/** Layers that pass on their input channels. */
const passing = new Set([
  'InputLayer',
  'Activation',
  'ReLU',
  'LeakyReLU',
  'ELU',
  'Softmax',
  'Dropout',
  'SpatialDropout2D',
  'ZeroPadding2D',
  'MaxPooling2D',
  'AveragePooling2D',
  'GlobalAveragePooling2D',
  'GlobalMaxPooling2D',
  'GlobalAveragePooling1D',
  'UpSampling2D',
  'Cropping2D',
  'LowestPadding2D',
  'AsMap',
  'Pointwise',
  // Along the steps of a sequence.
  'Reverse',
  // The start of a batch ensemble: the same images for each member.
  'Tiled',
])
const adding = new Set(['Add', 'Subtract', 'Multiply', 'Average', 'Maximum', 'Minimum'])

/** In the order of their first producers. */
export function channelGroups(model: LayersModel): readonly ChannelGroup[] {
  const walk = new Walk()
  for (const input of model.inputs) walk.begin(input)
  for (const layer of layersOf(model)) walk.layer(layer)
  for (const output of model.outputs) walk.fix(output)
  return walk.groups()
}

/** The output of a passing layer for a removed channel, which is zero; not finite if the layer divides by it or takes its logarithm. */
function atZero(layer: BuiltLayer): number {
  const { activation, function: name, a = 0, b = 0 } = layer.getConfig() as { readonly [option: string]: unknown }
  const [first, second] = [Number(a), Number(b)]
  switch (activation ?? name) {
    case 'sigmoid':
    case 'hardSigmoid':
      return activation === undefined ? Math.max(0, Math.min(1, second)) : 0.5
    case 'softplus':
      return Math.LN2
    case 'exp':
      return 1
    case 'add':
    case 'subtractFrom':
      return first
    case 'clip':
      return Math.min(Math.max(0, first), second)
    case 'power':
      return 0 ** first
    case 'divide':
    case 'log':
      return Number.NaN
    default:
      return 0
  }
}

class Walk {
  readonly #groups: Group[] = []
  /** Merged groups: the representative of each. */
  readonly #parent: number[] = []
  readonly #tensors = new Map<number, readonly Run[]>()

  begin(input: SymbolicTensor): void {
    const channels = input.shape.at(-1)!
    this.#tensors.set(input.id, [{ group: this.#new(channels, true), width: channels }])
  }

  fix(tensor: SymbolicTensor): void {
    for (const { group } of this.#tensors.get(tensor.id) ?? []) this.#groups[this.#root(group)]!.fixed = true
  }

  groups(): readonly ChannelGroup[] {
    return this.#groups.filter((group, i) => this.#root(i) === i && group.producers.length > 0)
  }

  layer(layer: BuiltLayer): void {
    const node = layer.inboundNodes[0]!
    const given = node.inputTensors.map(({ id }) => this.#tensors.get(id) ?? [])
    const output = node.outputTensors[0]!
    this.#tensors.set(output.id, this.#after(layer, given, node.inputTensors, output))
    // A softmax depends on all channels: removing one would change the others.
    if (/softmax/i.test(`${layer.getClassName()} ${standsFor(layer).getConfig().activation}`)) this.fix(output)
  }

  #after(layer: BuiltLayer, given: readonly (readonly Run[])[], inputs: readonly SymbolicTensor[], output: SymbolicTensor): readonly Run[] {
    const [first = []] = given
    const worker = standsFor(layer)
    const kind = worker.getClassName()
    if (passing.has(kind)) {
      const zero = atZero(worker)
      if (!Number.isFinite(zero)) return this.#unknown(given, output)
      if (zero !== 0) for (const { group } of first) this.#groups[this.#root(group)]!.speaks = true
      return first
    }
    if (adding.has(kind)) return given.reduce((a, b) => this.#joined(a, b))
    switch (kind) {
      case 'Conv2D':
        return this.#produced(layer, first, { reads: 2, makes: 3 }, output)
      case 'Dense':
        return this.#produced(layer, first, { reads: 0, makes: 1 }, output)
      case 'DepthwiseConv2D':
        if (worker.getConfig().depthMultiplier !== 1) break
        this.#on(first, layer, ['r', 's'], 1, 'sources')
        this.#on(first, layer, ['kernel'], 2, 'sources')
        this.#on(first, layer, ['bias'], 0, 'sources')
        return first
      case 'Conv2DTranspose':
        return this.#produced(layer, first, { reads: 3, makes: 2 }, output)
      case 'BatchNormalization':
        this.#on(first, layer, ['gamma', 'beta', 'moving_mean', 'moving_variance'], 0, 'sources')
        return first
      case 'Flatten':
        // [height, width, channels] row-major: the channels repeat at every position.
        return first.length === 1 ? [{ ...first[0]!, width: sizeOf(inputs[0]!.shape.slice(1) as number[]) }] : this.#unknown(given, output)
      case 'Attention': {
        const { size: each } = worker.getConfig() as { readonly size: number }
        const heads = given.map((runs) => this.#everySo(runs, output.shape.at(-1)! / each))
        if (heads.includes(false)) break
        return given.reduce((a, b) => this.#joined(a, b))
      }
      case 'Scale':
        // Also for each position, if its constants have more than one axis.
        this.#on(first, layer, ['gamma', 'beta'], Number(worker.getConfig().rank) - 1, 'sources')
        return first
      case 'Slice':
        if (Number(worker.getConfig().axis) < output.shape.length - 1) return first
        break
      case 'Concatenate':
        if ([-1, output.shape.length - 1].includes(Number(worker.getConfig().axis))) return given.flat()
        break
    }
    return this.#unknown(given, output)
  }

  #produced(layer: BuiltLayer, given: readonly Run[], axes: { readonly reads: number; readonly makes: number }, output: SymbolicTensor) {
    this.#on(given, layer, ['kernel'], axes.reads, 'readers')
    this.#on(given, layer, ['r'], 1, 'readers')
    const size = output.shape.at(-1)!
    const group = this.#new(size, false)
    const made = [{ group, width: size }]
    this.#groups[group]!.producers.push(layer.name)
    this.#on(made, layer, ['kernel'], axes.makes, 'sources')
    this.#on(made, layer, ['bias'], 0, 'sources')
    this.#on(made, layer, ['s'], 1, 'sources')
    return made
  }

  /** Records that these channels are along an axis of the layer's weights, for those that exist. */
  #on(runs: readonly Run[], layer: BuiltLayer, names: readonly string[], axis: number, list: 'sources' | 'readers'): void {
    const { name } = layer
    const own = layer.weights.map(({ originalName }) => weightNameOf(layer, originalName))
    let offset = 0
    for (const { group, width } of runs) {
      const { size, [list]: places } = this.#groups[this.#root(group)]!
      for (const weight of names.filter((one) => own.includes(one)))
        places.push({ parameter: `${name}/${weight}`, axis, offset, stride: size, repeat: width / size })
      offset += width
    }
  }

  /** Merges interleaved channels into one wherever they occur; false if they are not one run of a layer's units. */
  #everySo(runs: readonly Run[], size: number): boolean {
    const [run, ...others] = runs
    const group = run === undefined ? undefined : this.#groups[this.#root(run.group)]!
    if (run === undefined || group === undefined || others.length > 0 || group.fixed || group.size % size !== 0) return false
    const times = group.size / size
    if (times === 1) return true
    const finer = (places: Place[]) => {
      for (const [i, place] of places.entries()) places[i] = { ...place, stride: size, repeat: place.repeat * times }
    }
    finer(group.sources)
    finer(group.readers)
    group.units = (group.units ?? 1) * times
    group.size = size
    return true
  }

  /** Tensors that are added share their channels. */
  #joined(a: readonly Run[], b: readonly Run[]): readonly Run[] {
    const alike = (one: Run, other: Run): boolean => {
      const [own, its] = [one, other].map(({ group }) => this.#groups[this.#root(group)]!)
      return one.width === other.width && own!.size === its!.size && own!.units === its!.units
    }
    if (a.length !== b.length || !a.every((run, i) => alike(run, b[i]!))) {
      for (const { group } of [...a, ...b]) this.#groups[this.#root(group)]!.fixed = true
      return a
    }
    for (const [i, { group }] of a.entries()) this.#merge(group, b[i]!.group)
    return a
  }

  #merge(a: number, b: number): void {
    const [kept, gone] = [this.#root(a), this.#root(b)].toSorted((x, y) => x - y) as [number, number]
    if (kept === gone) return
    const [into, from] = [this.#groups[kept]!, this.#groups[gone]!]
    into.fixed ||= from.fixed
    if (from.speaks) into.speaks = true
    into.producers.push(...from.producers)
    into.sources.push(...from.sources)
    into.readers.push(...from.readers)
    this.#parent[gone] = kept
  }

  /** An unknown layer: no channel before or after it may be removed. */
  #unknown(given: readonly (readonly Run[])[], output: SymbolicTensor): readonly Run[] {
    for (const { group } of given.flat()) this.#groups[this.#root(group)]!.fixed = true
    const size = output.shape.at(-1)!
    return [{ group: this.#new(size, true), width: size }]
  }

  #new(size: number, fixed: boolean): number {
    this.#groups.push({ size, fixed, producers: [], sources: [], readers: [] })
    this.#parent.push(this.#groups.length - 1)
    return this.#groups.length - 1
  }

  #root(group: number): number {
    let root = group
    while (this.#parent[root] !== root) root = this.#parent[root]!
    return root
  }
}
