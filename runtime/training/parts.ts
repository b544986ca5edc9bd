/** What a training is made of. */
import type { TrainOptions } from '../../dsl/graph/stage-options.ts'
import type { Numerics } from '../../stdlib/engine.ts'
import type { Network } from '../../stdlib/network.ts'
import type { ChooseMasks } from '../../stdlib/prune/criterion.ts'
import type { BoundNetwork } from '../../stdlib/training/bound-network.ts'
import type { Evaluator } from '../../stdlib/training/evaluator.ts'
import type { Examples } from '../../stdlib/training/examples.ts'
import type { TrainingObjective } from '../../stdlib/training/objective.ts'
import type { Trainer } from '../../stdlib/training/trainer.ts'

export interface TrainingParts {
  readonly options: TrainOptions
  /** As it begins. */
  readonly network: Network
  readonly objective: Pick<TrainingObjective, 'scalarsAt' | 'constants' | 'state' | 'result'>
  readonly numerics: Numerics
  readonly examples: Pick<Examples, 'count' | 'target' | 'ahead'>
  readonly trainer: Pick<
    Trainer,
    'start' | 'resume' | 'together' | 'steps' | 'gradients' | 'state' | 'weights' | 'mean' | 'masks' | 'remask'
  >
  readonly bound: Pick<BoundNetwork, 'load' | 'summary'>
  readonly validation: Pick<Evaluator, 'measure'>
  /** For an early stop. */
  readonly test: Pick<Evaluator, 'measure'> | undefined
  /** For pruning during training. */
  readonly choose: ChooseMasks | undefined
}
