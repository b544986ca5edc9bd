/** The layers of a network that have weights, as PyTorch's modules would have them. */
import type { LayersModel } from '../../../stdlib/engine.ts'
import { type BuiltLayer, layersOf, type SymbolicTensor } from '../../../stdlib/models/structure/rebuild.ts'
import { weightNameOf } from '../../../stdlib/models/structure/topology.ts'
import { sizeOf } from '../../../stdlib/network.ts'
import type { ModuleKind } from './modules.ts'

export interface WeightedLayer {
  readonly name: string
  readonly kind: ModuleKind
  readonly weights: readonly LayerWeight[]
}

export interface LayerWeight {
  /** Of the parameter here: `conv1/kernel`. */
  readonly name: string
  /** In the module. */
  readonly tensor: string
  /** In PyTorch's order. */
  readonly shape: readonly number[]
  /** Where each value comes from: position here → position in PyTorch's tensor. */
  readonly from: (position: number) => number
}

const tensors: { readonly [role: string]: string } = {
  kernel: 'weight',
  gamma: 'weight',
  bias: 'bias',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
}

const kinds: { readonly [kind: string]: ModuleKind } = {
  Conv2D: 'convolution',
  DepthwiseConv2D: 'convolution',
  Dense: 'dense',
  BatchNormalization: 'norm',
}

/** @returns undefined when a layer is of a kind that PyTorch has no module for */
export function weightedLayers(model: LayersModel): readonly WeightedLayer[] | undefined {
  const all = layersOf(model).filter(({ weights }) => weights.length > 0)
  const made = new Map(layersOf(model).map((layer) => [layer.inboundNodes[0]!.outputTensors[0]!.id, layer]))
  const layers = all.flatMap((layer): WeightedLayer[] => {
    const kind = kinds[layer.getClassName()]
    if (kind === undefined) return []
    const weights = (layer.weights as readonly { readonly originalName: string; readonly shape: readonly number[] }[]).map((weight) => {
      const role = weightNameOf(layer, weight.originalName)
      const turned = role === 'kernel' ? turnedKernel(layer, weight.shape, made) : { shape: weight.shape, from: (at: number) => at }
      return { name: `${layer.name}/${role}`, tensor: tensors[role]!, ...turned }
    })
    return [{ name: layer.name, kind, weights }]
  })
  return layers.length === all.length ? layers : undefined
}

type Made = ReadonlyMap<number, BuiltLayer>

function turnedKernel(layer: BuiltLayer, shape: readonly number[], made: Made): Pick<LayerWeight, 'shape' | 'from'> {
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
      // [pixel, channel, unit] → [unit, channel, pixel]: a picture is flattened channel by channel there
      const from = (at: number) => {
        const [input, unit] = [Math.floor(at / units), at % units]
        return unit * inputs + (input % channels) * pixels + Math.floor(input / channels)
      }
      return { shape: [units, inputs], from }
    }
  }
}

/** [height, width, channels] of the picture that a vector is. */
function flattened(vector: SymbolicTensor, made: Made): readonly number[] | undefined {
  for (let layer = made.get(vector.id); layer !== undefined; layer = made.get(layer.inboundNodes[0]!.inputTensors[0]!.id)) {
    if (!['Flatten', 'Dropout', 'Activation'].includes(layer.getClassName())) return undefined
    const shape = layer.inboundNodes[0]!.inputTensors[0]!.shape.slice(1) as number[]
    if (layer.getClassName() === 'Flatten') return shape.length === 3 ? shape : undefined
  }
  return undefined
}
