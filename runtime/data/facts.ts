import type { ProblemText } from '../../dsl/check/problem.ts'
import type { Digest } from '../store/address.ts'

/** What a plan needs to know of a data set. */
export interface DataFacts {
  /** Content address. */
  readonly digest: Digest
  readonly trainExamples: number
  readonly classes: number
  /** [height, width, channels] of one example. */
  readonly input: readonly number[]
  /** What its user should know of files that are passed over, or lose something on the way. */
  readonly notes?: readonly ProblemText[]
}
