/** What a store takes, and what of it. */

import { pinned } from '../sqlite/pins.ts'
import type { Store } from '../store.ts'
import { bytesOf, checkpointsIn, filesIn, objectsIn } from './inventory.ts'

export interface StoreStat {
  readonly store: string
  readonly results: { readonly [kind: string]: number }
  readonly pins: number
  readonly runs: number
  /** Files and bytes of each part. */
  readonly parts: { readonly [part in Part]: { readonly count: number; readonly bytes: number } }
}

const partNames = ['objects', 'checkpoints', 'data', 'logs', 'runs', 'quarantine', 'tmp'] as const
type Part = (typeof partNames)[number]

export async function statOf({ layout, index }: Store): Promise<StoreStat> {
  const contents = {
    objects: await objectsIn(layout),
    checkpoints: [...(await checkpointsIn(layout)).values()],
    data: await filesIn(layout.data),
    logs: await filesIn(layout.logs),
    runs: await filesIn(layout.runs),
    quarantine: await filesIn(layout.quarantine),
    tmp: await filesIn(layout.tmp),
  }
  const kinds = index.all('SELECT kind, count(*) AS count FROM results GROUP BY kind ORDER BY kind')
  return {
    store: layout.root,
    results: Object.fromEntries(kinds.map(({ kind, count }) => [String(kind), Number(count)])),
    pins: pinned(index).length,
    runs: Number(index.all('SELECT count(*) AS count FROM runs')[0]?.count),
    parts: Object.fromEntries(
      partNames.map((name) => [name, { count: contents[name].length, bytes: bytesOf(contents[name]) }]),
    ) as StoreStat['parts'], // all names
  }
}
