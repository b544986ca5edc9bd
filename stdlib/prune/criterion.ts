/** What a criterion computes: scores, of which the smallest go. */

import type { PruneOptions } from '../../dsl/graph/stage-options.ts'
import type { Criterion } from '../../dsl/parts/criteria.ts'
import type { ChannelGroup } from '../models/structure/channels.ts'
import type { Masks, Network, Weights } from '../network.ts'
import type { StageServices } from '../training/services.ts'

/** How much each weight is worth keeping, by parameter, row-major. */
export type Scores = ReadonlyMap<string, Float32Array>

/** A network when its masks are to change; during training also the movement of its weights, where it is asked for. */
export interface PrunableNetwork extends Network {
  readonly movement?: Scores
  /** Steps of the horizon done; 0 at once. */
  readonly step?: number
}

/**
 * The masks after pruning; options may ask for another fraction each time. Ranked is what `left` leaves, by default what the network's
 * masks do.
 */
export type ChooseMasks = (network: PrunableNetwork, options: PruneOptions, left?: Masks) => Masks

export type CriterionOf<K extends Criterion['kind']> = Extract<Criterion, { kind: K }>

/** Ranks single weights. */
export interface WeightCriterion<C extends Criterion = Criterion> {
  /** Whether a training that prunes by it sums up −Σ w · ∂L/∂w for each weight. */
  readonly movement?: true
  /** Gets what it needs beside the weights, before masks change the first time. @param network as it is then */
  scorer(
    criterion: C,
    network: Network,
    services: StageServices,
  ): Promise<(network: PrunableNetwork, asked: Pick<PruneOptions, 'sparsity'>) => Scores>
}

/** Ranks single weights once, or again and again of what is left; only at once. */
export interface IterativeCriterion<C extends Criterion = Criterion> {
  /** How often. 1 or more. */
  rounds(criterion: C): number
  /** Whether what one round removed may be in the network again after another. */
  readonly returns?: true
  /** @param network before the first round */
  scorer(criterion: C, network: Network, services: StageServices): Promise<RoundScorer>
}

interface RoundScorer {
  /** @param left with the masks of the last round, and weights from before them @param round from 1 */
  scores(left: Network, round: number): Promise<Scores>
  dispose(): void
}

/** Ranks whole channels. */
export interface ChannelCriterion {
  /** A score for each channel of a group. */
  channelScores(group: ChannelGroup, weights: Weights, shapes: ReadonlyMap<string, readonly number[]>): Float32Array
}

/** Ranks whole channels by a function of the user's, which is told what is asked for each time. */
export interface UserChannelCriterion<C extends Criterion = Criterion> {
  channelCriterion(criterion: C, services: StageServices): Promise<(asked: Pick<PruneOptions, 'sparsity'>) => ChannelCriterion>
}
