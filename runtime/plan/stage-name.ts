/** Finds a stage by a name given on the command line: its path, a prefix, or a substring of only one path, ignoring seeds. */
import { isSeedSegment, segmentsOf } from '../../dsl/language/paths.ts'
import { nearest } from '../format/target-name.ts'
import { planProblems } from './problems.ts'

/** The first of stages that differ only in their seeds. @throws PlanProblem if no stage matches, or several do */
export function findStage<S extends { readonly path: string }>(name: string, stages: readonly S[]): S {
  const exact = stages.find(({ path }) => path === name)
  if (exact !== undefined) return exact
  for (const fits of [(path: string) => path.startsWith(name), (path: string) => path.includes(name)]) {
    const found = name === '' ? [] : stages.filter(({ path }) => fits(path))
    const paths = found.map(({ path }) => path)
    if (new Set(paths.map(withoutSeeds)).size === 1) return found[0]!
    if (found.length > 1) throw planProblems.severalStages(name, paths)
  }
  const paths = stages.map(({ path }) => path)
  throw planProblems.noStage(name, near(name, paths), paths)
}

const withoutSeeds = (path: string): string =>
  segmentsOf(path)
    .filter((part) => !isSeedSegment(part))
    .join('/')

/** Paths that are similar to the name, or whose last segments are. */
function near(name: string, paths: readonly string[]): string[] {
  const whole = nearest(name, paths)
  if (whole !== undefined) return [whole]
  const depth = name.split('/').length
  const ends = new Map(paths.map((path) => [path, path.split('/').slice(-depth).join('/')]))
  const end = nearest(name, [...new Set(ends.values())])
  return paths.filter((path) => end !== undefined && ends.get(path) === end)
}
