import type { ProblemText } from '../../dsl/check/problem.ts'
import type { Predicted } from '../../dsl/parts/data.ts'
import type { Digest } from '../store/address.ts'

/** What a plan needs to know of a data set. */
export interface DataFacts {
  /** Content address. */
  readonly digest: Digest
  readonly trainExamples: number
  /** Classes, tokens, or how many numbers are predicted. */
  readonly classes: number
  /** [height, width, channels] of one example; [length] of a text. */
  readonly input: readonly number[]
  /** What is predicted where it is not a class. */
  readonly predicts?: Predicted
  /** What its user should know of files that are passed over, or lose something on the way. */
  readonly notes?: readonly ProblemText[]
}
