/** Metrics of one network, or of several whose predictions are combined, on splits of a data set. */
import type { FunctionRef } from '../../dsl/check/function-reference.ts'
import type { DataSpec } from '../../dsl/parts/data.ts'
import type { Normalisation, SplitName } from '../../stdlib/data/dataset.ts'
import { type MetricFunction, measuredByFunction } from '../../stdlib/metrics/custom.ts'
import {
  calibratedMetrics,
  type Metrics,
  numberMetrics,
  qualityMetrics,
  sizeMetrics,
  teacherMetrics,
  textMetrics,
} from '../../stdlib/metrics/measures.ts'
import { mixture } from '../../stdlib/metrics/mixture.ts'
import type { Predictions } from '../../stdlib/metrics/predictions.ts'
import { averaged, type Estimates } from '../../stdlib/metrics/regression.ts'
import { type Pruned, sizeOfNetworks } from '../../stdlib/metrics/size.ts'
import { fitTemperature } from '../../stdlib/metrics/temperature.ts'
import { unshrunk } from '../../stdlib/models/networks/shrunk.ts'
import type { Network } from '../../stdlib/network.ts'
import type { Predicted } from '../../stdlib/training/evaluator.ts'
import type { WorkerCache } from '../worker/cache.ts'

/** What to evaluate, and on what. */
export interface ToMeasure {
  readonly networks: readonly Network[]
  /** Teachers of the last distillation, if any. */
  readonly teachers: readonly Network[]
  readonly data: DataSpec
  readonly splits: readonly SplitName[]
  readonly metrics?: { readonly [name: string]: FunctionRef } | undefined
}

export async function measure(cache: WorkerCache, { networks, teachers, data, splits, metrics: asked = {} }: ToMeasure): Promise<Metrics> {
  const custom = async (split: SplitName, inputs: Parameters<typeof measuredByFunction>[2]): Promise<Metrics> => {
    const found: Metrics = {}
    for (const [name, ref] of Object.entries(asked))
      found[`${split}/${name}`] = measuredByFunction(name, await cache.userFunction<MetricFunction>(ref), inputs)
    return found
  }
  const metrics: Metrics = sizeMetrics(sizeOfNetworks(await Promise.all(networks.map((network) => pruned(cache, network)))))
  const { target } = await cache.dataset(data)
  if (target?.kind === 'numbers') {
    for (const split of splits) {
      const own = await estimatesOf(cache, networks, data, split, target)
      const { outputs, targets: labels, width } = own
      Object.assign(metrics, numberMetrics(split, own, target, namesOf(data)), await custom(split, { outputs, labels, width }))
    }
    return metrics
  }
  const predictions = new Map<SplitName, Predictions>()
  for (const split of splits) {
    const own = await predictionsOf(cache, networks, data, split)
    predictions.set(split, own)
    const { logits: outputs, labels, classes: width } = own
    Object.assign(metrics, qualityMetrics(split, own), target?.kind === 'tokens' ? textMetrics(split, own) : {})
    Object.assign(metrics, await custom(split, { outputs, labels, width }))
    if (teachers.length > 0) Object.assign(metrics, teacherMetrics(split, own, await predictionsOf(cache, teachers, data, split)))
  }
  const [validation, test] = [predictions.get('validation'), predictions.get('test')]
  // A temperature fitted on the test split would be biased.
  if (validation !== undefined && test !== undefined && data.options.validation !== 'test') {
    metrics.temperature = fitTemperature(validation)
    Object.assign(metrics, calibratedMetrics('test', test, metrics.temperature))
  }
  return metrics
}

/** Names of the predicted columns; undefined for data other than tables. */
const namesOf = ({ options: { targets } }: DataSpec): readonly string[] | undefined =>
  Array.isArray(targets) ? (targets as readonly string[]) : undefined // set by csv() and parquet()

/** Predictions for a split; for several networks their mixture. */
async function predictionsOf(cache: WorkerCache, networks: readonly Network[], data: DataSpec, split: SplitName): Promise<Predictions> {
  return mixture((await predicted(cache, networks, data, split)) as Predictions[]) // class predictions
}

/** Predicted numbers in the units of the data; for several networks their mean. */
async function estimatesOf(
  cache: WorkerCache,
  networks: readonly Network[],
  data: DataSpec,
  split: SplitName,
  { mean, std }: Normalisation,
): Promise<Estimates> {
  const members = await predicted(cache, networks, data, split)
  const inUnits = (value: number, i: number) => value * std[i % std.length]! + mean[i % mean.length]!
  return {
    outputs: averaged(members.map(({ logits }) => logits)).map(inUnits),
    targets: Float64Array.from(members[0]!.labels, inUnits),
    width: mean.length,
  }
}

async function predicted(
  cache: WorkerCache,
  networks: readonly Network[],
  data: DataSpec,
  split: SplitName,
): Promise<readonly Predicted[]> {
  const members: Predicted[] = []
  for (const { topology, weights } of networks) {
    const evaluator = await cache.evaluator(topology.model, data, split)
    const bound = await cache.network(topology.model)
    bound.load(weights)
    members.push(await evaluator.predictions())
  }
  return members
}

/** With the original network, if channels were removed. */
async function pruned(cache: WorkerCache, { topology, masks }: Network): Promise<Pruned> {
  const [now, original] = [await cache.network(topology.model), await cache.network(unshrunk(topology.model))]
  return { topology, summary: now.summary(), masks, original: { topology: original.topology, summary: original.summary() } }
}
