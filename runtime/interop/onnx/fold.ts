/** Folds batch norm into the preceding convolution or dense layer. With fixed statistics, both are linear. */
import type { BuiltLayer } from '../../../stdlib/models/structure/rebuild.ts'
import type { Weight } from './layer.ts'

/** Batch-norm layers that can be folded, by the name of the preceding layer, whose only consumer they must be. */
export function foldable(layers: readonly BuiltLayer[], outputs: readonly number[]): ReadonlyMap<string, BuiltLayer> {
  const readers = new Map<number, BuiltLayer[]>()
  for (const layer of layers) for (const { id } of layer.inboundNodes[0]!.inputTensors) readers.set(id, [...(readers.get(id) ?? []), layer])
  const linear = (layer: BuiltLayer) =>
    ['Conv2D', 'DepthwiseConv2D', 'Dense'].includes(layer.getClassName()) &&
    [undefined, null, 'linear'].includes(layer.getConfig().activation as string | null | undefined)
  return new Map(
    layers.filter(linear).flatMap((layer) => {
      const { id } = layer.inboundNodes[0]!.outputTensors[0]!
      const [reader, ...others] = readers.get(id) ?? []
      const only = others.length === 0 && !outputs.includes(id)
      return only && reader?.getClassName() === 'BatchNormalization' ? [[layer.name, reader] as const] : []
    }),
  )
}

/** Batch norm as factor · v + offset per channel. @param weight of the batch-norm layer */
function scaleOf(epsilon: number, channels: number, weight: (role: string) => Weight | undefined) {
  const of = (role: string, without: number) => weight(role)?.data ?? new Float32Array(channels).fill(without)
  const [gamma, beta, mean, variance] = [of('gamma', 1), of('beta', 0), of('moving_mean', 0), of('moving_variance', 1)]
  const factor = Float64Array.from(gamma, (each, i) => each / Math.sqrt(variance[i]! + epsilon))
  return { factor, offset: Float64Array.from(beta, (each, i) => each - mean[i]! * factor[i]!) }
}

/** The layer's weights after folding, with a bias. */
export function folded(
  own: (role: string) => Weight | undefined,
  norm: BuiltLayer,
  ofNorm: (role: string) => Weight | undefined,
): (role: string) => Weight | undefined {
  const { shape, data } = own('kernel')!
  const channels = ofNorm('moving_mean')!.data.length
  const { factor, offset } = scaleOf(Number(norm.getConfig().epsilon), channels, ofNorm)
  const bias = own('bias')?.data ?? new Float32Array(channels)
  const weights: { readonly [role: string]: Weight } = {
    // Output channels come last: [.., in, out], or [.., channels, multiple] for a depthwise layer.
    kernel: { shape, data: data.map((value, i) => value * factor[i % channels]!) },
    bias: { shape: [channels], data: bias.map((value, i) => value * factor[i]! + offset[i]!) },
  }
  return (role) => weights[role]
}
