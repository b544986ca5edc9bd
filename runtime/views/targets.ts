/** What a pipeline file has to run: each target with its size, what it tries, and what its author says. */
import type { SourceLocation } from '../../dsl/check/at.ts'

export interface TargetsView {
  readonly file: string
  /** At the head of the file. */
  readonly comment: string | null
  readonly targets: readonly TargetDescription[]
}

export interface TargetDescription {
  readonly name: string
  readonly kind: 'pipeline' | 'study' | 'ensemble' | 'artifact'
  readonly arms: number
  readonly stages: number
  /** What its arms differ in, outermost first, with the labels of each. */
  readonly axes: readonly { readonly axis: string; readonly labels: readonly string[] }[]
  readonly comment: string | null
  readonly at: SourceLocation | null
}
