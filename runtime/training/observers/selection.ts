/** The best epoch by validation: its network is kept beside the training, and is the result in the end. */
import { writeArtifact } from '../../store/artifact.ts'
import type { Observe } from '../observer.ts'

/** Of the object in a checkpoint's snapshots, so that it is kept as long as the training may go on. */
export const selectedName = 'selected'

/** After the curves of the epoch. Of equal values the first counts. */
export const selection: Observe = ({ context: { objects }, options: { select }, trained, counters, curves }) => {
  if (select === undefined || select === 'last') return
  return {
    looksAt: ({ endsEpoch }) => endsEpoch,
    async after(at) {
      const value = at.endsEpoch ? curves.at(at)[select] : undefined
      if (value === undefined) return
      const best = counters.selected?.value
      if (best !== undefined && (select === 'validation/loss' ? value >= best : value <= best)) return
      counters.snapshots[selectedName] = await writeArtifact(objects, await trained.result())
      counters.selected = { step: at.steps, value }
    },
    metrics: () => (counters.selected === undefined ? {} : { 'selected/step': counters.selected.step }),
  }
}
