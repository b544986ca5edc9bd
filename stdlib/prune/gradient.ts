/** Connection sensitivity (Lee, Ajanthan & Torr, 2019, equation 6): |w · ∂L/∂w|, the gradient over a few batches of training data. */
import type { Engine, Tensor } from '../engine.ts'
import type { BoundNetwork } from '../training/bound-network.ts'
import { type Examples, epochBatches } from '../training/examples.ts'
import type { CriterionOf, Scores, WeightCriterion } from './criterion.ts'

type Options = CriterionOf<'gradient'>

export const gradientCriterion: WeightCriterion<Options> = {
  async scorer(criterion, { topology, weights }, services) {
    const [engine, network] = [await services.engine(), await services.network(topology.model)]
    network.load(weights)
    const scores = await gradientScores(engine, network, await services.examples(criterion.data, 'train'), criterion)
    return () => scores
  },
}

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
  const example = examples.inputs(batch)
  const step = engine.compile('saliency', [...example, { name: 'seed', shape: [], dtype: 'int32' }], (...all) => {
    const { images, labels } = examples.gathered(all.slice(0, example.length))
    const seed = all[example.length]!
    // tfjs types the indices of oneHot as tensors of one rank only.
    const truth = tf.cast(tf.oneHot(labels as never, network.topology.classes), 'float32') as Tensor
    const { grads } = tf.variableGrads(
      () =>
        engine.withRandom(seed, () => {
          const logits = network.logits(images, true)
          return tf.mean(engine.softmaxCrossEntropy(truth, logits)).asScalar()
        }),
      variables,
    )
    return variables.map((variable) => grads[variable.name]!)
  })
  const sums = kernels.map(({ name }) => new Float64Array(before.get(name)!.length))
  const order = epochBatches(seed, 0, examples.count, batch)
  for (let i = 0; i < batches; i++) {
    const given = [...(await examples.feed(order[i % order.length]!)), tf.scalar(i, 'int32')]
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
