/**
 * One side of the engine's benchmark: trains the networks on Espalier's native engine and tells how long its steps take.
 * `node bench/peer.ts THREADS`; then one request a line on standard input, `NETWORK STEPS`, and one line of JSON as the answer.
 * `torch_peer.py` is the other side.
 */
import { createInterface } from 'node:readline'
import { openEngine } from '../runtime/engine/open.ts'
import type { Engine, Tensor, Variable } from '../stdlib/engine.ts'
import { type BenchName, type BenchNetwork, classes, networks } from './networks.ts'

type Train = (steps: number) => Promise<number>

const learningRate = 0.01
const momentum = 0.9
const weightDecay = 1e-4
/** Calls before a network's first timing: the first compiles, the next fill the library's caches. */
const warmUp = 3

/** A training of one network on a fixed batch: forward, backward, SGD with momentum and weight decay, the loss read at every step. */
function training(engine: Engine, name: BenchName): Train {
  const { tf } = engine
  const network: BenchNetwork = networks[name]
  const model = network.build(tf)
  // tf.layers keeps the tfjs variable of a weight in a field it does not declare.
  const weights = model.trainableWeights.map((weight) => (weight as unknown as { val: Variable }).val)
  const velocities = weights.map((weight) => tf.tidy(() => tf.variable(tf.zeros(weight.shape), false)))
  const specs = [
    { name: 'images', shape: [network.batch, ...network.input], dtype: 'float32' },
    { name: 'labels', shape: [network.batch, classes], dtype: 'float32' },
    { name: 'learning rate', shape: [], dtype: 'float32' },
  ] as const
  const step = engine.compile(name, specs, (images, labels, rate) => {
    const { value, grads } = tf.variableGrads(() => {
      const logits = model.apply(images!, { training: true }) as Tensor
      return tf.mean(engine.softmaxCrossEntropy(labels!, logits)).asScalar()
    }, weights)
    for (const [i, weight] of weights.entries()) {
      const gradient = tf.add(grads[weight.name]!, tf.mul(weight, weightDecay))
      const velocity = tf.add(tf.mul(velocities[i]!, momentum), gradient)
      velocities[i]!.assign(velocity)
      weight.assign(tf.sub(weight, tf.mul(velocity, rate!)))
    }
    return [value]
  })
  const inputs = [
    tf.randomUniform([...specs[0].shape], 0, 1, 'float32', 1),
    tf.tidy(() => tf.oneHot(tf.range(0, network.batch, 1, 'int32').mod(tf.scalar(classes, 'int32')), classes).toFloat()),
    tf.scalar(learningRate),
  ]
  return async (steps) => {
    let loss = Number.NaN
    for (let i = 0; i < steps; i++) {
      const [output] = await step.run(inputs)
      loss = (await engine.read(output!))[0]!
      output!.dispose()
    }
    return loss
  }
}

const threads = Number(process.argv[2])
const engine = await openEngine({ threads })
const trainings = new Map<string, Train>()
for await (const line of createInterface({ input: process.stdin })) {
  const [name, steps] = line.split(' ') as [BenchName, string]
  let train = trainings.get(name)
  if (train === undefined) {
    train = training(engine, name)
    trainings.set(name, train)
    await train(warmUp)
  }
  const start = performance.now()
  const loss = await train(Number(steps))
  console.log(JSON.stringify({ milliseconds: (performance.now() - start) / Number(steps), loss, numerics: engine.numerics }))
}
