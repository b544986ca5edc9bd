/**
 * What happens around a training's steps: curves, checkpoints, kept weights. Each is called at every step, in the order in which `train.ts`
 * lists them; a new one is a file and its place there. No step depends on one, but for pruning's, which changes the masks.
 */
import type { StepInputs, StepOutcome } from '../../stdlib/training/trainer-options.ts'
import type { Outcome, StageContext, Stopped } from '../worker/stage-context.ts'
import type { TrainingCounters } from './counters.ts'
import type { Curves } from './curves.ts'
import type { TrainingParts } from './parts.ts'
import type { Step } from './step.ts'
import type { TrainedNetwork } from './trained-network.ts'
import type { TrainingCheckpoints } from './training-checkpoints.ts'

export interface Observer {
  /** Whether it looks at the network at this point, or changes it: steps go in one call only up to such a point. */
  looksAt?(at: Step): boolean
  /** Before one or more steps; so many are done. */
  before?(at: Step): Promise<void>
  /** Takes the place of the next step, where it gives what a step does; the first of them that does. */
  instead?(at: Step, inputs: StepInputs): Promise<StepOutcome | undefined>
  /** After each step, which is among those done. The network may be further already. */
  count?(at: Step, taken: StepOutcome): void
  /** After one or more steps, of which this was the last. An outcome ends the training there. */
  after?(at: Step, taken: StepOutcome): Promise<Outcome | Stopped | undefined>
  /** After the last step, once all have seen it. */
  atEnd?(): Promise<void>
  /** What it adds to the metrics of the result. */
  metrics?(): Outcome['metrics']
}

/** A training while it runs. */
export interface Training extends TrainingParts {
  readonly context: StageContext
  readonly start: Step
  readonly end: Step
  readonly counters: TrainingCounters
  readonly curves: Curves
  readonly trained: TrainedNetwork
  readonly checkpoints: TrainingCheckpoints
}

/** Undefined where the training needs none. */
export type Observe = (training: Training) => Observer | undefined
