/** The options that may be passed to sbatch. The command line reads this file, so it imports nothing. */

/** Options that have their own name in Espalier. */
export const slurmWords = ['partition', 'account', 'time', 'gres'] as const

/** Options that determine how a job runs and communicates, which Espalier sets itself, and their one-letter forms. */
const own =
  /^--(array|output|error|input|job-name|parsable|wrap|wait|signal|requeue|no-requeue|open-mode|chdir|export|export-file|nodes|ntasks.*|cpus-per-task|dependency|test-only|help|usage|version|clusters|quiet|verbose|kill-on-invalid-dep|get-user-env|uid|gid)$/

/** What is wrong with a further option of sbatch; undefined if nothing is. */
export function wrongSbatchOption(option: unknown): string | undefined {
  const [, name] = /^(--[a-z][a-z0-9-]*)(=[^\0\r\n]+)?$/.exec(typeof option === 'string' ? option : '') ?? []
  if (name === undefined) return 'it is not of the form --name or --name=value'
  if (own.test(name)) return 'Espalier gives it itself'
  return slurmWords.some((word) => name === `--${word}`) ? `there is ${name.slice(2)} for it` : undefined
}
