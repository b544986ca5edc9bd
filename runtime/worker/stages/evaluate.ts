/** Measures a network; the network itself passes through unchanged, so there is no artifact. */
import { readArtifact } from '../../store/artifact.ts'
import type { Computation } from './stage.ts'
import { densityMetrics } from './surgery.ts'

export const evaluate: Computation<'evaluate'> = async ({ options, inputs }, { objects }, warm) => {
  const network = await readArtifact(objects, inputs.model)
  const { model } = network.topology
  const bound = await warm.network(model)
  const metrics = densityMetrics(network)
  for (const split of options.splits) {
    const evaluator = await warm.evaluator(model, options.data, split)
    bound.load(network.weights)
    const { accuracy, crossEntropy } = await evaluator.measure()
    metrics[`${split}/accuracy`] = accuracy
    metrics[`${split}/loss`] = crossEntropy
  }
  return { artifact: null, snapshots: {}, metrics, numerics: (await warm.engine()).numerics }
}
