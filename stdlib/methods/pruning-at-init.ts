/**
 * Methods for pruning before training at the same sparsity and budget: SNIP, iterative SNIP, FORCE, GraSP and SynFlow. The controls are
 * those of Frankle et al. (ICLR 2021, arXiv 2009.08576): random and magnitude pruning, and each mask permuted within its layers, which
 * tests whether only the densities matter.
 */
import { optionsOf } from '../../dsl/check/checks.ts'
import { type Arch, force, gradient, grasp, type Mask, magnitude, type Pipeline, type Pruner, random, synflow } from '../../dsl/index.ts'

export interface PruningAtInitOptions {
  /** The sparsity over all prunable weights. In [0, 1), default 0.9. */
  readonly sparsity?: number
  /** Batches of training data for each gradient. 1 or more, default 1. */
  readonly batches?: number
  /** Rounds of iterative SNIP and FORCE. 1 or more, default 60. */
  readonly rounds?: number
  /** Rounds of SynFlow. 1 or more, default 100. */
  readonly flowRounds?: number
}

/**
 * `dense`; pruned before training at `random` and by `magnitude`; and pruned before training by SNIP, iterative SNIP, FORCE, GraSP and
 * SynFlow, each also with its mask permuted within each layer (`snipShuffled`, …).
 */
export const pruningAtInitArms =
  (options: PruningAtInitOptions = {}) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, 'fresh', M, K | 'init'>) => {
    optionsOf('pruningAtInitArms()', options, ['sparsity', 'batches', 'rounds', 'flowRounds'])
    const { sparsity = 0.9, batches = 1, rounds = 60, flowRounds = 100 } = options
    const by = (criterion: Pruner<A, 'unstructured', 'at once'>) => p.prune(criterion).train()
    const elsewhere = (trained: ReturnType<typeof by>) => trained.reinit({ shuffleMask: true, weights: 'keep' }).rewind().train()
    const arms = {
      snip: by(gradient(sparsity, { batches })),
      iterativeSnip: by(gradient(sparsity, { batches, rounds })),
      force: by(force(sparsity, { batches, rounds })),
      grasp: by(grasp(sparsity, { batches })),
      synflow: by(synflow(sparsity, { rounds: flowRounds })),
    }
    return {
      dense: p.train(),
      random: by(random(sparsity)),
      magnitude: by(magnitude(sparsity)),
      ...arms,
      snipShuffled: elsewhere(arms.snip),
      iterativeSnipShuffled: elsewhere(arms.iterativeSnip),
      forceShuffled: elsewhere(arms.force),
      graspShuffled: elsewhere(arms.grasp),
      synflowShuffled: elsewhere(arms.synflow),
    }
  }
