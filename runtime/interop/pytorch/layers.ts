/** Layers with weights as PyTorch modules. */
import type { LayersModel } from '../../../stdlib/engine.ts'
import { type BuiltLayer, layersOf, type SymbolicTensor } from '../../../stdlib/models/structure/rebuild.ts'
import { weightNameOf } from '../../../stdlib/models/structure/topology.ts'
import { sizeOf } from '../../../stdlib/network.ts'
import { type Heads, headsIn } from './attention.ts'
import type { ModuleKind } from './modules.ts'
import { namesIn } from './names.ts'
import { noModule, recurrentIn } from './recurrent.ts'

/** One PyTorch module: a layer here, or query, key and value of an attention. */
export interface WeightedModule {
  readonly layers: readonly string[]
  /** Common names in PyTorch; exports use the first. */
  readonly names: readonly string[]
  readonly kind: ModuleKind
  readonly weights: readonly ModuleWeight[]
}

export interface ModuleWeight {
  readonly layer: string
  /** The parameter's name here: `conv1/kernel`. */
  readonly name: string
  /** Number of values. */
  readonly size: number
  /** Name of the tensor in the module. */
  readonly tensor: string
  /** Shape of the module's tensor, which may combine several layers. */
  readonly shape: readonly number[]
  /** Maps an index here to the index in PyTorch's tensor. */
  readonly from: (position: number) => number
  /** A second tensor of this shape that PyTorch adds. Exports write zeros. */
  readonly added?: string
}

const tensors: { readonly [role: string]: string } = {
  kernel: 'weight',
  gamma: 'weight',
  embeddings: 'weight',
  bias: 'bias',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
  positions: '',
}

const kinds: { readonly [kind: string]: ModuleKind } = {
  Conv2D: 'convolution',
  DepthwiseConv2D: 'convolution',
  Dense: 'dense',
  Embedding: 'dense',
  BatchNormalization: 'norm',
  LayerNormalization: 'norm',
  Bidirectional: 'recurrent',
  LSTM: 'recurrent',
  SimpleRNN: 'recurrent',
  Positions: 'parameter',
}

type Order = Pick<ModuleWeight, 'shape' | 'from'>

/** A layer without a PyTorch module. */
export interface Strange {
  readonly layer: string
  readonly kind: string
  readonly reason?: string
}

export function weightedModules(model: LayersModel): readonly WeightedModule[] | Strange {
  const all = layersOf(model).filter(({ weights }) => weights.length > 0)
  const attentions = headsIn(model)
  if (typeof attentions === 'string') return { layer: attentions, kind: 'Attention' }
  const strange = all.find((layer) => {
    const kind = kinds[layer.getClassName()]
    return kind === undefined || (kind === 'recurrent' && recurrentIn(layer.getClassName(), layer.getConfig()) === undefined)
  })
  if (strange !== undefined) return strangeLayer(strange)
  const names = namesIn(model)
  const made = new Map(layersOf(model).map((layer) => [layer.inboundNodes[0]!.outputTensors[0]!.id, layer]))
  const weightsOf = (layer: BuiltLayer) => moduleWeights(layer, made, attentions)
  return all.flatMap((layer): WeightedModule[] => {
    const heads = attentions.find(({ projections }) => projections.includes(layer))
    if (heads === undefined)
      return [{ layers: [layer.name], names: names(layer.name), kind: kinds[layer.getClassName()]!, weights: weightsOf(layer) }]
    if (layer !== heads.projections[0]) return []
    const layers = heads.projections.map(({ name }) => name)
    return [{ layers, names: names(`${heads.attention.name}_qkv`), kind: 'dense', weights: heads.projections.flatMap(weightsOf) }]
  })
}

export function strangeLayer(layer: BuiltLayer): Strange {
  const kind = layer.getClassName()
  const reason = noModule(kind, layer.getConfig())
  return { layer: layer.name, kind, ...(reason === undefined ? {} : { reason }) }
}

type Made = ReadonlyMap<number, BuiltLayer>

