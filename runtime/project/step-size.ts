/** Size of a graph's training steps: small ones gain nothing from a second thread. */
import { join } from 'node:path'
import { canonical } from '../../dsl/check/canonical.ts'
import { type Graph, isTraining } from '../../dsl/graph/stage.ts'
import type { Spec } from '../../dsl/parts/spec.ts'
import type { LayersModel } from '../../stdlib/engine.ts'
import { cacheFolder } from '../cache-folder.ts'
import { sha256 } from '../format/hash.ts'
import { JsonCache } from '../json-cache.ts'

/** Increase it when the same description gives a network of another size. */
const revision = 1
/** Maximum number of records; some bytes each. */
const kept = 1024

/**
 * An upper bound of the floating-point operations of any training step: forward and backward through the largest network, for the largest
 * batch. Infinity for a network from a file or of the user's, whose size is known only when it is built.
 */
export async function largestStep({ stages }: Graph): Promise<number> {
  const batches = stages.flatMap((stage) => (isTraining(stage) ? [stage.options.batch] : []))
  if (batches.length === 0) return 0
  const models = stages.flatMap((stage) => (stage.kind === 'init' ? [stage.options.model] : []))
  return 6 * Math.max(...batches) * (await largestMacs(models))
}

async function largestMacs(models: readonly Spec[]): Promise<number> {
  const texts = new Map(models.map((model) => [canonical({ ...model }), model]))
  if ([...texts.keys()].some((text) => /"name":"(custom|imported)"/.test(text))) return Number.POSITIVE_INFINITY
  const records = new JsonCache<unknown>(join(cacheFolder(), 'networks'), kept)
  const nameOf = (text: string) => sha256(`${revision} ${text}`)
  const recorded = [...texts.keys()].map((text) => records.get(nameOf(text))).filter((macs) => typeof macs === 'number')
  if (recorded.length === texts.size) return Math.max(0, ...recorded)
  const macsOf = await counting()
  const counted = [...texts].map(([text, model]) => ({ text, macs: macsOf(model) }))
  for (const { text, macs } of counted) if (Number.isFinite(macs)) records.set(nameOf(text), macs)
  return Math.max(0, ...counted.map(({ macs }) => macs))
}

/** Builds networks for their shapes: loaded only for networks without a record. */
async function counting(): Promise<(model: Spec) => number> {
  const { buildModel } = await import('../../stdlib/network-registry.ts')
  const { summaryOf } = await import('../../stdlib/models/structure/summary.ts')
  const { parametersOf } = await import('../../stdlib/models/structure/topology.ts')
  const { openEngine } = await import('../engine/open.ts')
  const { tf } = await openEngine({ engine: 'portable', threads: 1 })
  return (model) => {
    let built: LayersModel
    try {
      built = buildModel(tf, model)
    } catch {
      // `foreseeNetworks` reports why it cannot be built.
      return Number.POSITIVE_INFINITY
    }
    const { macs } = summaryOf(built, { parameters: parametersOf(built).map(({ parameter }) => parameter) })
    built.dispose()
    return macs
  }
}
