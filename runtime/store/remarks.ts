/** Notes that users write about runs. */

export interface Remark {
  readonly tags: readonly string[]
  /** The empty string where there is none. */
  readonly note: string
}

/** All methods reject with a StoreProblem and nothing else. */
export interface Remarks {
  /** By the run's number. */
  all(): Promise<ReadonlyMap<number, Remark>>
  /** In place of what was there; one without tags and note is gone. */
  set(run: number, remark: Remark): Promise<void>
}

export const isEmpty = ({ tags, note }: Remark): boolean => tags.length === 0 && note === ''
