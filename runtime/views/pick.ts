/** Result of `espalier pick`: the ranking of arms, and the changes to files. */
import type { ArmResult } from '../run-event.ts'

export interface PickView {
  readonly metric: string
  /** Best first. */
  readonly arms: readonly {
    readonly name: string
    readonly labels: ArmResult['labels']
    readonly mean: number
    /** Sample standard deviation; null for a single seed. */
    readonly deviation: number | null
    readonly seeds: number
  }[]
  readonly changes: readonly { readonly path: string; readonly diff: string }[]
  readonly written: boolean
  readonly warnings: readonly string[]
}
