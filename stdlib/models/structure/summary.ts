/** What a network costs: parameters, and multiplications with additions for one image, layer by layer. */
import type { LayersModel } from '../../engine.ts'
import { keptOf } from '../../masks.ts'
import { isKernel, type Masks, type Parameter, sizeOf, type Topology } from '../../network.ts'
import { layersOf, standsFor } from './rebuild.ts'

/** How operations are counted, for every place that prints them. */
export const countingRule =
  'MACs of convolutions and linear layers for one image; biases, batch norm, activations, additions, pooling and the products between the places of an attention are not counted. FLOPs = 2 · MACs.'

export interface LayerCost {
  readonly layer: string
  /** tf.layers' word: `Conv2D`, `Dense`, … */
  readonly kind: string
  /** Of what it gives, without the batch. */
  readonly output: readonly number[]
  /** Trainable ones: running statistics are none. */
  readonly parameters: number
  /** Multiplications with their additions for one image. */
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
    const [, ...output] = layer.inboundNodes[0]!.outputTensors[0]!.shape as number[] // the batch's size is open
    const trainable = own.filter((parameter) => parameter.trainable).reduce((sum, { shape }) => sum + sizeOf(shape), 0)
    const kind = standsFor(layer).getClassName()
    // A kernel of a transposed convolution or a recurrent layer is used once for each position of what it reads.
    const reading = kind === 'Conv2DTranspose' || own.some(({ role }) => role === 'recurrent')
    const [, ...positions] = layer.inboundNodes[0]![reading ? 'inputTensors' : 'outputTensors'][0]!.shape
    return [{ layer: layer.name, kind, output, parameters: trainable, macs: (sizes.get(layer.name) ?? 0) * placesIn(positions) }]
  })
  const total = (of: (cost: LayerCost) => number) => layers.reduce((sum, cost) => sum + of(cost), 0)
  const macs = total((cost) => cost.macs)
  return { layers, parameters: total((cost) => cost.parameters), macs, flops: 2 * macs }
}

/** Weights of the kernels among these, by layer: of a recurrent layer and of a separable convolution two. */
export function kernelSizes(parameters: Iterable<Parameter>): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>()
  for (const { layer, role, shape } of parameters) if (isKernel({ role })) sizes.set(layer, (sizes.get(layer) ?? 0) + sizeOf(shape))
  return sizes
}

/** Every weight of a kernel is used once for each position: at each row but the last axis. Of sequences of any length one step counts. */
const placesIn = (shape: readonly (number | null)[]): number => sizeOf(shape.slice(0, -1).map((size) => size ?? 1))

export interface Left {
  /** Trainable parameters that no mask removes. */
  readonly parameters: number
  /** Of each layer its MACs × the fraction of its kernels that is left (Blalock et al., 2020). */
  readonly macs: number
}

/** What masks leave of it, in theory: kernels with zeros take as long as others. */
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
