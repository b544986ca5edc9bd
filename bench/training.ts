/** Training for the benchmarks: forward, backward, SGD with momentum and weight decay on a fixed batch. */
import type { Engine, LayersModel, Step, Tensor, Variable } from '../stdlib/engine.ts'
import { summaryOf } from '../stdlib/models/structure/summary.ts'
import { parametersOf } from '../stdlib/models/structure/topology.ts'
import { sgdOptimizer } from '../stdlib/optim/sgd.ts'
import { type BenchName, type BenchNetwork, classes, networks } from './networks.ts'

const learningRate = 0.01
const optimizer = sgdOptimizer({ momentum: 0.9, nesterov: false, weightDecay: 1e-4 })

export interface Training {
  readonly step: Step
  /** Images, labels, learning rate. */
  readonly inputs: readonly Tensor[]
  /** Runs one step and reads its loss. */
  once(inputs?: readonly Tensor[]): Promise<number>
  /** Floating-point operations of a step's products and convolutions, in 10⁹. */
  readonly gflop: number
  dispose(): void
}

export function training(engine: Engine, name: BenchName): Training {
  const { tf } = engine
  const network: BenchNetwork = networks[name]
  const model = network.build(tf)
  // tf.layers keeps the tfjs variable of a weight in a field it does not declare.
  const weights = model.trainableWeights.map((weight) => (weight as unknown as { val: Variable }).val)
  // The standard library's networks are created with zero weights.
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
    gflop: gflopOf(model, network.batch),
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

/** Forward, gradients of kernels, and gradients of inputs except the first layer's: as many multiplications each, with an addition each. */
function gflopOf(model: LayersModel, batch: number): number {
  const { layers, macs } = summaryOf(model, { parameters: parametersOf(model).map(({ parameter }) => parameter) })
  return (2 * batch * (3 * macs - layers[0]!.macs)) / 1e9
}

/** Size of the square matrices whose product measures the processor's speed. */
const size = 1024

/** A product of two square matrices. */
export function product({ tf, read }: Engine): Pick<Training, 'once' | 'gflop'> {
  const [left, right] = [tf.randomUniform([size, size], 0, 1, 'float32', 1), tf.randomUniform([size, size], 0, 1, 'float32', 2)]
  return {
    gflop: (2 * size ** 3) / 1e9,
    async once() {
      const corner = tf.tidy(() => tf.matMul(left, right).slice([0, 0], [1, 1]))
      const [value] = await read(corner)
      corner.dispose()
      return value!
    },
  }
}
