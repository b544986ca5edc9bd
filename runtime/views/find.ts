/** Resolves a name from the command line: a run by its number; a stage by its path, its key or the digest of its result. */
import { nearest } from '../format/target-name.ts'
import type { KnownStage, RunEntry, RunStage } from '../store/journal.ts'
import type { Store } from '../store/store.ts'
import { historyProblems } from './problems.ts'

export type Found = { readonly found: 'run'; readonly run: RunEntry } | { readonly found: 'stage'; readonly stage: KnownStage }

/**
 * `last` or a number: a run. `12:dense/train`: a stage of run 12. `dense/train` or the end of a path: its most recent stage.
 * Six or more hex digits: the beginning of a stage's key, or of the digest of its result.
 * @throws StoreProblem if nothing matches, or several stages do
 */
export async function find(store: Store, text: string): Promise<Found> {
  const run = await findRun(store, text)
  return run === undefined ? { found: 'stage', stage: await findStage(store, text) } : { found: 'run', run }
}

/** @throws StoreProblem if no stage matches, or several do */
export async function findStage(store: Store, text: string): Promise<KnownStage> {
  const [, number, path] = /^(\d{1,9}|last):(.+)$/s.exec(text) ?? []
  if (number !== undefined && path !== undefined) {
    const run = await findRun(store, number)
    if (run === undefined) throw historyProblems.noRun(number, (await findRun(store, 'last'))?.id)
    return byPath(text, path, keyed(await store.journal.stagesOf(run.id)))
  }
  const byDigits = /^(?:sha256:)?([0-9a-f]{6,64})$/.exec(text)?.[1]
  if (byDigits !== undefined) {
    const matching = await withDigits(store, byDigits)
    if (matching.length === 1) return matching[0]!
    if (matching.length > 1) throw historyProblems.ambiguous(text, namesOf(matching))
  }
  return byPath(text, text, await store.journal.places())
}

async function findRun({ journal }: Store, text: string): Promise<RunEntry | undefined> {
  if (text === 'last') return (await journal.runs({ most: 1 }))[0]
  return /^\d{1,9}$/.test(text) ? journal.run(Number(text)) : undefined
}

function keyed(stages: readonly RunStage[]): KnownStage[] {
  return stages.flatMap(({ path, key }) => (key === null ? [] : [{ path, key }]))
}

/** The exact path, otherwise the only path that ends with it. */
function byPath(text: string, path: string, stages: readonly KnownStage[]): KnownStage {
  const exact = stages.find((stage) => stage.path === path)
  if (exact !== undefined) return exact
  const ending = stages.filter((stage) => stage.path.endsWith(`/${path}`))
  if (ending.length === 1) return ending[0]!
  if (ending.length > 1) throw historyProblems.ambiguous(text, namesOf(ending))
  throw historyProblems.notFound(
    text,
    near(
      path,
      stages.map((stage) => stage.path),
    ),
  )
}

async function withDigits({ results, journal }: Store, digits: string): Promise<KnownStage[]> {
  const found = [...(await journal.beginningWith(digits)), ...(await results.beginningWith(digits))]
  return [...new Map(found.map((stage) => [stage.key, stage])).values()]
}

/** Paths that contain the text, and the one with the most similar spelling. */
function near(text: string, paths: readonly string[]): string[] {
  const containing = paths.filter((path) => path.toLowerCase().includes(text.toLowerCase()))
  const endings = new Map(paths.map((path) => [path.split('/').slice(-text.split('/').length).join('/'), path]))
  const spelt = nearest(text, [...endings.keys()])
  return [...new Set([...containing, ...(spelt === undefined ? [] : [endings.get(spelt)!])])]
}

const namesOf = (stages: readonly KnownStage[]): string[] => stages.map(({ path, key }) => `${path} (${key.slice(0, 12)})`)
