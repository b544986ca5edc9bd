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

/** A training of fewer steps takes them one by one: tracing several in one call takes as long as some hundred calls. */
const longEnough = 500

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
  const rateAt = ({ steps, perEpoch }: Step) => learningRate(optimizer.lr, steps, { stepsPerEpoch: perEpoch, epochs })
  const inputsAt = (at: Step, indices: Int32Array): StepInputs => ({
    indices,
    learningRate: rateAt(at),
    step: at.since(start) - spent(at),
    position: at.steps,
    epoch: at.epoch,
    seed,
    scalars: objective.scalarsAt(seed, at.steps),
    ...(ema === undefined ? {} : { decay: ema }),
  })
  const order = () => batchesFrom(seed, from.steps, end.steps, examples.count, batch)
  examples.ahead(order())
  const batches = order()
  const most = end.since(start) < longEnough ? 1 : trainer.together
  let [at, lastLoss] = [from, Number.NaN]
  while (at.isBefore(end)) {
    for (const observer of observers) await observer.before?.(at)
    const first = inputsAt(at, batches.next().value!)
    const instead = await inPlace(observers, at, first)
    const taken = instead === undefined ? await trainer.steps([first, ...rest(at, most)]) : [instead]
    for (const outcome of taken) {
      const { loss } = outcome
      if (!(Math.abs(loss) < hopeless))
        throw failures.diverged({ step: at.steps, epoch: at.epoch + 1, learningRate: rateAt(at), lastLoss, loss })
      at = at.plus(1)
      lastLoss = loss
      for (const observer of observers) observer.count?.(at, outcome)
    }
    for (const observer of observers) {
      const ended = await observer.after?.(at, taken.at(-1)!)
      if (ended !== undefined) return ended
    }
  }
  for (const observer of observers) await observer.atEnd?.()
  return undefined

  /** What goes in a call with the step after a point: the steps after it up to the next look at the network. */
  function rest(at: Step, most: number): StepInputs[] {
    const inputs: StepInputs[] = []
    for (let next = at.plus(1); inputs.length < most - 1 && next.isBefore(end); next = next.plus(1)) {
      if (observers.some((observer) => observer.looksAt?.(next))) break
      inputs.push(inputsAt(next, batches.next().value!))
    }
    return inputs
  }
}

async function inPlace(observers: readonly Observer[], at: Step, inputs: StepInputs): Promise<StepOutcome | undefined> {
  for (const observer of observers) {
    const taken = await observer.instead?.(at, inputs)
    if (taken !== undefined) return taken
  }
  return undefined
}
