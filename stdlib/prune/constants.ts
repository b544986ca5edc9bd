/**
 * Constants of channels whose kernels are removed. Bias and batch norm produce a constant, the same at all positions, which stays constant
 * through the following activations. A layer that reads it adds the sum of its window times that constant to each output. When the channel
 * is removed, this sum is added to the layer's bias, or subtracted from the running mean of the batch norm after it. The output of the
 * network is unchanged except at the edges of maps, where windows reach into zero padding, which did not contain the constant.
 */
import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { Engine } from '../engine.ts'
import { applyMasks } from '../masks.ts'
import type { ChannelGroup, Place } from '../models/structure/channels.ts'
import { type BuiltLayer, layersOf } from '../models/structure/rebuild.ts'
import { type Network, type Parameter, sizeOf, type Weights } from '../network.ts'
import type { BoundNetwork } from '../training/bound-network.ts'
import { aliveChannels } from './structured.ts'

/**
 * The network with the constants of its dead channels added to the layers that read them. @throws PipelineProblem if a layer has no bias or
 * batch norm for one
 */
export async function withConstantsInReaders(engine: Engine, bound: BoundNetwork, network: Network): Promise<Network> {
  const parameters = new Map(network.topology.parameters.map((parameter) => [parameter.name, parameter]))
  const shapes = new Map([...parameters].map(([name, { shape }]) => [name, shape]))
  const speaking = bound
    .channels()
    .filter(({ fixed }) => !fixed)
    .map((group) => ({ group, channels: speakingChannels(group, network, shapes) }))
    .filter(({ channels }) => channels.length > 0)
  // If removed channels are silent, nothing is computed and no bit changes.
  if (speaking.length === 0) return network
  const weights = applyMasks(network.weights, network.masks)
  const layers = new Map(layersOf(bound.model).map((layer) => [layer.name, layer]))
  const places = speaking.flatMap(({ group: { readers, speaks }, channels }) => readers.map((place) => ({ place, channels, speaks })))
  const given = await inputsOf(
    engine,
    bound,
    weights,
    [...new Set(places.map(({ place }) => layerOf(place)))].map((name) => layers.get(name)!),
  )
  const changed = new Map(weights)
  for (const { place, channels, speaks } of places) {
    const layer = layers.get(layerOf(place))!
    const shift = shiftOf(place, channels, given.get(layer.name)!, parameters, weights)
    // A gate of a silent channel has no effect.
    if (speaks && shift.every((each) => each === 0)) continue
    const { parameter, sign } = placeFor(layer, layersOf(bound.model), parameters)
    changed.set(
      parameter,
      changed.get(parameter)!.map((value, unit) => value + sign * shift[unit]!),
    )
  }
  return { ...network, weights: changed }
}

/** Channels without a kernel that are not silent, or not silent where they are read. */
function speakingChannels(group: ChannelGroup, { masks }: Network, shapes: ReadonlyMap<string, readonly number[]>): number[] {
  const [withKernel, heard] = [aliveChannels(group, masks, shapes, 'kernels'), aliveChannels(group, masks, shapes, 'silent')]
  return [...heard.keys()].filter((c) => (heard[c] === 1 || group.speaks === true) && withKernel[c] === 0)
}

const layerOf = ({ parameter }: Place): string => parameter.slice(0, parameter.lastIndexOf('/'))

/** The input of each layer in the middle of its map, for an image of zeros. For dead channels it is the same for every image. */
async function inputsOf(
  engine: Engine,
  bound: BoundNetwork,
  weights: Weights,
  readers: readonly BuiltLayer[],
): Promise<ReadonlyMap<string, Float32Array>> {
  const { tf } = engine
  bound.load(weights)
  const sources = readers.map((layer) => layer.inboundNodes[0]!.inputTensors[0]!.sourceLayer.name)
  const images = tf.zeros([1, ...bound.topology.input])
  const { logits, taps } = bound.tapped(sources, images, false)
  const found = new Map<string, Float32Array>()
  for (const [i, tap] of taps.entries()) {
    const values = (await engine.read(tap)) as Float32Array // activations
    const [channels, [, height = 1, width = 1]] = [tap.shape.at(-1)!, tap.shape.slice(0, -1)]
    const middle = ((height >> 1) * width + (width >> 1)) * channels
    found.set(readers[i]!.name, values.slice(middle, middle + channels))
  }
  tf.dispose([images, logits, ...taps])
  return found
}

/** For each output: the sum over window and dead channels of kernel times constant. */
function shiftOf(
  { parameter, axis, offset, stride, repeat }: Place,
  channels: readonly number[],
  given: Float32Array,
  parameters: ReadonlyMap<string, Parameter>,
  weights: Weights,
): Float64Array {
  const { shape } = parameters.get(parameter)!
  const [kernel, units] = [weights.get(parameter)!, shape.at(-1)!]
  const shift = new Float64Array(units)
  const window = sizeOf(shape.slice(0, axis))
  const inputs = shape[axis]!
  for (let w = 0; w < window; w++)
    for (let r = 0; r < repeat; r++)
      for (const c of channels) {
        const input = offset + c + stride * r
        for (let unit = 0; unit < units; unit++) shift[unit]! += kernel[(w * inputs + input) * units + unit]! * given[input]!
      }
  return shift
}

/** It is added to a bias, or subtracted from the running mean of batch norm. */
function placeFor(
  layer: BuiltLayer,
  layers: readonly BuiltLayer[],
  parameters: ReadonlyMap<string, Parameter>,
): { readonly parameter: string; readonly sign: 1 | -1 } {
  const { name, inboundNodes } = layer
  if (parameters.has(`${name}/r`)) throw nowhere(name, 'a layer of a batch ensemble')
  if (layer.getClassName() === 'Conv2DTranspose') throw nowhere(name, 'whose windows overlap')
  if (parameters.has(`${name}/bias`)) return { parameter: `${name}/bias`, sign: 1 }
  const output = inboundNodes[0]!.outputTensors[0]!.id
  const [next, ...others] = layers.filter((layer) => layer.inboundNodes[0]!.inputTensors.some(({ id }) => id === output))
  if (next?.getClassName() !== 'BatchNormalization' || others.length > 0)
    throw nowhere(name, 'without a bias, and without batch norm after it')
  return { parameter: `${next.name}/moving_mean`, sign: -1 }
}

const nowhere = (layer: string, what: string) =>
  new PipelineProblem({
    title: `The constant that removed channels leave has no place in ${layer}, ${what}.`,
    facts: { layer },
    hint: "Prune with channels: 'silent', or exclude the layer before it.",
  })
