/** Where a study lists its values: for each arm, the calls of `sweep()`, `compare()` and `seeds()` that lead to it. */

import type { SourceLocation } from '../../../dsl/check/at.ts'
import type { Expr } from '../../../dsl/graph/expr.ts'

/** One label of an arm, and its call. */
export interface Choice {
  /** As written: `arm`, `seed` or an axis. */
  readonly axis: string
  readonly label: string
  readonly at?: SourceLocation
}

/** In the order of the target's arms, each with the outermost first. */
export function choicesOf(expr: Expr): readonly (readonly Choice[])[] {
  if (expr.kind !== 'study') return [[]]
  const { axis, at } = expr
  return expr.arms.flatMap(({ label, of }) =>
    choicesOf(of).map((inner): readonly Choice[] => [{ axis, label, ...(at === undefined ? {} : { at }) }, ...inner]),
  )
}
