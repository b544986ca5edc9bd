/** The last step of stages that change weights and masks: applies the masks, checks the invariants, stores the artifact. */
import { checkInvariants } from '../../stdlib/invariants.ts'
import { applyMasks } from '../../stdlib/masks.ts'
import { densityMetrics } from '../../stdlib/metrics/density.ts'
import type { Network } from '../../stdlib/network.ts'
import { writeArtifact } from '../store/artifact.ts'
import type { Outcome, StageContext } from '../worker/stage-context.ts'

export async function finish({ objects }: StageContext, network: Network): Promise<Outcome> {
  const masked = { ...network, weights: applyMasks(network.weights, network.masks) }
  checkInvariants(masked)
  return { artifact: await writeArtifact(objects, masked), snapshots: {}, metrics: densityMetrics(masked), numerics: null }
}
