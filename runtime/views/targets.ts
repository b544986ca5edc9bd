/** The targets of a pipeline file: size, axes and comments. */
import type { SourceLocation } from '../../dsl/check/at.ts'

export interface TargetsView {
  readonly file: string
  /** The comment at the top of the file. */
  readonly comment: string | null
  readonly targets: readonly TargetDescription[]
}

export interface TargetDescription {
  readonly name: string
  readonly kind: 'pipeline' | 'study' | 'ensemble' | 'artifact'
  readonly arms: number
  readonly stages: number
  /** Axes of its arms, outermost first, with their labels. */
  readonly axes: readonly { readonly axis: string; readonly labels: readonly string[] }[]
  readonly comment: string | null
  readonly at: SourceLocation | null
}
