/** What one network, or several that predict together, come to on splits of a data set. */
import type { DataSpec } from '../../dsl/parts/data.ts'
import type { SplitName } from '../../stdlib/data/dataset.ts'
import { calibratedMetrics, type Metrics, qualityMetrics, sizeMetrics, teacherMetrics } from '../../stdlib/metrics/measures.ts'
import { mixture } from '../../stdlib/metrics/mixture.ts'
import type { Predictions } from '../../stdlib/metrics/predictions.ts'
import { type Pruned, sizeOfNetworks } from '../../stdlib/metrics/size.ts'
import { fitTemperature } from '../../stdlib/metrics/temperature.ts'
import { unshrunk } from '../../stdlib/models/networks/shrunk.ts'
import type { Network } from '../../stdlib/network.ts'
import type { WorkerCache } from '../worker/cache.ts'

export interface ToMeasure {
  readonly networks: readonly Network[]
  /** That they learned from last, if any. */
  readonly teachers: readonly Network[]
  readonly data: DataSpec
  readonly splits: readonly SplitName[]
}

export async function measure(cache: WorkerCache, { networks, teachers, data, splits }: ToMeasure): Promise<Metrics> {
  const metrics: Metrics = sizeMetrics(sizeOfNetworks(await Promise.all(networks.map((network) => pruned(cache, network)))))
  const predictions = new Map<SplitName, Predictions>()
  for (const split of splits) {
    const own = await predictionsOf(cache, networks, data, split)
    predictions.set(split, own)
    Object.assign(metrics, qualityMetrics(split, own))
    if (teachers.length > 0) Object.assign(metrics, teacherMetrics(split, own, await predictionsOf(cache, teachers, data, split)))
  }
  const [validation, test] = [predictions.get('validation'), predictions.get('test')]
  // A temperature fitted to test examples would say nothing about others.
  if (validation !== undefined && test !== undefined && data.options.validation !== 'test') {
    metrics.temperature = fitTemperature(validation)
    Object.assign(metrics, calibratedMetrics('test', test, metrics.temperature))
  }
  return metrics
}

/** What one network, or several together, say of a split. */
async function predictionsOf(cache: WorkerCache, networks: readonly Network[], data: DataSpec, split: SplitName): Promise<Predictions> {
  const members: Predictions[] = []
  for (const { topology, weights } of networks) {
    const evaluator = await cache.evaluator(topology.model, data, split)
    const bound = await cache.network(topology.model)
    bound.load(weights)
    members.push(await evaluator.predictions())
  }
  return mixture(members)
}

/** With the network that it began as, if channels were cut out of it. */
async function pruned(cache: WorkerCache, { topology, masks }: Network): Promise<Pruned> {
  const [now, original] = [await cache.network(topology.model), await cache.network(unshrunk(topology.model))]
  return { topology, summary: now.summary(), masks, original: { topology: original.topology, summary: original.summary() } }
}
