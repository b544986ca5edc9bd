/** The ends of epochs: curves, and a digest of all weights, which a replay must come to again. */
import { namedMeasures } from '../../../stdlib/training/evaluator.ts'
import { failures } from '../../worker/problems.ts'
import type { Observe } from '../observer.ts'
import { weightsDigest } from '../weights-digest.ts'

export const epochEnds: Observe = ({ context, options, trainer, trained, validation, start, counters, curves }) => ({
  looksAt: ({ endsEpoch }) => endsEpoch,
  /** @throws StageFailure when a replay has other weights than the first time */
  async after(at) {
    if (!at.endsEpoch) return
    const measured = await trained.measure(validation)
    const steps = at.inEpoch(start)
    curves.add(at, {
      'train/loss': counters.loss / steps,
      ...('accuracy' in measured ? { 'train/accuracy': counters.correct / (options.batch * steps) } : {}),
      ...namedMeasures('validation', measured),
    })
    counters.loss = 0
    counters.correct = 0
    curves.report()
    const weights = weightsDigest(await trainer.weights())
    counters.weights[at.epoch] = weights
    const before = context.job.expected[at.epoch]
    if (before !== undefined && before !== weights) throw failures.replayDiffers(at.epoch, before, weights)
  },
})
