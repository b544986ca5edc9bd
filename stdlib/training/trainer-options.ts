/** What a trainer is made of, what a step is told, and what it tells. */
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
 * - `feedback`: the network has the masked weights, their gradient, unmasked, updates the dense ones beside them
 *   (Lin et al., 2020): w ← w − η·g(m ⊙ w);
 * - `recover`: dense weights beside the network as well, but what is masked has no gradient: it waits, under momentum and weight decay;
 * - `soft`: weights are set to zero when the masks change and go on from there (He et al., 2018);
 * - `regrow`: as `gradual`, but what is masked has no gradient in a step, and what the masks let in again starts at zero, its state in the
 *   optimizer too (Evci et al., 2020).
 */
export type Masking = 'none' | 'fixed' | 'gradual' | 'feedback' | 'recover' | 'soft' | 'regrow'

export interface TrainerOptions {
  /** Leads the errors of its step. */
  readonly name: string
  readonly network: BoundNetwork
  readonly examples: Examples
  readonly optimizer: OptimizerSpec
  readonly batch: number
  /** All-ones masks give the same bits as none. */
  readonly masking: Masking
  /** Whether masks reach beyond kernels: whole channels have biases and batch norm too. */
  readonly structured?: boolean
  readonly objective: Objective
  /** ε of smoothed labels, (1 − ε)·one-hot + ε/classes (Szegedy et al., 2016). Default 0. */
  readonly labelSmoothing?: number
  /** Gradients are scaled down to this norm over all parameters together when they exceed it. Default: never. */
  readonly clipNorm?: number
  /** Whether −Σ w · ∂L/∂w is kept for each weight that masks may remove (Sanh et al., 2020). Default false. */
  readonly movement?: boolean
  /** Factors and results of the step's products are rounded to bfloat16. Default: float32. */
  readonly precision?: 'mixed'
  /** Whether the step is compiled with XLA. Default: as the engine is set. */
  readonly xla?: boolean
  /** Strength of the L1 penalty on batch norm's scales: its subgradient is added (Liu et al., 2017). Default 0. */
  readonly gammaL1?: number
  /** What happens to the images first. Default: nothing. */
  readonly augmentations?: Augmentations
  /** Whether a running mean of the weights is kept beside them. Default false. */
  readonly averaging?: boolean
}

/** What a step is told beside its examples. */
export interface StepInputs {
  readonly indices: Int32Array
  readonly learningRate: number
  /** Steps of this stage done before, from 0: the optimizer's clock, whose state is fresh in each stage. */
  readonly step: number
  /** Steps of the whole horizon done before: the clock of random numbers, so that a rewound training draws what the first one drew. */
  readonly position: number
  readonly seed: number
  /** The objective's scalars. */
  readonly scalars: readonly number[]
  /** The epoch, from 0, in which the images are seen: augmentations follow from it. Default 0. */
  readonly epoch?: number
  /** Decay of the mean of the weights, in [0, 1). Only with averaging. */
  readonly decay?: number
}

export interface StepOutcome {
  /** Mean over the batch. */
  readonly loss: number
  /** Examples the network got right, before the update; of sequences, in parts. 0 where numbers are predicted. */
  readonly correct: number
}
