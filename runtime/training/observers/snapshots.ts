/** Weights that other stages need, kept at their points. */
import type { Network } from '../../../stdlib/network.ts'
import { writeArtifact } from '../../store/artifact.ts'
import type { Observe } from '../observer.ts'
import { Step, snapshotName } from '../step.ts'

export const snapshots: Observe = ({ context: { job, objects }, trained, end, counters }) => {
  const namesAt = (at: Step) => job.keep.filter((one) => Step.of(one, at.perEpoch).since(at) === 0).map(snapshotName)
  return {
    looksAt: (at) => namesAt(at).length > 0,
    after: async (at) => (at.isBefore(end) ? keepAt(at, () => trained.toGoOnFrom()) : undefined),
    // What is kept at the end is the result.
    atEnd: () => keepAt(end, () => trained.result()),
  }

  async function keepAt(at: Step, network: () => Promise<Network>): Promise<undefined> {
    const lacking = namesAt(at).filter((name) => job.given[name] === undefined)
    if (lacking.length === 0) return
    const digest = await writeArtifact(objects, await network())
    for (const name of lacking) counters.snapshots[name] = digest
  }
}
