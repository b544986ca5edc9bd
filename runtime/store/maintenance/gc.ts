/**
 * Garbage collection: results reachable from pipelines, recent runs and pins are kept; of the rest, the least recently used are removed
 * until what is left fits a budget. Never removed: what a running stage may need, checkpoints that can be resumed, and anything written in
 * the last hour, since an object is written before the result that references it.
 */
import type { Digest } from '../address.ts'
import { bytesOf, type KeptResult, type Removal, type StoredFile, type StoredObject } from '../inventory.ts'
import { areStale } from '../stale-checkpoints.ts'
import type { Store } from '../store.ts'
import { stageRoots } from './roots.ts'

export interface GcOptions {
  /** Maximum total size of objects, in bytes; unreachable results are removed until they fit. Default 0: all unreachable results. */
  readonly budget?: number
  /** Results of this many of the newest runs are kept. Default 10. */
  readonly keepRuns?: number
  /** Minimum age of a file that may be removed, in milliseconds. Default one hour. */
  readonly grace?: number
}

/** `others`: checkpoints of finished stages, logs and converted data of removed results, damaged files and temporary files. */
export interface Garbage extends Removal {
  readonly kept: {
    readonly objects: number
    readonly bytes: number
    /** The part of `bytes` that is reachable and kept whatever the budget. */
    readonly reached: number
  }
}

/** What would be removed; changes nothing. @throws StoreProblem */
export async function findGarbage(store: Store, { budget = 0, keepRuns = 10, grace = 3_600_000 }: GcOptions = {}): Promise<Garbage> {
  const settled = Date.now() - grace
  const { inventory } = store
  const roots = await stageRoots(store, keepRuns)
  const [objects, checkpoints] = [await inventory.contents.objects(), await inventory.contents.checkpoints()]
  const needs = new Needs(store, objects)
  for (const { digest, changed } of objects) if (changed > settled) needs.add([digest])
  const results = await inventory.results()
  const isReached = ({ key, tick }: KeptResult) => roots.has(key) || tick > settled
  for (const result of results) if (isReached(result)) needs.add(await needs.objectsOf(artifactsOf(result)))
  for (const key of checkpoints.keys()) {
    for (const checkpoint of await store.checkpoints.list(key)) {
      const header = await checkpoint.header()
      if (typeof header !== 'string') needs.add(await needs.objectsOf(Object.values(header.snapshots ?? {})))
    }
  }
  const reached = needs.bytes
  const newestFirst = results.filter((result) => !isReached(result)).reverse()
  let fitting = 0
  for (const result of newestFirst) {
    const more = await needs.objectsOf(artifactsOf(result))
    if (needs.bytes + needs.bytesBeyond(more) > budget) break
    needs.add(more)
    fitting++
  }
  const going = newestFirst.slice(fitting)
  const stay = objects.filter(({ digest }) => needs.has(digest))
  return {
    results: going,
    objects: objects.filter(({ digest }) => !needs.has(digest)),
    others: (await leftovers(store, { results, going, roots, checkpoints })).filter(({ changed }) => changed <= settled),
    kept: { objects: stay.length, bytes: bytesOf(stay), reached },
  }
}

/** Removes what was found, except results used since. @throws StoreProblem */
export async function collect(store: Store, { results, objects, others }: Removal): Promise<void> {
  const needs = new Needs(store, objects)
  const since = new Map((await store.inventory.results()).map(({ key, tick }) => [key, tick]))
  const isWanted = ({ key, tick }: KeptResult) => (since.get(key) ?? 0) > tick
  for (const result of results) if (isWanted(result)) needs.add(await needs.objectsOf(artifactsOf(result)))
  await store.inventory.remove({
    results: results.filter((result) => !isWanted(result)),
    objects: objects.filter(({ digest }) => !needs.has(digest)),
    others,
  })
}

const artifactsOf = ({ artifacts }: KeptResult): Digest[] => artifacts.map(({ artifact }) => artifact)

/** Objects to keep, and their total size. */
class Needs {
  readonly #store: Store
  /** The objects of each artifact, read once. */
  readonly #parts = new Map<Digest, readonly Digest[]>()
  readonly #sizes: ReadonlyMap<Digest, number>
  readonly #digests = new Set<Digest>()
  #bytes = 0

  constructor(store: Store, objects: readonly StoredObject[]) {
    this.#store = store
    this.#sizes = new Map(objects.map(({ digest, bytes }) => [digest, bytes]))
  }

  get bytes(): number {
    return this.#bytes
  }

  has(digest: Digest): boolean {
    return this.#digests.has(digest)
  }

  add(digests: readonly Digest[]): void {
    this.#bytes += this.bytesBeyond(digests)
    for (const digest of digests) this.#digests.add(digest)
  }

  bytesBeyond(digests: readonly Digest[]): number {
    return [...new Set(digests)].reduce((sum, digest) => sum + (this.has(digest) ? 0 : (this.#sizes.get(digest) ?? 0)), 0)
  }

  async objectsOf(artifacts: readonly Digest[]): Promise<Digest[]> {
    const all: Digest[] = []
    for (const artifact of artifacts) {
      const parts = this.#parts.get(artifact) ?? (await this.#store.inventory.partsOf(artifact))
      this.#parts.set(artifact, parts)
      all.push(...parts)
    }
    return all
  }
}

interface Found {
  readonly results: readonly KeptResult[]
  readonly going: readonly KeptResult[]
  readonly roots: ReadonlySet<string>
  readonly checkpoints: ReadonlyMap<string, StoredFile>
}

async function leftovers(store: Store, { results, going, roots, checkpoints }: Found): Promise<StoredFile[]> {
  const known = new Set(results.map(({ key }) => key))
  const gone = new Set(going.map(({ key }) => key))
  const finished: StoredFile[] = []
  // A replay's checkpoint is kept while its snapshot may still be requested.
  for (const [key, folder] of checkpoints) if (known.has(key) && (!roots.has(key) || (await isLeft(store, key)))) finished.push(folder)
  const stays = (key: string) => (known.has(key) && !gone.has(key)) || roots.has(key) || checkpoints.has(key)
  return [...finished, ...(await store.inventory.leftovers(stays, gone))]
}

async function isLeft({ results, leases, checkpoints }: Store, key: string): Promise<boolean> {
  const found = await results.find(key)
  return found.found === 'sound' && (await leases.holderOf(key)) === undefined && (await areStale(checkpoints, found.result))
}
