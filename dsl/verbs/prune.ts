/** Pruning, completed by its pipeline: at once, or in the course of a training. */
import { inRange, mismatch, oneOf, optionsOf, ranges } from '../check/checks.ts'
import type { Criterion, GradualPruning, Period, PruneOptions, SparsitySchedule } from '../graph/stage-options.ts'
import { type CriterionChoice, isStructured, type PrunerSpec } from '../parts/pruner.ts'
import { cubic, sparsitySchedule } from '../parts/sparsity.ts'
import type { Facts } from './facts.ts'
import { type GivenTraining, training } from './training.ts'

/** What random draws and gradients come from, unless the criterion says it, is the pipeline's. */
export const completed = ({ criterion, ...rest }: PrunerSpec, facts: Facts): PruneOptions => ({
  criterion: criterionOf(criterion, facts),
  ...rest,
})

const criterionOf = (criterion: CriterionChoice, { setting, seed }: Facts): Criterion => {
  if (criterion.kind === 'random') return { kind: 'random', seed: criterion.seed ?? seed }
  if (criterion.kind !== 'gradient') return criterion
  const { batches, batch = setting.batch, seed: own = seed } = criterion
  return { kind: 'gradient', data: setting.data, batch, batches, seed: own }
}

/** How prune() was told to go about it; undefined is at once. */
export const pruneSchedule = (options: unknown, spec: PrunerSpec): SparsitySchedule | undefined => {
  if (options === undefined) return undefined
  const given = optionsOf('prune()', options, ['schedule', 'every', 'mode', ...training])
  const schedule = sparsitySchedule('prune()', given.schedule, targets(spec))
  const stranger = Object.keys(given).find((name) => name !== 'schedule')
  if (schedule === undefined && stranger !== undefined) {
    throw mismatch(
      'All at once nothing is trained, so there is nothing to say about training.',
      'prune()',
      stranger,
      given[stranger as keyof typeof given],
      'nothing with schedule: oneShot()',
      'Give the schedule cubic() or linear(), or leave the option out.',
    )
  }
  return schedule
}

/** @throws PipelineProblem for criteria that need a training when there is none, or none when there is one */
export const fitsPace = (kind: Criterion['kind'], gradually: boolean): void => {
  if (kind === 'movement' && !gradually) {
    throw mismatch(
      'movement() looks at how weights move, so it prunes in the course of a training.',
      'prune()',
      'schedule',
      undefined,
      'cubic(), linear() or throughout()',
      'For example prune(movement(0.9), { schedule: cubic() }).',
    )
  }
  if ((kind === 'gradient' || kind === 'slimming') && gradually) {
    throw mismatch(
      `${kind}() chooses once.`,
      'prune()',
      'schedule',
      undefined,
      'oneShot()',
      'Leave the schedule out, or choose another criterion.',
    )
  }
}

/** The part of a training that prunes. */
export const gradual = (
  verb: string,
  spec: PrunerSpec,
  facts: Facts,
  schedule: SparsitySchedule,
  { every, mode, refresh }: { readonly every: unknown; readonly mode: GradualPruning['mode']; readonly refresh?: 'ramp' },
): GradualPruning => ({
  // What is gone may return, so only a share of all weights has a meaning.
  options: { ...completed(spec, facts), of: 'all' },
  schedule,
  every: period(verb, every),
  mode,
  ...(refresh === undefined ? {} : { refresh }),
})

const period = (verb: string, every: unknown): Period => {
  if (typeof every !== 'object' || every === null) return inRange(verb, 'every', every, ranges.count)
  return { epochs: inRange(verb, 'every.epochs', optionsOf(verb, every, ['epochs']).epochs, ranges.epochs) }
}

/** What dpf() was told. */
export const feedback = (options: unknown, spec: PrunerSpec) => {
  const given = optionsOf('dpf()', options, ['schedule', 'every', 'refresh', ...training])
  const schedule = sparsitySchedule('dpf()', given.schedule ?? cubic(), targets(spec))
  if (schedule === undefined) {
    throw mismatch(
      'dpf() prunes in the course of a training.',
      'dpf()',
      'schedule',
      'oneShot()',
      'cubic(), linear() or throughout()',
      'Leave it out for cubic().',
    )
  }
  const refresh = oneOf('dpf()', 'refresh', given.refresh ?? 'training', ['training', 'ramp'])
  return {
    schedule,
    every: given.every ?? 16,
    mode: 'feedback' as const,
    ...(refresh === 'ramp' ? { refresh } : {}),
    training: given as GivenTraining,
  }
}

const targets = ({ sparsity }: PrunerSpec): readonly number[] => (typeof sparsity === 'number' ? [sparsity] : Object.values(sparsity))

export const maskOf = ({ criterion }: PrunerSpec) => (isStructured(criterion) ? 'structured' : 'unstructured')
