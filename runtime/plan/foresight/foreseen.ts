import type { ProblemText } from '../../../dsl/check/problem.ts'
import type { Stage } from '../../../dsl/graph/stage.ts'

/** Something to be warned of, and the stage whose place in the source it has. */
export interface Foreseen {
  readonly stage: Pick<Stage, 'at' | 'path'>
  readonly problem: ProblemText
}
