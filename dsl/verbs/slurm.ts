/** What a stage asks of Slurm when a run computes there. */
import { optionsOf, problem, shown } from '../check/checks.ts'
import type { SlurmResources } from '../graph/stage.ts'

const words = ['partition', 'account', 'time', 'gres'] as const

/** sbatch's options that decide how a job is run and talked to, which Espalier gives itself, and one-letter options of theirs. */
const own =
  /^--(array|output|error|input|job-name|parsable|wrap|wait|signal|requeue|no-requeue|open-mode|chdir|export|export-file|nodes|ntasks.*|cpus-per-task|dependency|test-only|help|usage|version|clusters|quiet|verbose|kill-on-invalid-dep|get-user-env|uid|gid)$/

/** What is wrong with one more option of sbatch; undefined when nothing is. */
export function wrongSbatchOption(option: unknown): string | undefined {
  const [, name] = /^(--[a-z][a-z0-9-]*)(=[^\0\r\n]+)?$/.exec(typeof option === 'string' ? option : '') ?? []
  if (name === undefined) return 'it is not of the form --name or --name=value'
  if (own.test(name)) return 'Espalier gives it itself'
  return words.some((word) => name === `--${word}`) ? `there is ${name.slice(2)} for it` : undefined
}

/** Each is taken over from the task by itself. */
export function slurmResourcesOf(verb: string, given: unknown, standard: SlurmResources = {}): SlurmResources {
  const { options = standard.options, ...asked } = optionsOf(`resources.slurm of ${verb}`, given, [...words, 'options'])
  for (const word of words) {
    const value = asked[word]
    if (value === undefined || (typeof value === 'string' && /^[^\0\r\n\s-][^\0\r\n\s]*$/.test(value))) continue
    throw problem(
      `${verb} was given a ${word} for Slurm that is none.`,
      { verb, option: `slurm.${word}`, value: shown(value), allowed: 'a text without spaces, as sbatch takes it' },
      "For example resources: { slurm: { partition: 'gpu', time: '2:00:00', gres: 'gpu:1' } }.",
    )
  }
  const list: readonly unknown[] = Array.isArray(options) ? options : options === undefined ? [] : [options]
  for (const option of list) {
    const why = wrongSbatchOption(option)
    if (why === undefined) continue
    throw problem(
      `${verb} was given an option for sbatch that it cannot pass on.`,
      { verb, option: 'slurm.options', value: shown(option), why },
      "For example resources: { slurm: { options: ['--constraint=ib', '--exclusive'] } }.",
    )
  }
  return { ...standard, ...(asked as SlurmResources), ...(list.length === 0 ? {} : { options: list as readonly string[] }) }
}
