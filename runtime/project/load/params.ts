/** `--set name=value` on the command line. */
import { loadProblems } from './problems.ts'

/** By name, as text; the file's `params()` determines the types. @throws LoadProblem for one given twice */
export function parseParams(given: readonly string[]): ReadonlyMap<string, string> {
  const params = new Map<string, string>()
  for (const text of given) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text)! // the command line lets nothing else through
    if (params.has(name!)) throw loadProblems.setTwice(name!)
    params.set(name!, value!)
  }
  return params
}
