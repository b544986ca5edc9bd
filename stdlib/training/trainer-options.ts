/** The parts of a trainer, and the inputs and outputs of a step. */
import type { OptimizerSpec } from '../../dsl/parts/optimizer.ts'
import type { Augmentations } from '../augment/augmentations.ts'
import type { BoundNetwork } from './bound-network.ts'
import type { Examples } from './examples.ts'
import type { Objective } from './objective.ts'

/**
 * What masks do in a step:
 * - `none`: there are none;
 * - `fixed`: removed weights are set to zero after every update;
 * - `gradual`: the same, and the masks change during training (`remask`);
 * - `feedback`: the network has the masked weights, and their unmasked gradient updates a dense copy (Lin et al., 2020): w ← w − η·g(m ⊙
 *   w);
 * - `recover`: also a dense copy, but masked weights have no gradient; only momentum and weight decay change them;
 * - `soft`: weights are set to zero when the masks change and continue to train from zero (He et al., 2018);
 * - `regrow`: as `gradual`, but masked weights have no gradient in a step, and weights that grow start at zero, with zero optimizer state
 *   (Evci et al., 2020).
 */
export type Masking = 'none' | 'fixed' | 'gradual' | 'feedback' | 'recover' | 'soft' | 'regrow'

export interface TrainerOptions {
  /** The prefix of its step's error messages. */
  readonly name: string
  readonly network: BoundNetwork
  readonly examples: Examples
  readonly optimizer: OptimizerSpec
  readonly batch: number
  /** All-ones masks give the same bits as no masks. */
  readonly masking: Masking
  /** Whether masks cover more than kernels: for whole channels also biases and batch norm. */
  readonly structured?: boolean
  readonly objective: Objective
  /** ε of smoothed labels, (1 − ε)·one-hot + ε/classes (Szegedy et al., 2016). Default 0. */
  readonly labelSmoothing?: number
  /** The maximum norm of the gradient over all parameters; larger gradients are scaled down to it. Default: none. */
  readonly clipNorm?: number
  /** Whether to accumulate −Σ w · ∂L/∂w for each weight that masks may remove (Sanh et al., 2020). Default false. */
  readonly movement?: boolean
  /** Operands and results of the step's products are rounded to bfloat16. Default: float32. */
  readonly precision?: 'mixed'
  /** Whether the step is compiled with XLA. Default: the engine's setting. */
  readonly xla?: boolean
  /** Strength of the L1 penalty on batch norm's scales: its subgradient is added (Liu et al., 2017). Default 0. */
  readonly gammaL1?: number
  /** The augmentation of the images. Default: none. */
  readonly augmentations?: Augmentations
  /** Whether to keep a moving average of the weights. Default false. */
  readonly averaging?: boolean
}

/** The inputs of a step other than its examples. */
export interface StepInputs {
  readonly indices: Int32Array
  readonly learningRate: number
  /** Previous steps of this stage, from 0: the clock of the optimizer, whose state is reset in each stage. */
  readonly step: number
  /**
   * Previous steps of the whole horizon: the clock of random numbers, so that a rewound training draws the same numbers as the first one.
   */
  readonly position: number
  readonly seed: number
  /** The objective's scalars. */
  readonly scalars: readonly number[]
  /** The epoch, from 0, which determines the augmentations. Default 0. */
  readonly epoch?: number
  /** Decay of the moving average of the weights, in [0, 1). Only with averaging. */
  readonly decay?: number
}

export interface StepOutcome {
  /** Mean over the batch. */
  readonly loss: number
  /** Correct examples before the update; fractional for sequences. 0 for regression. */
  readonly correct: number
}
