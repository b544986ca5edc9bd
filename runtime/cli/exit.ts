/** Exit codes of the command. */
export const exitCodes = {
  done: 0,
  /** A stage failed, or the run itself did. */
  failed: 1,
  /** The file or the command line is invalid, or something it needs is missing. */
  usage: 2,
  /** Interrupted; the same command continues. */
  interrupted: 130,
} as const
