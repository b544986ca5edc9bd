/** The targets of a file, without a plan: each with its arms, and where it lists its values. */

import type { SourceLocation } from '../../../dsl/check/at.ts'
import type { UserPart } from '../../../dsl/check/function-reference.ts'
import { target as kindOf } from '../../../dsl/check/target.ts'
import { compile } from '../../../dsl/language/compile.ts'
import type { Runnable } from '../../../dsl/language/study.ts'
import { type Choice, choicesOf } from './choices.ts'

export interface ListedTarget {
  /** The export's name; `default` for the default export. */
  readonly name: string
  readonly kind: 'pipeline' | 'study' | 'ensemble' | 'artifact'
  readonly arms: number
  /** Distinct stages: shared ones count once. */
  readonly stages: number
  /** The last verb, or the study's call. */
  readonly at?: SourceLocation
  /** In the order of the arms. */
  readonly choices: readonly (readonly Choice[])[]
}

export function listed(targets: ReadonlyMap<string, Runnable>): readonly ListedTarget[] {
  return [...targets].map(([name, runnable]) => {
    // Fingerprints matter for keys only; here it is enough to distinguish functions.
    const seen = new Map<UserPart, string>()
    const fingerprint = (own: UserPart): string => {
      if (!seen.has(own)) seen.set(own, String(seen.size))
      return seen.get(own)!
    }
    const { stages, targets: compiled } = compile({ [name]: runnable }, { fingerprint })
    const { at } = runnable.node as { readonly at?: SourceLocation }
    return {
      name,
      kind: runnable[kindOf],
      arms: compiled.flatMap(({ arms }) => arms).length,
      stages: stages.length,
      ...(at === undefined ? {} : { at }),
      choices: choicesOf(runnable.node),
    }
  })
}
