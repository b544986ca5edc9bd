/** Small networks and one training step over them, runnable traced and op by op. Weights are plain numbers, the same everywhere. */
import type { Engine, LayersModel, Step, StepOptions, Tensor, Tf, Variable } from '../../../stdlib/engine.ts'

export type NetworkName = 'lenet' | 'conv-bn' | 'dropout'

export const batch = 16
const classes = 10
const inputs: { readonly [name in NetworkName]: readonly number[] } = { lenet: [28, 28, 1], 'conv-bn': [12, 12, 3], dropout: [6, 6, 1] }

const build: { readonly [name in NetworkName]: (tf: Tf) => LayersModel } = {
  lenet: ({ layers, sequential }) =>
    sequential({
      layers: [
        layers.flatten({ inputShape: [...inputs.lenet] }),
        layers.dense({ units: 300, activation: 'relu', name: 'fc1' }),
        layers.dense({ units: 100, activation: 'relu', name: 'fc2' }),
        layers.dense({ units: classes, name: 'logits' }),
      ],
    }),
  'conv-bn': ({ layers, sequential }) =>
    sequential({
      layers: [
        layers.conv2d({ inputShape: [...inputs['conv-bn']], filters: 8, kernelSize: 3, padding: 'same', useBias: false, name: 'conv1' }),
        layers.batchNormalization({ momentum: 0.9, epsilon: 1e-5, name: 'norm1' }),
        layers.activation({ activation: 'relu' }),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.conv2d({ filters: 12, kernelSize: 3, strides: 2, padding: 'same', name: 'conv2' }),
        layers.batchNormalization({ momentum: 0.9, epsilon: 1e-5, name: 'norm2' }),
        layers.activation({ activation: 'relu' }),
        layers.globalAveragePooling2d({}),
        layers.dense({ units: classes, name: 'logits' }),
      ],
    }),
  dropout: ({ layers, sequential }) =>
    sequential({
      layers: [
        layers.flatten({ inputShape: [...inputs.dropout] }),
        layers.dense({ units: 32, activation: 'relu', name: 'fc1' }),
        layers.dropout({ rate: 0.4 }),
        layers.dense({ units: classes, name: 'logits' }),
      ],
    }),
}

export interface Training {
  readonly model: LayersModel
  /** The step's body: images, labels, seed → loss; assigns weights, statistics and momentum. */
  readonly body: (images: Tensor, labels: Tensor, seed: Tensor) => Tensor[]
  /** Everything a checkpoint holds. */
  readonly variables: readonly Variable[]
  readonly images: Tensor
  readonly labels: Tensor
}

/** SGD with momentum 0.9, learning rate 0.05, weight decay 1e-3 over one fixed batch. */
export function training(engine: Engine, name: NetworkName): Training {
  const { tf } = engine
  const model = build[name](tf)
  const weights = model.trainableWeights.map(variableOf)
  for (const [i, weight] of weights.entries()) {
    const fanIn = weight.size / weight.shape.at(-1)!
    if (weight.rank > 1) engine.assign(weight, numbers(weight.size, i + 1, Math.sqrt(6 / fanIn)))
  }
  const velocities = weights.map((weight) => tf.tidy(() => tf.variable(tf.zeros(weight.shape), false)))
  const shape = [batch, ...inputs[name]]
  return {
    model,
    variables: [...model.weights.map(variableOf), ...velocities],
    images: tf.tensor(
      numbers(
        shape.reduce((product, n) => product * n, 1),
        77,
        1,
      ),
      shape,
    ),
    labels: tf.tidy(() => tf.oneHot(tf.range(0, batch, 1, 'int32').mod(tf.scalar(classes, 'int32')), classes).toFloat()),
    body(images, labels, seed) {
      const { value, grads } = tf.variableGrads(() => {
        const logits = engine.withRandom(seed, () => model.apply(images, { training: true })) as Tensor
        return tf.mean(engine.softmaxCrossEntropy(labels, logits)).asScalar()
      }, weights)
      for (const [i, weight] of weights.entries()) {
        const gradient = tf.add(grads[weight.name]!, tf.mul(weight, 1e-3))
        velocities[i]!.assign(tf.add(tf.mul(velocities[i]!, 0.9), gradient))
        weight.assign(tf.sub(weight, tf.mul(velocities[i]!, 0.05)))
      }
      return [value]
    },
  }
}

export function compiled(engine: Engine, name: string, { body, images, labels }: Training, options?: StepOptions): Step {
  const specs = [
    { name: 'images', shape: images.shape, dtype: 'float32' },
    { name: 'labels', shape: labels.shape, dtype: 'float32' },
    { name: 'seed', shape: [], dtype: 'int32' },
  ] as const
  return engine.compile(name, specs, (images, labels, seed) => body(images!, labels!, seed!), options)
}

/** Runs steps number `from` to `to`, each with its number as the seed, and gives their losses. */
export async function run(engine: Engine, step: Step, { images, labels }: Training, from: number, to: number): Promise<number[]> {
  const losses: number[] = []
  for (let i = from; i < to; i++) {
    const seed = engine.tf.scalar(i, 'int32')
    const [loss] = await step.run([images, labels, seed])
    losses.push((await engine.read(loss!))[0]!)
    engine.tf.dispose([seed, loss!])
  }
  return losses
}

/** The values of every variable. */
export async function values({ variables }: Training, engine: Engine): Promise<Float32Array[]> {
  return Promise.all(variables.map(async (variable) => (await engine.read(variable)) as Float32Array))
}

// tf.layers keeps the tfjs variable of a weight in a field it does not declare.
const variableOf = (weight: object): Variable => (weight as { val: Variable }).val

/** Repeatable numbers in [−limit, limit). */
function numbers(count: number, seed: number, limit: number): Float32Array {
  let state = Math.imul(seed, 0x9e3779b9) + 1
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state / 2 ** 31) * limit
  })
}
