/** Contents and size of a store. */
import { bytesOf, type StorePart, storeParts } from '../inventory.ts'
import type { Store } from '../store.ts'

export interface StoreStat {
  readonly store: string
  readonly results: { readonly [kind: string]: number }
  readonly pins: number
  readonly runs: number
  /** Files and bytes of each part. */
  readonly parts: { readonly [part in StorePart]: { readonly count: number; readonly bytes: number } }
}

export async function statOf({ location, inventory, pins, journal }: Store): Promise<StoreStat> {
  const contents = await inventory.parts()
  const kinds = Map.groupBy(await inventory.results(), ({ kind }) => kind)
  return {
    store: location,
    results: Object.fromEntries([...kinds].map(([kind, { length }]) => [kind, length] as const).sort(([a], [b]) => (a < b ? -1 : 1))),
    pins: (await pins.all()).length,
    runs: (await journal.runs()).length,
    parts: Object.fromEntries(
      storeParts.map((name) => [name, { count: contents[name].length, bytes: bytesOf(contents[name]) }]),
    ) as StoreStat['parts'], // all names
  }
}
