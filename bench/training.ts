/** Training as the benchmarks do it: forward, backward, SGD with momentum and weight decay over a fixed batch. */
import type { Engine, Step, Tensor, Variable } from '../stdlib/engine.ts'
import { sgdOptimizer } from '../stdlib/optim/sgd.ts'
import { type BenchName, type BenchNetwork, classes, networks } from './networks.ts'

const learningRate = 0.01
const optimizer = sgdOptimizer({ momentum: 0.9, nesterov: false, weightDecay: 1e-4 })

export interface Training {
  readonly step: Step
  /** Images, labels, learning rate. */
  readonly inputs: readonly Tensor[]
  /** The loss of one step, read to JavaScript. */
  once(inputs?: readonly Tensor[]): Promise<number>
  dispose(): void
}

export function training(engine: Engine, name: BenchName): Training {
  const { tf } = engine
  const network: BenchNetwork = networks[name]
  const model = network.build(tf)
  // tf.layers keeps the tfjs variable of a weight in a field it does not declare.
  const weights = model.trainableWeights.map((weight) => (weight as unknown as { val: Variable }).val)
  // The standard library's networks come with zeros for weights.
  for (const [i, weight] of weights.entries())
    if (weight.rank > 1)
      tf.tidy(() => weight.assign(tf.randomNormal(weight.shape, 0, Math.sqrt((2 * weight.shape.at(-1)!) / weight.size), 'float32', i + 1)))
  const velocities = weights.map((weight) => tf.tidy(() => tf.variable(tf.zeros(weight.shape), false)))
  const specs = [
    { name: 'images', shape: [network.batch, ...network.input], dtype: 'float32' },
    { name: 'labels', shape: [network.batch, classes], dtype: 'float32' },
    { name: 'learning rate', shape: [], dtype: 'float32' },
  ] as const
  const body = (images: Tensor, labels: Tensor, rate: Tensor) => {
    const { value, grads } = tf.variableGrads(() => {
      const logits = model.apply(images, { training: true }) as Tensor
      return tf.mean(engine.softmaxCrossEntropy(labels, logits)).asScalar()
    }, weights)
    for (const [i, weight] of weights.entries()) {
      const updated = optimizer.update(weight, grads[weight.name]!, [velocities[i]!], [rate], 0, engine)
      velocities[i]!.assign(updated.slots[0]!)
      weight.assign(updated.weight)
    }
    return [value]
  }
  const inPlace = [...weights, ...velocities]
  const step = engine.compile(name, specs, (images, labels, rate) => body(images!, labels!, rate!), { inPlace })
  const inputs = [
    tf.randomUniform([...specs[0].shape], 0, 1, 'float32', 1),
    tf.tidy(() => tf.oneHot(tf.range(0, network.batch, 1, 'int32').mod(tf.scalar(classes, 'int32')), classes).toFloat()),
    tf.scalar(learningRate),
  ]
  return {
    step,
    inputs,
    async once(given = inputs) {
      const [output] = await step.run(given)
      const [loss] = await engine.read(output!)
      output!.dispose()
      return loss!
    },
    dispose() {
      step.dispose()
      model.dispose()
      tf.dispose([...velocities, ...inputs])
    },
  }
}
