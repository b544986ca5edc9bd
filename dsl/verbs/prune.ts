/** Pruning, completed by its pipeline: at once, or during training. */

import { chosen, oneOf, optionsOf, plain, problem, ranges, shown } from '../check/checks.ts'
import { number } from '../check/form.ts'
import { type GradualPruning, kinds, type Period, type PruneOptions } from '../graph/stage-options.ts'
import criteria, { type Criterion, type CriterionChoice } from '../parts/criteria.ts'
import { type CriterionRecord, layered, type Pruner, ranked, type PrunerSpec as SpecOf } from '../parts/pruner.ts'
import { regrowthOf } from '../parts/regrowth.ts'
import type { SparsitySpec as SparsitySchedule } from '../parts/sparsity.ts'
import { cubic, sparsitySchedule } from '../parts/sparsity.ts'
import type { Facts } from './facts.ts'
import { type GivenTraining, training } from './training.ts'

export type PrunerSpec = SpecOf<CriterionChoice>

/** The user's argument of prune(), before the pipeline completes it. */
export const prunerSpec = (verb: string, how: unknown): PrunerSpec => {
  plain(verb, how)
  const criterion = { kind: 'magnitude' } as const
  if (typeof how === 'number') return { criterion, ...ranked(verb, criteria.magnitude, how) }
  if (typeof how === 'object' && how !== null && !Array.isArray(how)) {
    // Made by the constructors of `criteria`.
    if ('kind' in how && how.kind === 'pruner') return (how as Pruner<never, never>).spec as PrunerSpec
    return { criterion, ...layered(verb, criteria.magnitude, how) }
  }
  throw problem(
    `${verb} takes a fraction, a fraction for each layer, or a pruner.`,
    { verb, value: shown(how) },
    'For example prune(0.9), prune({ fc1: 0.9 }) or prune(magnitude(0.9)).',
  )
}

/** The data, batch and seed of a criterion default to the pipeline's. */
export const completed = ({ criterion, ...rest }: PrunerSpec, { setting, seed }: Facts): PruneOptions => {
  const pipelines = Object.entries({ data: setting.data, batch: setting.batch, seed })
  const missing = pipelines.filter(([option]) => Object.hasOwn(criteria[criterion.kind].options, option))
  const looks = criterion.kind === 'custom' && criterion.gradient !== undefined
  const seen = looks ? { gradient: { ...Object.fromEntries(pipelines), ...criterion.gradient } } : {}
  return { ...rest, criterion: { ...Object.fromEntries(missing), ...criterion, ...seen } as Criterion }
}

/** The schedule of prune(); undefined is one shot. */
export const pruneSchedule = (options: unknown, spec: PrunerSpec): SparsitySchedule | undefined => {
  if (options === undefined) return undefined
  const given = optionsOf('prune()', options, ['schedule', 'every', 'mode', 'regrow', 'channels', ...training])
  const schedule = sparsitySchedule('prune()', given.schedule, targets(spec))
  const unexpected = Object.keys(given).find((name) => name !== 'schedule')
  if (schedule === undefined && unexpected !== undefined) {
    throw problem(
      'Pruning at once trains nothing, so it has no options for training.',
      {
        verb: 'prune()',
        option: unexpected,
        value: shown(given[unexpected as keyof typeof given]),
        allowed: 'nothing with schedule: oneShot()',
      },
      'Give the schedule cubic() or linear(), or leave the option out.',
    )
  }
  return schedule
}

/** @throws PipelineProblem for a criterion that requires a training without one, or that excludes a training with one */
export const fitsPace = (verb: string, kind: Criterion['kind'], schedule: SparsitySchedule | undefined): void => {
  const { pace }: CriterionRecord = criteria[kind]
  if (pace === 'during training' && schedule === undefined) {
    throw problem(
      `${kind}() looks at how weights move, so it prunes during training.`,
      { verb, option: 'schedule', value: 'oneShot(), the default', allowed: 'cubic(), linear() or throughout()' },
      `For example prune(${kind}(0.9), { schedule: cubic() }).`,
    )
  }
  if (pace === 'at once' && schedule !== undefined) {
    throw problem(
      `${kind}() chooses once, so it cannot follow a schedule.`,
      { verb, option: 'schedule', value: schedule.kind === 'constant' ? 'throughout()' : `${schedule.kind}()`, allowed: 'oneShot()' },
      verb === 'dpf()' ? 'Choose another criterion, or prune() at once.' : 'Leave the schedule out, or choose another criterion.',
    )
  }
}

