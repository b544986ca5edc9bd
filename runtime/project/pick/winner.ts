/** Which arm of a study did best: the mean over its seeds decides. */
import type { Choice } from '../load/choices.ts'
import { pickProblems } from './problems.ts'

/** One arm with what was measured, if it was. */
export interface MeasuredArm {
  readonly choices: readonly Choice[]
  readonly metrics: { readonly [name: string]: number } | undefined
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

const isSeed = ({ axis }: Choice): boolean => /^seed\d*$/.test(axis)

/** What is better when it is less. */
const lessIsBetter = (metric: string): boolean => /(^|\/)(loss|error|flops|macs|parameters|bytes)$/i.test(metric)

/** Best first. @throws LoadProblem when there is nothing to choose between, or not everything was measured, or two did equally well */
export function ranking(target: string, arms: readonly MeasuredArm[], metric: string): readonly Candidate[] {
  const groups = Map.groupBy(arms, ({ choices }) => nameOf(choices.filter((choice) => !isSeed(choice))))
  if (groups.size < 2) throw pickProblems.nothingToChoose(target)
  const missing = arms.filter(({ metrics }) => metrics === undefined)
  if (missing.length > 0) throw pickProblems.notMeasured(target, missing.length, arms.length)
  const known = [...new Set(arms.flatMap(({ metrics }) => Object.keys(metrics ?? {})))]
  if (arms.some(({ metrics }) => !Number.isFinite(metrics?.[metric]))) throw pickProblems.noSuchMetric(metric, known)
  const sign = lessIsBetter(metric) ? 1 : -1
  const candidates = [...groups.values()].map((members) => candidate(members, metric)).sort((a, b) => sign * (a.mean - b.mean))
  const [first, second] = candidates
  if (first!.mean === second!.mean) {
    const equal = candidates.filter(({ mean }) => mean === first!.mean).map(({ choices }) => nameOf(choices))
    throw pickProblems.tie(metric, first!.mean, equal)
  }
  return candidates
}

function candidate(members: readonly MeasuredArm[], metric: string): Candidate {
  const values = members.map(({ metrics }) => metrics![metric]!) // the caller has looked
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return {
    choices: members[0]!.choices.filter((choice) => !isSeed(choice)),
    mean,
    deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : undefined,
    seeds: values.length,
  }
}

/** `sparsity=0.9, hybrid` */
export function nameOf(choices: readonly Choice[]): string {
  return choices.map(({ axis, label }) => (axis === 'arm' ? label : `${axis}=${label}`)).join(', ')
}
