/** Connection sensitivity (Lee, Ajanthan & Torr, 2019, equation 6): |w · ∂L/∂w|, the gradient over a few batches of training data. */
import type { Criterion } from '../../dsl/stage.ts'
import type { Engine, Tensor } from '../engine.ts'
import type { BoundNetwork } from '../training/bound-network.ts'
import { type Examples, epochBatches } from '../training/examples.ts'
import type { Scores } from './ranking.ts'

type Options = Extract<Criterion, { kind: 'gradient' }>

/** The network's weights must be loaded. Batch norm uses the batches' statistics, as in training; nothing is changed. */
export async function gradientScores(
  engine: Engine,
  network: BoundNetwork,
  examples: Examples,
  { batch, batches, seed }: Options,
): Promise<Scores> {
  const { tf } = engine
  const kernels = network.topology.parameters.filter(({ prunable }) => prunable)
  const variables = kernels.map(({ name }) => network.variables.get(name)!)
  const before = await network.read()
  const inputs = [
    { name: 'indices', shape: [batch], dtype: 'int32' },
    { name: 'seed', shape: [], dtype: 'int32' },
  ] as const
  const step = engine.compile('saliency', inputs, (indices, seed) => {
    // tfjs types the indices of gather and oneHot as tensors of one rank only.
    const labels = tf.gather(examples.labels, indices as never)
    const truth = tf.cast(tf.oneHot(labels as never, network.topology.classes), 'float32') as Tensor
    const { grads } = tf.variableGrads(
      () =>
        engine.withRandom(seed!, () => {
          const logits = network.logits(tf.gather(examples.images, indices as never), true)
          return tf.mean(engine.softmaxCrossEntropy(truth, logits)).asScalar()
        }),
      variables,
    )
    return variables.map((variable) => grads[variable.name]!)
  })
  const sums = kernels.map(({ name }) => new Float64Array(before.get(name)!.length))
  const order = epochBatches(seed, 0, examples.count, batch)
  for (let i = 0; i < batches; i++) {
    const given = [tf.tensor1d(order[i % order.length]!, 'int32'), tf.scalar(i, 'int32')]
    const gradients = await step.run(given)
    for (const [k, gradient] of gradients.entries()) {
      const values = (await engine.read(gradient)) as Float32Array // float32 gradients
      for (const [j, value] of values.entries()) sums[k]![j]! += value
    }
    tf.dispose([...given, ...gradients])
  }
  step.dispose()
  // Running statistics have moved with the batches.
  network.load(before)
  return new Map(kernels.map(({ name }, k) => [name, Float32Array.from(before.get(name)!, (weight, j) => Math.abs(weight * sums[k]![j]!))]))
}
