import type { ProblemText } from '../../dsl/check/problem.ts'
import type { Predicted } from '../../dsl/parts/data.ts'
import type { Digest } from '../store/address.ts'

/** Properties of a data set that a plan needs. */
export interface DataFacts {
  /** Content address. */
  readonly digest: Digest
  readonly trainExamples: number
  /** Number of classes, of distinct tokens, or of regression targets. */
  readonly classes: number
  /** [height, width, channels] of one example; [length] for text. */
  readonly input: readonly number[]
  /** What is predicted; absent for classes. */
  readonly predicts?: Predicted
  /** Warnings about files that are skipped or read only in part. */
  readonly notes?: readonly ProblemText[]
}
