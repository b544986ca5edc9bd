/** Selects the best arm of a study by the mean over its seeds. */
import { metricCalled, readsTest } from '../../../stdlib/metrics/catalogue.ts'
import { spread } from '../../../stdlib/metrics/spread.ts'
import type { Directions } from '../../run-event.ts'
import { identityOf, isSeed } from '../../views/arms.ts'
import { directionsOf, measureCalled } from '../../views/measure.ts'
import type { Choice } from '../load/choices.ts'
import { pickProblems } from './problems.ts'

/** One arm with its metrics, if measured. */
export interface MeasuredArm {
  readonly choices: readonly Choice[]
  readonly metrics: { readonly [name: string]: number } | undefined
  /** For the user's own metrics. */
  readonly better?: Directions
}

/** An arm over all its seeds. */
export interface Candidate {
  /** Without the seeds. */
  readonly choices: readonly Choice[]
  readonly mean: number
  /** Sample standard deviation; undefined for one seed. */
  readonly deviation: number | undefined
  readonly seeds: number
}

/** How arms are compared. */
export interface Criterion {
  readonly metric: string
  /** Whether it may be a metric of the test split, which is then no unbiased estimate any more. */
  readonly onTest: boolean
}

/** Best first. @throws LoadProblem when there is nothing to choose between or by, an arm was not measured, or two are equal */
export function ranking(target: string, arms: readonly MeasuredArm[], { metric, onTest }: Criterion): readonly Candidate[] {
  const groups = Map.groupBy(arms, ({ choices }) => identityOf(choices.map(({ axis, label }) => ({ axis, value: label }))))
  if (groups.size < 2) throw pickProblems.nothingToChoose(target)
  const measured = [...new Set(arms.flatMap(({ metrics }) => Object.keys(metrics ?? {})))]
  const directions = directionsOf(arms)
  const betterOf = (name: string) => measureCalled(name, directions).better
  const choosable = measured.filter((one) => betterOf(one) !== null && (onTest || !readsTest(one)))
  if (metricCalled(metric) !== undefined && betterOf(metric) === null) throw pickProblems.noDirection(metric, choosable)
  if (readsTest(metric) && !onTest) throw pickProblems.onTest(metric)
  const missing = arms.filter(({ metrics }) => metrics === undefined)
  if (missing.length > 0) throw pickProblems.notMeasured(target, missing.length, arms.length)
  const without = arms.filter(({ metrics }) => metrics?.[metric] === undefined)
  if (without.length === arms.length) throw pickProblems.noSuchMetric(metric, choosable)
  if (without.length > 0) throw pickProblems.notOfAll(metric, named(without))
  if (betterOf(metric) === null) throw pickProblems.noDirection(metric, choosable)
  const broken = arms.filter(({ metrics }) => !Number.isFinite(metrics?.[metric]))
  if (broken.length > 0) throw pickProblems.notFinite(metric, named(broken))
  const sign = betterOf(metric) === 'lower' ? 1 : -1
  const candidates = [...groups.values()].map((members) => candidate(members, metric)).sort((a, b) => sign * (a.mean - b.mean))
  const [first, second] = candidates
  if (first!.mean === second!.mean) {
    const equal = candidates.filter(({ mean }) => mean === first!.mean).map(({ choices }) => nameOf(choices))
    throw pickProblems.tie(metric, first!.mean, equal)
  }
  return candidates
}

const named = (arms: readonly MeasuredArm[]): string[] => arms.map(({ choices }) => nameOf(choices))

function candidate(members: readonly MeasuredArm[], metric: string): Candidate {
  const { mean, std, count } = spread(members.map(({ metrics }) => metrics![metric]!)) // the caller has looked
  return { choices: members[0]!.choices.filter((choice) => !isSeed(choice)), mean, deviation: std, seeds: count }
}

/** `sparsity=0.9, hybrid` */
export function nameOf(choices: readonly Choice[]): string {
  return choices.map(({ axis, label }) => (axis === 'arm' ? label : `${axis}=${label}`)).join(', ')
}