function moduleWeights(layer: BuiltLayer, made: Made, attentions: readonly Heads[]): readonly ModuleWeight[] {
  return (layer.weights as readonly { readonly originalName: string; readonly shape: readonly number[] }[]).map(
    ({ originalName, shape }) => {
      const role = weightNameOf(layer, originalName)
      const of = { layer: layer.name, name: `${layer.name}/${role}`, size: sizeOf(shape) }
      if (kinds[layer.getClassName()] === 'recurrent') return { ...of, ...recurrentWeight(role, shape) }
      const order = role === 'kernel' ? turnedKernel(layer, shape, made) : { shape, from: (at: number) => at }
      return {
        ...of,
        tensor: tensors[role]!,
        ...byHead(role === 'positions' ? { ...order, shape: [1, ...shape] } : order, layer, made, attentions),
      }
    },
  )
}

/** Gates have the same order in both: input, forget, cell, output. PyTorch has a second bias, for the state. */
function recurrentWeight(name: string, shape: readonly number[]): Omit<ModuleWeight, 'layer' | 'name' | 'size'> {
  const [, direction, role] = /^(?:(forward|backward)_)?(.+)$/.exec(name)!
  const end = direction === 'backward' ? '_reverse' : ''
  if (role === 'bias') return { tensor: `bias_ih${end}`, added: `bias_hh${end}`, shape, from: (at) => at }
  const [inputs, gates] = shape as [number, number]
  const from = (at: number) => (at % gates) * inputs + Math.floor(at / gates)
  return { tensor: `weight_${role === 'kernel' ? 'ih' : 'hh'}${end}`, shape: [gates, inputs], from }
}

/** Projections into heads are row blocks of one matrix, with permuted rows; the projection out of heads has permuted columns. */
function byHead({ shape, from }: Order, layer: BuiltLayer, made: Made, attentions: readonly Heads[]): Order {
  const giving = attentions.find(({ projections }) => projections.includes(layer))
  if (giving !== undefined) {
    const { width, place, projections } = giving
    const [, inputs = 1] = shape
    const first = projections.indexOf(layer) * width
    const moved = (row: number, column: number) => (first + place(row)) * inputs + column
    return {
      shape: [projections.length * width, ...shape.slice(1)],
      from: (at) => moved(Math.floor(from(at) / inputs), from(at) % inputs),
    }
  }
  const reading = attentions.find(({ attention }) => attention === made.get(layer.inboundNodes[0]!.inputTensors[0]!.id))
  if (reading === undefined || shape.length < 2) return { shape, from }
  const { width, place } = reading
  return { shape, from: (at) => Math.floor(from(at) / width) * width + place(from(at) % width) }
}

function turnedKernel(layer: BuiltLayer, shape: readonly number[], made: Made): Order {
  switch (layer.getClassName()) {
    case 'Conv2D': {
      const [height, width, channels, filters] = shape as [number, number, number, number]
      const window = height * width
      // [window, in, out] → [out, in, window]
      const from = (at: number) =>
        ((at % filters) * channels + (Math.floor(at / filters) % channels)) * window + Math.floor(at / filters / channels)
      return { shape: [filters, channels, height, width], from }
    }
    case 'DepthwiseConv2D': {
      const [height, width, channels, multiple] = shape as [number, number, number, number]
      const outputs = channels * multiple
      // [window, channels · multiple] → [channels · multiple, window]
      return { shape: [outputs, 1, height, width], from: (at) => (at % outputs) * height * width + Math.floor(at / outputs) }
    }
    default: {
      const [inputs, units] = shape as [number, number]
      const picture = flattened(layer.inboundNodes[0]!.inputTensors[0]!, made)
      const [channels, pixels] = picture === undefined ? [inputs, 1] : [picture.at(-1)!, sizeOf(picture.slice(0, -1))]
      // [pixel, channel, unit] → [unit, channel, pixel]: PyTorch flattens images channels-first
      const from = (at: number) => {
        const [input, unit] = [Math.floor(at / units), at % units]
        return unit * inputs + (input % channels) * pixels + Math.floor(input / channels)
      }
      return { shape: [units, inputs], from }
    }
  }
}

/** [height, width, channels] of the image that was flattened to this vector; undefined if there is none. */
function flattened(vector: SymbolicTensor, made: Made): readonly number[] | undefined {
  for (let layer = made.get(vector.id); layer !== undefined; layer = made.get(layer.inboundNodes[0]!.inputTensors[0]!.id)) {
    if (!['Flatten', 'Dropout', 'Activation'].includes(layer.getClassName())) return undefined
    const shape = layer.inboundNodes[0]!.inputTensors[0]!.shape.slice(1) as number[]
    if (layer.getClassName() === 'Flatten') return shape.length === 3 ? shape : undefined
  }
  return undefined
}
