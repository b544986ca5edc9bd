/** Small networks and one training step over them, for tests that need a whole model. Weights are plain numbers, the same everywhere. */
import type { Engine, LayersModel, Step, Tensor, Variable } from '../../../../stdlib/engine.ts'
import { vit } from '../../../../stdlib/index.ts'
import { buildModel } from '../../../../stdlib/network-registry.ts'
import { numbers } from './reference.ts'

export const networkNames = ['lenet', 'conv-bn', 'depthwise', 'dropout', 'lstm', 'gru', 'windows', 'transposed', 'attention'] as const
export type NetworkName = (typeof networkNames)[number]

const batch = 8
const inputs: Record<NetworkName, readonly number[]> = {
  lenet: [28, 28, 1],
  'conv-bn': [10, 10, 3],
  depthwise: [10, 10, 3],
  dropout: [6, 6, 1],
  lstm: [7],
  gru: [6, 3],
  windows: [9, 9, 2],
  transposed: [5, 5, 2],
  attention: [8, 8, 2],
}
const classes = 10
const tokens = 5

/** Smooth activations: a ReLU at nearly zero may fall on either side in two engines. */
function network(engine: Engine, name: NetworkName): LayersModel {
  const model = name === 'attention' ? buildModel(engine.tf, transformer) : stacked(engine, name)
  for (const [i, weight] of model.trainableWeights.entries()) {
    const { val } = weight as unknown as { val: Variable }
    if (val.rank > 1)
      engine.assign(
        val,
        Float32Array.from(numbers(val.size, i + 1), (value) => value * Math.sqrt((3 * val.shape.at(-1)!) / val.size)),
      )
  }
  return model
}

const { spec } = vit(1, { width: 6, heads: 2 })
const transformer = { name: spec.name, options: { ...spec.options, input: [...inputs.attention] } }

function stacked(engine: Engine, name: Exclude<NetworkName, 'attention'>): LayersModel {
  const { layers, sequential } = engine.tf
  const model = sequential()
  const activation = (kind: 'tanh' | 'elu') => layers.activation({ activation: kind })
  const build: Record<typeof name, () => void> = {
    lenet() {
      model.add(layers.flatten({ inputShape: [...inputs.lenet] }))
      for (const units of [300, 100]) model.add(layers.dense({ units, activation: 'tanh' }))
    },
    'conv-bn'() {
      model.add(layers.conv2d({ inputShape: [...inputs['conv-bn']], filters: 8, kernelSize: 3, padding: 'same', useBias: false }))
      model.add(layers.batchNormalization({ momentum: 0.9, epsilon: 1e-5 }))
      model.add(activation('tanh'))
      model.add(layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' }))
      model.add(layers.conv2d({ filters: 12, kernelSize: 3, strides: 2, padding: 'same', useBias: false }))
      model.add(layers.batchNormalization({ momentum: 0.9, epsilon: 1e-5 }))
      model.add(activation('elu'))
      model.add(layers.maxPooling2d({ poolSize: 2, padding: 'same' }))
      model.add(layers.flatten())
    },
    depthwise() {
      model.add(layers.conv2d({ inputShape: [...inputs.depthwise], filters: 6, kernelSize: 1 }))
      model.add(layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', depthMultiplier: 2, useBias: false }))
      model.add(layers.batchNormalization({ momentum: 0.9, epsilon: 1e-5 }))
      model.add(activation('tanh'))
      model.add(layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: 'valid' }))
      model.add(activation('tanh'))
      model.add(layers.globalAveragePooling2d({}))
    },
    dropout() {
      model.add(layers.flatten({ inputShape: [...inputs.dropout] }))
      model.add(layers.dense({ units: 32, activation: 'tanh' }))
      model.add(layers.dropout({ rate: 0.3 }))
    },
    lstm() {
      model.add(layers.embedding({ inputDim: tokens, outputDim: 4, batchInputShape: [null, ...inputs.lstm] }))
      model.add(layers.lstm({ units: 5, returnSequences: true, unitForgetBias: true, recurrentActivation: 'sigmoid' }))
      model.add(layers.layerNormalization())
      model.add(layers.spatialDropout1d({ rate: 0.5 }))
      model.add(layers.lstm({ units: 6 }))
    },
    gru() {
      model.add(layers.gru({ units: 5, returnSequences: true, inputShape: [...inputs.gru] }))
      model.add(layers.bidirectional({ layer: layers.simpleRNN({ units: 4 }) as never, mergeMode: 'concat' }))
    },
    windows() {
      model.add(layers.separableConv2d({ inputShape: [...inputs.windows], filters: 6, kernelSize: 3, activation: 'tanh' }))
      model.add(layers.reshape({ targetShape: [49, 6] }))
      model.add(layers.conv1d({ filters: 4, kernelSize: 3, strides: 2, activation: 'tanh' }))
      model.add(layers.flatten())
    },
    transposed() {
      model.add(layers.conv2dTranspose({ inputShape: [...inputs.transposed], filters: 3, kernelSize: 3, strides: 2, padding: 'same' }))
      model.add(activation('tanh'))
      model.add(layers.globalAveragePooling2d({}))
    },
  }
  build[name]()
  model.add(layers.dense({ units: classes }))
  return model
}

