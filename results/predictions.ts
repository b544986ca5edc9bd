/** What the networks of a study have right of the test examples: predicted again, since a store keeps networks and no predictions. */
import type { Graph } from '../dsl/graph/stage.ts'
import { readArtifact } from '../runtime/store/artifact.ts'
import type { StageResult } from '../runtime/store/results.ts'
import type { Store } from '../runtime/store/store.ts'
import { WorkerCache } from '../runtime/worker/cache.ts'
import { predicted } from '../stdlib/metrics/predictions.ts'
import type { Right } from './bootstrap.ts'

/** By the path of the arm. Ensembles are left out, and what has no result. */
export async function rightByArm(
  graph: Graph,
  store: Store,
  results: ReadonlyMap<string, StageResult | undefined>,
): Promise<ReadonlyMap<string, Right>> {
  const cache = new WorkerCache(store, { threads: 1 })
  cache.begin({ source: null, data: null })
  const stages = new Map(graph.stages.map((stage) => [stage.id, stage]))
  const found = new Map<string, Right>()
  for (const { path, model, metrics } of graph.targets[0]!.arms) {
    const [stage, artifact] = [stages.get(metrics)!, results.get(model)?.artifact]
    if (stage.kind !== 'evaluate' || 'model2' in stage.inputs || artifact === undefined || artifact === null) continue
    const { topology, weights } = await readArtifact(store.objects, artifact)
    const evaluator = await cache.evaluator(topology.model, stage.options.data, 'test')
    const bound = await cache.network(topology.model)
    bound.load(weights)
    const { logits, labels, classes } = await evaluator.predictions()
    const right = (label: number, i: number) => (predicted(logits, i * classes, classes) === label ? 1 : 0)
    found.set(path, Uint8Array.from(labels, right))
  }
  return found
}
