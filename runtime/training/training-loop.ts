/**
 * Step after step. Everything that one needs follows from its number, so a training that continues from a checkpoint does exactly what it
 * would have done.
 */
import { learningRate } from '../../stdlib/optim/schedule.ts'
import { inSteps, spentBefore } from '../../stdlib/prune/gradual.ts'
import { batchesFrom } from '../../stdlib/training/examples.ts'
import type { StepInputs, StepOutcome } from '../../stdlib/training/trainer-options.ts'
import { failures } from '../worker/problems.ts'
import type { Outcome, Stopped } from '../worker/stage-context.ts'
import type { Observer } from './observer.ts'
import type { TrainingParts } from './parts.ts'
import { Step } from './step.ts'

/** A loss (in nats) beyond which training has diverged, finite or not: Adam's bounded steps can stay finite in ruins. */
const hopeless = 1e9

/** Trains from a point to the end. @returns what an observer ended it with; undefined when all steps were taken */
export async function trainingLoop(
  { options, examples, objective, trainer }: Pick<TrainingParts, 'options' | 'examples' | 'objective' | 'trainer'>,
  from: Step,
  observers: readonly Observer[],
): Promise<Outcome | Stopped | undefined> {
  const { optimizer, batch, epochs, seed, ema, pruning } = options
  const [start, end] = [Step.startOf(options, from.perEpoch), Step.endOf(options, from.perEpoch)]
  const changes = pruning && inSteps(pruning, from.perEpoch)
  // The optimizer's clock stands still where a batch is spent on a gradient alone.
  const spent = ({ steps }: Step) => (changes ? spentBefore(changes, { from: start.steps, steps: end.steps }, steps) : 0)
  const order = () => batchesFrom(seed, from.steps, end.steps, examples.count, batch)
  examples.ahead(order())
  let [at, lastLoss] = [from, Number.NaN]
  for (const indices of order()) {
    for (const observer of observers) await observer.before?.(at)
    const rate = learningRate(optimizer.lr, at.steps, { stepsPerEpoch: at.perEpoch, epochs })
    const inputs = {
      indices,
      learningRate: rate,
      step: at.since(start) - spent(at),
      position: at.steps,
      epoch: at.epoch,
      seed,
      scalars: objective.scalarsAt(seed, at.steps),
      ...(ema === undefined ? {} : { decay: ema }),
    }
    const taken = (await inPlace(observers, at, inputs)) ?? (await trainer.step(inputs))
    const { loss } = taken
    if (!(Math.abs(loss) < hopeless)) throw failures.diverged({ step: at.steps, epoch: at.epoch + 1, learningRate: rate, lastLoss, loss })
    at = at.plus(1)
    lastLoss = loss
    for (const observer of observers) {
      const ended = await observer.after?.(at, taken)
      if (ended !== undefined) return ended
    }
  }
  for (const observer of observers) await observer.atEnd?.()
  return undefined
}

async function inPlace(observers: readonly Observer[], at: Step, inputs: StepInputs): Promise<StepOutcome | undefined> {
  for (const observer of observers) {
    const taken = await observer.instead?.(at, inputs)
    if (taken !== undefined) return taken
  }
  return undefined
}