/** The pruning options of a training. */
export const gradual = (
  verb: string,
  spec: PrunerSpec,
  facts: Facts,
  schedule: SparsitySchedule,
  { every, mode, channels, refresh, regrow }: Changes,
): GradualPruning => {
  refusePattern(verb, spec)
  if (spec.criterion.kind === 'custom' && spec.criterion.gradient !== undefined) {
    throw problem(
      'A criterion that looks at the gradient chooses once, so it cannot follow a schedule.',
      { verb, option: 'schedule', allowed: 'oneShot()' },
      'Leave the schedule out, or the gradient.',
    )
  }
  return {
    // Removed weights may return, so only a fraction of all weights is well defined.
    options: { ...completed(spec, facts), of: 'all' },
    schedule,
    every: period(verb, every),
    mode,
    ...channelsOf(verb, spec, mode, channels),
    ...regrowing(verb, spec, facts, mode, regrow),
    ...(refresh === undefined ? {} : { refresh }),
  }
}

const refusePattern = (verb: string, { pattern }: PrunerSpec): void => {
  if (pattern === undefined) return
  throw problem(
    'Pruning to an N:M pattern is done at once, without a schedule.',
    { verb, value: `nm(${pattern.keep}, ${pattern.of})`, allowed: 'prune() without a schedule' },
    'Leave the schedule out, and train afterwards.',
  )
}

/** How the masks change. */
interface Changes {
  readonly every: unknown
  readonly mode: GradualPruning['mode']
  readonly channels: unknown
  readonly refresh?: 'ramp'
  readonly regrow?: unknown
}

/** Options for the growth of weights elsewhere. */
const regrowing = (
  verb: string,
  spec: PrunerSpec,
  { masks }: Facts,
  mode: GradualPruning['mode'],
  given: unknown,
): Pick<GradualPruning, 'regrow'> => {
  if (mode === 'regrow' && (maskOf(spec) === 'structured' || masks.has('structured'))) {
    throw problem(
      'Single weights grow elsewhere in their layer; whole channels do not, and no weight grows in one that is removed.',
      { verb, option: 'mode', value: shown(mode), allowed: "'freeze', 'soft', 'recover'" },
      'shrink() first, and choose by magnitude(), random() or another criterion of single weights.',
    )
  }
  if (mode !== 'regrow' && given !== undefined) {
    throw problem(
      "regrow says how weights grow back elsewhere, which is done with mode: 'regrow' alone.",
      { verb, option: 'regrow', value: shown(given), allowed: "nothing without mode: 'regrow'" },
      "Add mode: 'regrow', or leave it out.",
    )
  }
  return mode === 'regrow' ? { regrow: regrowthOf(verb, given) } : {}
}

/** If channels may grow back, only their kernels are removed by default. */
const channelsOf = (verb: string, spec: PrunerSpec, mode: GradualPruning['mode'], given: unknown): Pick<GradualPruning, 'channels'> => {
  const growBack = maskOf(spec) === 'structured' && (mode === 'soft' || mode === 'feedback')
  if (given !== undefined && !growBack) {
    throw problem(
      'channels says what becomes of removed channels that may grow back, and none may here.',
      { verb, option: 'channels', value: shown(given), allowed: "nothing but with filterL1() and its like in dpf() or mode: 'soft'" },
      'Leave it out.',
    )
  }
  return growBack && oneOf(verb, 'channels', given ?? 'kernels', ['kernels', 'silent']) === 'kernels' ? { channels: 'kernels' } : {}
}

/** Steps between two changes of the masks, of prune() and of dpf(). */
export const every = number(ranges.count, { standard: 100 })
export const everyOfFeedback = number(ranges.count, { standard: 16 })

const period = (verb: string, given: unknown): Period => {
  if (typeof given !== 'object' || given === null) return chosen(verb, 'every', given, every)
  return { epochs: chosen(verb, 'every.epochs', optionsOf(verb, given, ['epochs']).epochs, kinds.train.options.fields.epochs) }
}

/** The options of dpf(). */
export const feedback = (options: unknown, spec: PrunerSpec) => {
  const given = optionsOf('dpf()', options, ['schedule', 'every', 'refresh', 'channels', ...training])
  const schedule = sparsitySchedule('dpf()', given.schedule ?? cubic(), targets(spec))
  if (schedule === undefined) {
    throw problem(
      'dpf() prunes during training.',
      { verb: 'dpf()', option: 'schedule', value: shown('oneShot()'), allowed: 'cubic(), linear() or throughout()' },
      'Leave it out for cubic().',
    )
  }
  const refresh = oneOf('dpf()', 'refresh', given.refresh ?? 'training', ['training', 'ramp'])
  return {
    schedule,
    every: given.every ?? everyOfFeedback.standard,
    mode: 'feedback' as const,
    channels: given.channels,
    ...(refresh === 'ramp' ? { refresh } : {}),
    training: given as GivenTraining,
  }
}

const targets = ({ sparsity }: PrunerSpec): readonly number[] => (typeof sparsity === 'number' ? [sparsity] : Object.values(sparsity))

export const maskOf = ({ criterion }: PrunerSpec) => criteria[criterion.kind].mask
