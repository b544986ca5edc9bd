import type { ProblemText } from '../../../dsl/check/problem.ts'
import type { Stage } from '../../../dsl/graph/stage.ts'

/** A warning, and the stage whose source location it refers to. */
export interface Foreseen {
  readonly stage: Pick<Stage, 'at' | 'path'>
  readonly problem: ProblemText
}
