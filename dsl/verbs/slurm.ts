/** What a stage requests from Slurm in runs that use it. */
import { optionsOf, problem, shown } from '../check/checks.ts'
import type { SlurmResources } from '../graph/stage.ts'
import { slurmWords, wrongSbatchOption } from '../parts/sbatch-option.ts'

/** Each option defaults to the task's. */
export function slurmResourcesOf(verb: string, given: unknown, standard: SlurmResources = {}): SlurmResources {
  const { options = standard.options, ...asked } = optionsOf(`resources.slurm of ${verb}`, given, [...slurmWords, 'options'])
  for (const word of slurmWords) {
    const value = asked[word]
    if (value === undefined || (typeof value === 'string' && /^[^\0\r\n\s-][^\0\r\n\s]*$/.test(value))) continue
    throw problem(
      `${verb} was given a ${word} for Slurm that is not valid.`,
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
