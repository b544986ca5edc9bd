/** What a word on the command line means: a run by its number, a stage by its place in a pipeline, by its key, or by what it made. */
import { nearest } from '../format/target-name.ts'
import type { RunEntry, StageRef } from '../store/journal.ts'
import { runsOf, runWith, stagesOf } from '../store/sqlite/journal.ts'
import type { Store } from '../store/store.ts'
import { historyProblems } from './problems.ts'

export type Found = { readonly found: 'run'; readonly run: RunEntry } | { readonly found: 'stage'; readonly stage: StageRef }

/**
 * `last` or a number: a run. `12:dense/train`: a stage as run 12 met it. `dense/train`, or the end of a path: where that led last.
 * Six or more hex digits: the beginning of a stage's key, or of the digest of what it made.
 * @throws StoreProblem when it is none of these, or more than one
 */
export function find(store: Store, text: string): Found {
  const run = findRun(store, text)
  return run === undefined ? { found: 'stage', stage: findStage(store, text) } : { found: 'run', run }
}

/** @throws StoreProblem when there is no such stage, or more than one */
export function findStage(store: Store, text: string): StageRef {
  const [, number, path] = /^(\d{1,9}|last):(.+)$/s.exec(text) ?? []
  if (number !== undefined && path !== undefined) {
    const run = findRun(store, number)
    if (run === undefined) throw historyProblems.noRun(number, newestRun(store))
    return byPath(text, path, keyed(stagesOf(store.index, store.layout, run.id)))
  }
  const byDigits = /^(?:sha256:)?([0-9a-f]{6,64})$/.exec(text)?.[1]
  if (byDigits !== undefined) {
    const matching = withDigits(store, byDigits)
    if (matching.length === 1) return matching[0]!
    if (matching.length > 1) throw historyProblems.ambiguous(text, namesOf(matching))
  }
  return byPath(text, text, knownStages(store))
}

function findRun(store: Store, text: string): RunEntry | undefined {
  if (text === 'last') return runsOf(store.index, { most: 1 })[0]
  return /^\d{1,9}$/.test(text) ? runWith(store.index, Number(text)) : undefined
}

function newestRun(store: Store): number | undefined {
  return runsOf(store.index, { most: 1 })[0]?.id
}

/** Every place that led to a stage, with the key it led to last: by runs, the newest first, then by planning and older stores. */
function knownStages(store: Store): StageRef[] {
  const { index, layout } = store
  const last = new Map<string, { readonly key: string; readonly run: number }>()
  const note = (path: string, key: string, run: number) => {
    if ((last.get(path)?.run ?? -1) < run) last.set(path, { key, run })
  }
  for (const { path, key, run } of index.all('SELECT path, key, max(run) AS run FROM run_stages WHERE key IS NOT NULL GROUP BY path'))
    note(String(path), String(key), Number(run))
  for (const { id } of index.all('SELECT id FROM runs WHERE finished IS NULL'))
    for (const { path, key } of keyed(stagesOf(index, layout, Number(id)))) note(path, key, Number(id))
  for (const { path, key } of index.all('SELECT path, key, max(seen) FROM places GROUP BY path')) note(String(path), String(key), 0)
  return [...last].map(([path, { key }]) => ({ path, key }))
}

function keyed(stages: ReturnType<typeof stagesOf>): StageRef[] {
  return stages.flatMap(({ path, key }) => (key === null ? [] : [{ path, key }]))
}

/** The whole path, otherwise the end of one, otherwise a sentence with the nearest. */
function byPath(text: string, path: string, stages: readonly StageRef[]): StageRef {
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

function withDigits(store: Store, digits: string): StageRef[] {
  const rows = store.index.all(
    `SELECT key, path FROM results WHERE substr(key, 1, length(?1)) = ?1 OR substr(artifact, 8, length(?1)) = ?1
     UNION SELECT key, path FROM run_stages WHERE substr(key, 1, length(?1)) = ?1`,
    digits,
  )
  return [...new Map(rows.map(({ key, path }) => [String(key), { key: String(key), path: String(path) }])).values()]
}

/** Paths that contain the word, and the one that is spelt most like it. */
function near(text: string, paths: readonly string[]): string[] {
  const containing = paths.filter((path) => path.toLowerCase().includes(text.toLowerCase()))
  const endings = new Map(paths.map((path) => [path.split('/').slice(-text.split('/').length).join('/'), path]))
  const spelt = nearest(text, [...endings.keys()])
  return [...new Set([...containing, ...(spelt === undefined ? [] : [endings.get(spelt)!])])]
}

const namesOf = (stages: readonly StageRef[]): string[] => stages.map(({ path, key }) => `${path} (${key.slice(0, 12)})`)
