/** A plain convolutional network with batch norm for 28 × 28 images, as wide and as deep as asked. */
import { type Arch, type Model, modelOf } from '../../dsl/index.ts'
import type { Json } from '../../dsl/stage.ts'
import type { LayersModel, Tf } from '../engine.ts'

export interface BnConv extends Arch {
  readonly classes: 10
  readonly layers: { readonly [layer: string]: number; readonly out: 10 }
  readonly channels: 'has channels'
  readonly norm: 'batch-norm'
  readonly features: 'feature map'
  readonly members: 1
}

/**
 * For each width a 3×3 convolution without bias, batch norm, ReLU; strides 2, 2, 1, 1, …; symmetric padding of 1;
 * then global average pooling and a linear layer. He-normal kernels (fan-in).
 * @param widths channels of the convolutions `conv1`, `conv2`, …, each 1 or more; default 8, 16, 16
 */
export const bnConv = (widths: readonly number[] = [8, 16, 16]): Model<BnConv> =>
  modelOf<BnConv>(
    { name: 'bnConv', options: { widths } },
    {
      classes: 10,
      layers: { ...Object.fromEntries(widths.map((width, i) => [`conv${i + 1}`, width])), out: 10 },
      channels: 'has channels',
      norm: 'batch-norm',
      features: 'feature map',
      members: 1,
    },
  )

/** input [batch, 28, 28, 1] → logits [batch, 10] */
export function buildBnConv({ layers, sequential }: Tf, options: { readonly [name: string]: Json }): LayersModel {
  const widths = options.widths as readonly number[] // what bnConv() wrote
  const kernelInitializer = 'heNormal'
  return sequential({
    layers: [
      layers.zeroPadding2d({ name: 'pad1', padding: 1, inputShape: [28, 28, 1] }),
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
        layers.batchNormalization({ name: `bn${i + 1}`, momentum: 0.9, epsilon: 1e-5 }),
        layers.activation({ name: `relu${i + 1}`, activation: 'relu' }),
      ]),
      layers.globalAveragePooling2d({ name: 'pool', dataFormat: 'channelsLast' }),
      layers.dense({ name: 'out', units: 10, kernelInitializer }),
    ],
  })
}
