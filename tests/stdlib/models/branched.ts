/** Networks with the joints that structured pruning has to get right, small enough to check by hand. */
import type { LayersModel, Tf } from '../../../stdlib/engine.ts'

export const input = [8, 8, 3] as const

/** conv1 → bn1 → relu → [conv2 → bn2 → relu → conv3 → bn3] + itself → relu → pool → out: conv1 and conv3 share their channels. */
export function residual({ input: begin, layers, model }: Tf): LayersModel {
  const images = begin({ shape: [...input] })
  const conv = (name: string, filters: number) => layers.conv2d({ name, filters, kernelSize: 3, padding: 'same', useBias: false })
  const norm = (name: string) => layers.batchNormalization({ name })
  const relu = () => layers.activation({ activation: 'relu' })
  const trunk = relu().apply(norm('bn1').apply(conv('conv1', 6).apply(images))) as typeof images
  const inner = relu().apply(norm('bn2').apply(conv('conv2', 5).apply(trunk))) as typeof images
  const branch = norm('bn3').apply(conv('conv3', 6).apply(inner)) as typeof images
  const joined = relu().apply(layers.add().apply([trunk, branch])) as typeof images
  const pooled = layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }).apply(joined) as typeof images
  return model({ inputs: images, outputs: layers.dense({ name: 'out', units: 4 }).apply(pooled) as typeof images })
}

/** conv1 → depthwise → bn → relu → pointwise → flatten → out, biases everywhere. */
export function separable({ layers, sequential }: Tf): LayersModel {
  return sequential({
    layers: [
      layers.conv2d({ name: 'conv1', filters: 6, kernelSize: 3, strides: 2, padding: 'same', inputShape: [...input] }),
      layers.depthwiseConv2d({ name: 'depthwise', kernelSize: 3, padding: 'same' }),
      layers.batchNormalization({ name: 'bn' }),
      layers.activation({ activation: 'relu' }),
      layers.conv2d({ name: 'pointwise', filters: 5, kernelSize: 1 }),
      layers.flatten(),
      layers.dense({ name: 'out', units: 4 }),
    ],
  })
}

/** Two convolutions side by side, concatenated, read by one more. */
export function parallel({ input: begin, layers, model }: Tf): LayersModel {
  const images = begin({ shape: [...input] })
  const conv = (name: string, filters: number) => layers.conv2d({ name, filters, kernelSize: 3, padding: 'same', activation: 'relu' })
  const both = layers.concatenate().apply([conv('left', 4).apply(images), conv('right', 6).apply(images)] as (typeof images)[])
  const joined = conv('joined', 5).apply(both) as typeof images
  const flat = layers.flatten().apply(joined) as typeof images
  return model({ inputs: images, outputs: layers.dense({ name: 'out', units: 4 }).apply(flat) as typeof images })
}

/** An activation that is not zero at zero. */
export function sigmoid({ layers, sequential }: Tf): LayersModel {
  return sequential({
    layers: [
      layers.flatten({ inputShape: [...input] }),
      layers.dense({ name: 'fc1', units: 12, activation: 'sigmoid' }),
      layers.dense({ name: 'fc2', units: 8, activation: 'tanh' }),
      layers.dense({ name: 'out', units: 4 }),
    ],
  })
}
