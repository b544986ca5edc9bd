/** Logs of stages: output of their worker processes, and the outcomes of attempts. */

export interface StageLogs {
  open(key: string): StageLog
  /** The whole stored log; undefined when there is none. */
  read(key: string): string | undefined
  follow(key: string): FollowedLog
  /** Its location, for users. */
  whereIs(key: string): string
}

/** Write errors are ignored. Bounded in size: the newest output is kept. */
export interface StageLog {
  /** Writes a line of espalier's own, with the time. */
  note(text: string): void
  /** Writes the worker's output unchanged. */
  write(text: string): void
  close(): void
}

/** Reads a log while it is written, in whole lines. */
export interface FollowedLog {
  /** What was added since the last call; the first call returns the whole log. @param last include an unterminated last line */
  read(last?: boolean): string
}