export interface Training {
  readonly step: Step
  readonly variables: readonly Variable[]
  readonly inputs: readonly [images: Tensor, labels: Tensor, seed: Tensor]
}

/** One step of SGD with momentum 0.9 and learning rate 0.05 over a fixed batch; gives the mean loss. */
export function training(engine: Engine, name: NetworkName, size = batch): Training {
  const { tf } = engine
  const model = network(engine, name)
  const weights = model.trainableWeights.map((weight) => (weight as unknown as { val: Variable }).val)
  const slots = weights.map((weight) => tf.tidy(() => tf.variable(tf.zeros(weight.shape), false)))
  const shape = [size, ...inputs[name]]
  const count = shape.reduce((product, n) => product * n, 1)
  const specs = [
    { name: 'images', shape, dtype: 'float32' },
    { name: 'labels', shape: [size, classes], dtype: 'float32' },
    { name: 'seed', shape: [], dtype: 'int32' },
  ] as const
  const step = engine.compile(name, specs, (images, labels, seed) => {
    const { value, grads } = tf.variableGrads(() => {
      const logits = engine.withRandom(seed!, () => model.apply(images!, { training: true })) as Tensor
      return tf.mean<import('@tensorflow/tfjs').Tensor<import('@tensorflow/tfjs').Rank.R0>>(engine.softmaxCrossEntropy(labels!, logits))
    }, weights)
    for (const [i, weight] of weights.entries()) {
      const slot = slots[i]!
      slot.assign(tf.add(tf.mul(slot, 0.9), grads[weight.name]!))
      weight.assign(tf.sub(weight, tf.mul(slot, 0.05)))
    }
    return [value]
  })
  return {
    step,
    variables: [...model.weights.map((weight) => (weight as unknown as { val: Variable }).val), ...slots],
    inputs: [
      // Tokens are whole numbers.
      tf.tensor(
        Float32Array.from(numbers(count, 77), (value) => (name === 'lstm' ? Math.floor(Math.abs(value) * tokens) % tokens : value)),
        shape,
      ),
      tf.tidy(() =>
        tf
          .oneHot(
            tf.tensor1d(
              Array.from({ length: size }, (_, i) => i % classes),
              'int32',
            ),
            classes,
          )
          .toFloat(),
      ),
      tf.scalar(5, 'int32'),
    ],
  }
}

export interface Trained {
  readonly losses: number[]
  readonly variables: number[][]
}

/** Losses of `steps` steps, and every variable afterwards. */
export async function train(engine: Engine, name: NetworkName, steps: number): Promise<Trained> {
  const { step, variables, inputs } = training(engine, name)
  const losses: number[] = []
  for (let i = 0; i < steps; i++) {
    const [loss] = await step.run(inputs)
    losses.push((await engine.read(loss!))[0]!)
    loss!.dispose()
  }
  return { losses, variables: await Promise.all(variables.map(async (variable) => Array.from(await engine.read(variable)))) }
}
