/**
 * The registration of a study: what its paper says, which arms say so, and what is measured. Fixed before the study runs; `inView` and
 * `seedsAdded` say what was not.
 */
import { type Claim, type Margins, ordered } from './claims.ts'

export interface Registration {
  /** Without `.pipeline.ts`. */
  readonly file: string
  readonly title: string
  /** The paper's claim, or the question. */
  readonly question: string
  /** Where the paper says so: section, figure or table, in its words or ours. */
  readonly source: string
  readonly metrics: readonly string[]
  readonly claims: readonly Claim[]
  /** n, the seeds of every arm. */
  readonly seeds: number
  /** Without them *not worse* and *no difference* are not decided. */
  readonly margins?: Margins
  /** Which choices of its recipe were made with results in view: of those it confirms an implementation, and no claim of a paper. */
  readonly inView?: string
  /** Whether the test set is so small that intervals over its examples are shown too. */
  readonly fewTestExamples?: true
  /** How often, and why, seeds were added after results were seen, here or in the reference. */
  readonly seedsAdded?: string
}

export const accuracy = 'test/accuracy'
export const loss = 'test/loss'
export const calibrated = 'test/calibrated-loss'
export const earlyStop = 'earlyStop/step'

/** `seedsAdded` of several studies. */
export const fromThree =
  'From three to five, in all studies of three but that of lottery tickets, before they were run with their present recipes; what three gave with earlier recipes was known.'

/** Each has a better accuracy than the next. */
export const above = (...arms: readonly string[]): readonly Claim[] => ordered('better', accuracy, ...arms)
/** With a margin, which the study has to name. */
export const alike = (of: string, than: string, metric = accuracy): Claim => ({ of, than, expect: 'no difference', metric })
