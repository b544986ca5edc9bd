/** Results on which the index and the run logs disagree: the same process wrote both when the stage finished. */
import { canonical, type Json } from '../../../dsl/check/canonical.ts'
import type { KeptResult } from '../inventory.ts'
import { resultIn } from '../result-form.ts'
import type { StageResult } from '../results.ts'
import type { Store } from '../store.ts'

interface Contradiction {
  readonly key: string
  readonly path: string
  readonly wrong: string
  readonly logged: StageResult
}

const compared = ['kind', 'path', 'manifest', 'artifact', 'metrics', 'numerics'] as const

export async function contradictions(store: Store, results: readonly KeptResult[]): Promise<Contradiction[]> {
  const logged = await loggedResults(store)
  const found: Contradiction[] = []
  for (const { key, path } of results) {
    const [known, said] = [await store.results.get(key), logged.get(key) ?? []]
    const newest = said.at(-1)
    // Recomputed by a process that was killed before it wrote its line.
    if (known === undefined || newest === undefined || known.finished > newest.finished) continue
    const wrong = differences(known, said)
    if (wrong.length > 0) found.push({ path, wrong: `the log of a run has another ${wrong.join(', ')}`, key, logged: newest })
  }
  return found
}

/** Fields that no log line agrees with. Snapshots may be added or removed, so only those of the same name are compared. */
function differences(known: StageResult, said: readonly StageResult[]): string[] {
  const fields = compared.filter((field) => !said.some((each) => same(known[field], each[field])))
  const snapshots = Object.entries(known.snapshots).filter(([at, digest]) => {
    const others = said.flatMap(({ snapshots }) => snapshots[at] ?? [])
    return others.length > 0 && !others.includes(digest)
  })
  return [...fields, ...snapshots.map(([at]) => `snapshot at ${at}`)]
}

const same = (a: unknown, b: unknown): boolean => canonical((a ?? null) as Json) === canonical((b ?? null) as Json) // parts of results are JSON

/** By key, in order of the runs. */
async function loggedResults({ journal }: Store): Promise<ReadonlyMap<string, readonly StageResult[]>> {
  const all: StageResult[] = []
  for (const { id } of (await journal.runs()).toReversed())
    for (const line of await journal.readLog(id)) {
      const result = resultIn(line)
      if (result !== undefined) all.push(result)
    }
  return Map.groupBy(all, ({ key }) => key)
}
