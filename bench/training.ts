/** Training for the benchmarks: forward, backward, SGD with momentum and weight decay on a fixed batch. */
import type { Engine, Step, Tensor, Variable } from '../stdlib/engine.ts'
import { summaryOf } from '../stdlib/models/structure/summary.ts'
import { parametersOf } from '../stdlib/models/structure/topology.ts'
import { sgdOptimizer } from '../stdlib/optim/sgd.ts'
import { stepsTogether } from '../stdlib/training/steps-together.ts'
import { type BenchName, type BenchNetwork, classes, networks } from './networks.ts'

const learningRate = 0.01
const optimizer = sgdOptimizer({ momentum: 0.9, nesterov: false, weightDecay: 1e-4 })

export interface Training {
  readonly step: Step
  /** Images, labels, learning rate. */
  readonly inputs: readonly Tensor[]
  /** Steps in a call. */
  readonly together: number
  /** Runs that many steps and reads their losses; the last one. */
  once(inputs?: readonly Tensor[]): Promise<number>
  /** Floating-point operations of a step's products and convolutions, in 10⁹. */
  readonly gflop: number
  dispose(): void
}

/** @param asked steps in a call; by default as many as in a training of the network */
export function training(engine: Engine, name: BenchName, asked?: number): Training {
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
  const compiled = (times: number) =>
    engine.compile(name, specs, (images, labels, rate) => body(images!, labels!, rate!), { inPlace, times })
  const one = compiled(1)
  const { layers, macs } = summaryOf(model, { parameters: parametersOf(model).map(({ parameter }) => parameter) })
  const together = asked ?? stepsTogether(engine.numerics, { nodes: one.nodes, macs, batch: network.batch })
  const step = together === 1 ? one : compiled(together)
  if (step !== one) one.dispose()
  const inputs = tf.tidy(() =>
    [
      tf.randomUniform([...specs[0].shape], 0, 1, 'float32', 1),
      tf.oneHot(tf.range(0, network.batch, 1, 'int32').mod(tf.scalar(classes, 'int32')), classes).toFloat() as Tensor,
      tf.scalar(learningRate) as Tensor,
    ].map((input) => tf.stack(Array.from({ length: together }, () => input))),
  )
  return {
    step,
    inputs,
    together,
    // Forward, gradients of kernels, and gradients of inputs except the first layer's: as many multiplications each, with an addition each.
    gflop: (2 * network.batch * (3 * macs - layers[0]!.macs)) / 1e9,
    async once(given = inputs) {
      const [output] = await step.run(given)
      const losses = await engine.read(output!)
      output!.dispose()
      return losses.at(-1)!
    },
    dispose() {
      step.dispose()
      model.dispose()
      tf.dispose([...velocities, ...inputs])
    },
  }
}

/** Size of the square matrices whose product measures the processor's speed. */
const size = 1024

/** A product of two square matrices. */
export function product({ tf, read }: Engine): Pick<Training, 'once' | 'together' | 'gflop'> {
  const [left, right] = [tf.randomUniform([size, size], 0, 1, 'float32', 1), tf.randomUniform([size, size], 0, 1, 'float32', 2)]
  return {
    together: 1,
    gflop: (2 * size ** 3) / 1e9,
    async once() {
      const corner = tf.tidy(() => tf.matMul(left, right).slice([0, 0], [1, 1]))
      const [value] = await read(corner)
      corner.dispose()
      return value!
    },
  }
}
