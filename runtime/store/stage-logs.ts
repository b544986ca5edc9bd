/** Logs of stages: what their workers wrote and how their attempts went. */

export interface StageLogs {
  open(key: string): StageLog
  /** All that is kept; undefined when the stage has no log. */
  read(key: string): string | undefined
  follow(key: string): FollowedLog
  /** Where users find it. */
  whereIs(key: string): string
}

/** Only for users: if it cannot be written, nothing happens. Bounded: the newest is always there. */
export interface StageLog {
  /** A line of our own, with the time. */
  note(text: string): void
  /** What the worker wrote, as it came. */
  write(text: string): void
  close(): void
}

/** Read while it is written, whole lines at a time. */
export interface FollowedLog {
  /** What is new since the last call; the first one gives all that is kept. @param last also a line that has not ended */
  read(last?: boolean): string
}
