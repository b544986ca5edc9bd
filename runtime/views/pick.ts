/** What `espalier pick` chose, why, and what it changes. */
import type { ArmResult } from '../run-event.ts'

export interface PickView {
  readonly metric: string
  /** Best first. */
  readonly arms: readonly {
    readonly name: string
    readonly labels: ArmResult['labels']
    readonly mean: number
    /** Sample standard deviation; null of one seed. */
    readonly deviation: number | null
    readonly seeds: number
  }[]
  readonly changes: readonly { readonly path: string; readonly diff: string }[]
  readonly written: boolean
  readonly warnings: readonly string[]
}
