/** A plain convolutional network with batch norm, of any width and depth. */
import { inRange, ranges } from '../../../dsl/check/checks.ts'
import type { Model } from '../../../dsl/index.ts'
import { type ClassesOption, classesIn, type ModelBuilder, mnistImages, type NormedNet, normedNet, shapeIn } from '../blocks/description.ts'
import { batchNorm } from '../blocks/pieces.ts'

/** `W` is the widths, from input to output. */
export interface BnConv<W extends readonly number[] = readonly [8, 16, 16], C extends number = 10> extends NormedNet<Convolutions<W>, C> {}

/** `conv1`, `conv2`, …, one for each width; any names if the number is unknown. */
type Convolutions<W extends readonly number[]> = number extends W['length']
  ? { readonly [layer: `conv${number}`]: number }
  : { readonly [I in keyof W & `${number}` as `conv${Next<I>}`]: W[I] }

/** The next number: positions count from 0, layers from 1. */
type Next<I extends string> = I extends keyof After ? After[I] : number
type After = readonly [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]

/**
 * For each width, a 3×3 convolution without bias, batch norm and ReLU; strides 2, 2, 1, 1, …; symmetric padding of 1. Then global average
 * pooling and a linear layer. He-normal kernels (fan-in).
 * @param widths channels of the convolutions `conv1`, `conv2`, …, each 1 or more; default 8, 16, 16
 */
export const bnConv = <const W extends readonly number[] = readonly [8, 16, 16], const C extends number = 10>(
  widths?: W,
  options?: ClassesOption<C>,
): Model<BnConv<W, C>> => {
  const verb = 'bnConv()'
  const classes = classesIn(verb, options)
  const given: readonly number[] = widths ?? [8, 16, 16]
  for (const width of given) inRange(verb, 'widths', width, ranges.count)
  const layers = given.map((width, i) => [`conv${i + 1}`, width] as const)
  return normedNet<BnConv<W, C>>('bnConv', { widths: given }, layers, classes, mnistImages)
}

/** input [batch, height, width, channels] → logits [batch, classes] */
export const buildBnConv: ModelBuilder = ({ layers, sequential }, options) => {
  const widths = options.widths as readonly number[] // what bnConv() wrote
  const { input, classes } = shapeIn(options, mnistImages)
  const kernelInitializer = 'heNormal'
  return sequential({
    layers: [
      layers.zeroPadding2d({ name: 'pad1', padding: 1, inputShape: input }),
      ...widths.flatMap((filters, i) => [
        ...(i === 0 ? [] : [layers.zeroPadding2d({ name: `pad${i + 1}`, padding: 1 })]),
        layers.conv2d({
          name: `conv${i + 1}`,
          filters,
          kernelSize: 3,
          strides: i < 2 ? 2 : 1,
          padding: 'valid',
          useBias: false,
          kernelInitializer,
        }),
        layers.batchNormalization({ name: `bn${i + 1}`, ...batchNorm }),
        layers.activation({ name: `relu${i + 1}`, activation: 'relu' }),
      ]),
      layers.globalAveragePooling2d({ name: 'pool', dataFormat: 'channelsLast' }),
      layers.dense({ name: 'out', units: classes, kernelInitializer }),
    ],
  })
}
