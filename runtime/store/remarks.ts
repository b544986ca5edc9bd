/** Tags and notes that users attach to runs. */

export interface Remark {
  readonly tags: readonly string[]
  /** Empty string when there is none. */
  readonly note: string
}

/** All methods reject with a StoreProblem and nothing else. */
export interface Remarks {
  /** By run number. */
  all(): Promise<ReadonlyMap<number, Remark>>
  /** Replaces the run's remark; one without tags and note is removed. */
  set(run: number, remark: Remark): Promise<void>
}

export const isEmpty = ({ tags, note }: Remark): boolean => tags.length === 0 && note === ''
