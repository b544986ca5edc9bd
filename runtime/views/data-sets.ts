/** The data sets that are read from files, and where they were found. */
import type { KnownData } from '../data/known.ts'

export interface DataSetsView {
  readonly data: readonly KnownData[]
}
