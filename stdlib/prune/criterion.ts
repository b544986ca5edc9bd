/** The interface of criteria: scores, of which the smallest are removed. */

import type { PruneOptions } from '../../dsl/graph/stage-options.ts'
import type { Criterion } from '../../dsl/parts/criteria.ts'
import type { ChannelGroup } from '../models/structure/channels.ts'
import type { Masks, Network, Weights } from '../network.ts'
import type { StageServices } from '../training/services.ts'

/** The scores of the weights, by parameter, row-major. */
export type Scores = ReadonlyMap<string, Float32Array>

/** A network before its masks change; during training also the movement of its weights, if requested. */
export interface PrunableNetwork extends Network {
  readonly movement?: Scores
  /** The current training step of the horizon; 0 for one-shot pruning. */
  readonly step?: number
}

/**
 * The masks after pruning; the fraction may differ at each call. It ranks the weights that `left` keeps, by default those of the network's
 * masks.
 */
export type ChooseMasks = (network: PrunableNetwork, options: PruneOptions, left?: Masks) => Masks

export type CriterionOf<K extends Criterion['kind']> = Extract<Criterion, { kind: K }>

/** Ranks single weights. */
export interface WeightCriterion<C extends Criterion = Criterion> {
  /** Whether the training accumulates −Σ w · ∂L/∂w for each weight. */
  readonly movement?: true
  /** Prepares further inputs, before the masks change for the first time. @param network at that point */
  scorer(
    criterion: C,
    network: Network,
    services: StageServices,
  ): Promise<(network: PrunableNetwork, asked: Pick<PruneOptions, 'sparsity'>) => Scores>
}

/** Ranks single weights once or in rounds, for one-shot pruning only. */
export interface IterativeCriterion<C extends Criterion = Criterion> {
  /** The number of rounds. 1 or more. */
  rounds(criterion: C): number
  /** Whether removed weights may return in a later round. */
  readonly returns?: true
  /** @param network before the first round */
  scorer(criterion: C, network: Network, services: StageServices): Promise<RoundScorer>
}

interface RoundScorer {
  /** @param left the masks of the previous round, with unmasked weights @param round from 1 */
  scores(left: Network, round: number): Promise<Scores>
  dispose(): void
}

/** Ranks whole channels. */
export interface ChannelCriterion {
  /** A score for each channel of a group. */
  channelScores(group: ChannelGroup, weights: Weights, shapes: ReadonlyMap<string, readonly number[]>): Float32Array
}

/** Ranks whole channels by a user's function, which receives the current target. */
export interface UserChannelCriterion<C extends Criterion = Criterion> {
  channelCriterion(criterion: C, services: StageServices): Promise<(asked: Pick<PruneOptions, 'sparsity'>) => ChannelCriterion>
}
