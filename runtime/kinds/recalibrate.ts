/** Recomputes batch norm's running statistics for the current weights. */
import { batchesFrom } from '../../stdlib/training/examples.ts'
import { recalibrated } from '../../stdlib/training/recalibrate.ts'
import { readArtifact } from '../store/artifact.ts'
import { failures } from '../worker/problems.ts'
import { finish } from './finish.ts'
import type { Computation } from './stage.ts'

export const recalibrate: Computation<'recalibrate'> = async ({ options, inputs }, context, cache) => {
  const { data, batch, batches, seed } = options
  const network = await readArtifact(context.objects, inputs.model)
  const [engine, bound, examples] = [await cache.engine(), await cache.network(network.topology.model), await cache.examples(data, 'train')]
  if (examples.count < batch) throw failures.batchTooLarge(batch, examples.count)
  bound.load(network.weights)
  const order = batchesFrom(seed, 0, batches, examples.count, batch)
  const outcome = await finish(context, { ...network, weights: await recalibrated(engine, bound, examples, { batch, order, seed }) })
  return { ...outcome, numerics: engine.numerics }
}
