/** Measures a network, or several that predict together; they pass through unchanged, so there is no artifact. */
import type { EvaluateOptions } from '../../../dsl/stage.ts'
import type { Network } from '../../../stdlib/network.ts'
import type { Measures } from '../../../stdlib/training/evaluator.ts'
import { measuredTogether } from '../../../stdlib/training/together.ts'
import { readArtifact } from '../../store/artifact.ts'
import type { Warm } from '../warm.ts'
import type { Computation } from './stage.ts'
import { densityMetrics } from './surgery.ts'

export const evaluate: Computation<'evaluate'> = async ({ options, inputs }, { objects }, warm) => {
  const members = Object.entries(inputs).toSorted(([a], [b]) => memberNumber(a) - memberNumber(b))
  const networks = await Promise.all(members.map(([, digest]) => readArtifact(objects, digest)))
  const metrics = densityMetrics(...networks)
  for (const split of options.splits) {
    const { accuracy, crossEntropy } = await measured(networks, options.data, split, warm)
    metrics[`${split}/accuracy`] = accuracy
    metrics[`${split}/loss`] = crossEntropy
  }
  return { artifact: null, snapshots: {}, metrics, numerics: (await warm.engine()).numerics }
}

/** `model` → 0, `model2` → 2. */
const memberNumber = (role: string): number => Number(role.slice('model'.length))

type Split = EvaluateOptions['splits'][number]

async function measured(networks: readonly Network[], data: EvaluateOptions['data'], split: Split, warm: Warm): Promise<Measures> {
  const members: Float32Array[] = []
  let truth = new Int32Array(0)
  for (const { topology, weights } of networks) {
    const evaluator = await warm.evaluator(topology.model, data, split)
    // Members of one architecture are one network with other weights.
    const bound = await warm.network(topology.model)
    bound.load(weights)
    if (networks.length === 1) return evaluator.measure()
    const { logits, labels } = await evaluator.predictions()
    members.push(logits)
    truth = new Int32Array(labels)
  }
  return measuredTogether(members, truth, networks[0]!.topology.classes)
}
