/** The gradient of the loss for every kernel, summed over a few batches of training data, at given weights. */
import type { Spec } from '../../dsl/parts/spec.ts'
import type { Engine, Tensor } from '../engine.ts'
import type { Weights } from '../network.ts'
import type { BoundNetwork } from '../training/bound-network.ts'
import { type Examples, epochBatches } from '../training/examples.ts'
import type { StageServices } from '../training/services.ts'
import type { CriterionOf } from './criterion.ts'

/** By kernel, row-major. */
export type GradientSums = ReadonlyMap<string, Float64Array>

export interface LossGradient {
  /** Batch norm uses the batches' statistics, as in training. @param round from 1; each round uses the next batches */
  at(weights: Weights, round: number): Promise<GradientSums>
  dispose(): void
}

type Sampled = Pick<CriterionOf<'gradient'>, 'batch' | 'batches' | 'seed'>

export const gradientFor = async (
  criterion: Pick<CriterionOf<'gradient'>, 'data'> & Sampled,
  model: Spec,
  services: StageServices,
  temperature?: number,
): Promise<LossGradient> => {
  const [engine, network] = [await services.engine(), await services.network(model)]
  return lossGradient(engine, network, await services.examples(criterion.data, 'train'), criterion, temperature)
}

/** @param temperature the divisor of the logits before the loss; default 1 */
export function lossGradient(
  engine: Engine,
  network: BoundNetwork,
  examples: Examples,
  { batch, batches, seed }: Sampled,
  temperature = 1,
): LossGradient {
  const { tf } = engine
  const kernels = network.topology.parameters.filter(({ prunable }) => prunable)
  const variables = kernels.map(({ name }) => network.variables.get(name)!)
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
          return tf.mean(engine.softmaxCrossEntropy(truth, temperature === 1 ? logits : logits.div(temperature))).asScalar()
        }),
      variables,
    )
    return variables.map((variable) => grads[variable.name]!)
  })
  const order = epochBatches(seed, 0, examples.count, batch)
  return {
    async at(weights, round) {
      network.load(weights)
      const sums = kernels.map(({ name }) => new Float64Array(weights.get(name)!.length))
      const first = (round - 1) * batches
      for (let i = first; i < first + batches; i++) {
        const given = [...(await examples.feed(order[i % order.length]!)), tf.scalar(i, 'int32')]
        const gradients = await step.run(given)
        for (const [k, gradient] of gradients.entries()) {
          const values = (await engine.read(gradient)) as Float32Array // float32 gradients
          for (const [j, value] of values.entries()) sums[k]![j]! += value
        }
        tf.dispose([...given, ...gradients])
      }
      // The batches have changed the running statistics.
      network.load(weights)
      return new Map(kernels.map(({ name }, k) => [name, sums[k]!]))
    },
    dispose: () => step.dispose(),
  }
}
