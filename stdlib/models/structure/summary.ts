/** The cost of a network: parameters, and multiply-accumulates for one image, by layer. */
import type { LayersModel } from '../../engine.ts'
import { keptOf } from '../../masks.ts'
import { isKernel, type Masks, type Parameter, sizeOf, type Topology } from '../../network.ts'
import { layersOf, standsFor } from './rebuild.ts'

/** How operations are counted, wherever they are printed. */
export const countingRule =
  'MACs of convolutions and linear layers for one image; biases, batch norm, activations, additions, pooling and the products between the places of an attention are not counted. FLOPs = 2 · MACs.'

export interface LayerCost {
  readonly layer: string
  /** tf.layers' name: `Conv2D`, `Dense`, … */
  readonly kind: string
  /** The output shape, without the batch. */
  readonly output: readonly number[]
  /** Trainable parameters, without running statistics. */
  readonly parameters: number
  /** Multiply-accumulates for one image. */
  readonly macs: number
}

export interface Summary {
  /** Those with parameters, from input to output. */
  readonly layers: readonly LayerCost[]
  readonly parameters: number
  readonly macs: number
  /** 2 · MACs. */
  readonly flops: number
}

export function summaryOf(model: LayersModel, { parameters }: Pick<Topology, 'parameters'>): Summary {
  const sizes = kernelSizes(parameters)
  const layers = layersOf(model).flatMap((layer) => {
    const own = parameters.filter((parameter) => parameter.layer === layer.name)
    if (own.length === 0) return []
    const [, ...output] = layer.inboundNodes[0]!.outputTensors[0]!.shape as number[] // the batch size is unknown
    const trainable = own.filter((parameter) => parameter.trainable).reduce((sum, { shape }) => sum + sizeOf(shape), 0)
    const kind = standsFor(layer).getClassName()
    // A kernel of a transposed convolution or a recurrent layer is used once for each input position.
    const reading = kind === 'Conv2DTranspose' || own.some(({ role }) => role === 'recurrent')
    const [, ...positions] = layer.inboundNodes[0]![reading ? 'inputTensors' : 'outputTensors'][0]!.shape
    return [{ layer: layer.name, kind, output, parameters: trainable, macs: (sizes.get(layer.name) ?? 0) * placesIn(positions) }]
  })
  const total = (of: (cost: LayerCost) => number) => layers.reduce((sum, cost) => sum + of(cost), 0)
  const macs = total((cost) => cost.macs)
  return { layers, parameters: total((cost) => cost.parameters), macs, flops: 2 * macs }
}

/** The number of kernel weights, by layer; recurrent layers and separable convolutions have two kernels. */
export function kernelSizes(parameters: Iterable<Parameter>): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>()
  for (const { layer, role, shape } of parameters) if (isKernel({ role })) sizes.set(layer, (sizes.get(layer) ?? 0) + sizeOf(shape))
  return sizes
}

/** Every weight of a kernel is used once for each position, over all axes but the last. For sequences of unknown length one step counts. */
const placesIn = (shape: readonly (number | null)[]): number => sizeOf(shape.slice(0, -1).map((size) => size ?? 1))

export interface Left {
  /** Trainable parameters that no mask removes. */
  readonly parameters: number
  /** The MACs of each layer × the density of its kernels (Blalock et al., 2020). */
  readonly macs: number
}

/** The masked cost, in theory: kernels with zeros are not faster. */
export function leftOf({ layers }: Summary, { parameters }: Topology, masks: Masks): Left {
  const macs = new Map(layers.map((cost) => [cost.layer, cost.macs]))
  const sizes = kernelSizes(parameters)
  let left: Left = { parameters: 0, macs: 0 }
  for (const parameter of parameters) {
    const { layer, trainable } = parameter
    const kept = keptOf(masks, parameter)
    const kernelMacs = isKernel(parameter) ? (macs.get(layer)! * kept) / sizes.get(layer)! : 0
    left = { parameters: left.parameters + (trainable ? kept : 0), macs: left.macs + kernelMacs }
  }
  return left
}
