/**
 * Garbage collection: what pipelines, recent runs and pins reach stays; of the rest, what was needed least recently goes first, until
 * what is left fits a budget. Nothing that a stage at work may need goes, no checkpoint that can be resumed, and nothing written in the
 * last hour, since an object is there a moment before the result that names it. Rows go first and files after them: what is
 * interrupted leaves files that nothing names, for the next time.
 */
import { readFile, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Digest } from '../address.ts'
import { problems } from '../problems.ts'
import { forgetStates } from '../sqlite/training-states.ts'
import type { Store } from '../store.ts'
import {
  bytesOf,
  checkpointsIn,
  filesIn,
  type HeldResult,
  objectsIn,
  Parts,
  resultsIn,
  type StoredFile,
  type StoredObject,
} from './inventory.ts'
import { stageRoots } from './roots.ts'

export interface GcOptions {
  /** Bytes that objects may take together; results that nothing reaches go until they fit. Default 0: all of them go. */
  readonly budget?: number
  /** Runs whose results stay, the newest first. Default 10. */
  readonly keepRuns?: number
  /** Milliseconds that a file must have been left alone. Default an hour. */
  readonly grace?: number
}

export interface Garbage {
  readonly results: readonly HeldResult[]
  readonly objects: readonly StoredObject[]
  /** Checkpoints of stages that have a result, logs and converted data of what is gone, damaged and unfinished files. */
  readonly others: readonly StoredFile[]
  readonly kept: {
    readonly objects: number
    readonly bytes: number
    /** How much of it must stay, whatever the budget. */
    readonly reached: number
  }
}

/** What would go; changes nothing. @throws StoreProblem */
export async function findGarbage(store: Store, { budget = 0, keepRuns = 10, grace = 3_600_000 }: GcOptions = {}): Promise<Garbage> {
  const settled = Date.now() - grace
  const roots = stageRoots(store, keepRuns)
  const [objects, checkpoints] = [await objectsIn(store.layout), await checkpointsIn(store.layout)]
  const needs = new Needs(store, objects)
  for (const { digest, changed } of objects) if (changed > settled) needs.add([digest])
  const results = resultsIn(store)
  const isReached = ({ key, tick }: HeldResult) => roots.has(key) || tick > settled
  for (const result of results) if (isReached(result)) needs.add(await needs.objectsOf(result.artifacts))
  for (const key of checkpoints.keys()) {
    for (const checkpoint of await store.checkpoints.list(key)) {
      const header = await checkpoint.header()
      if (typeof header !== 'string') needs.add(await needs.objectsOf(Object.values(header.snapshots ?? {})))
    }
  }
  const reached = needs.bytes
  const newestFirst = results.filter((result) => !isReached(result)).reverse()
  let fitting = 0
  for (const { artifacts } of newestFirst) {
    const more = await needs.objectsOf(artifacts)
    if (needs.bytes + needs.bytesBeyond(more) > budget) break
    needs.add(more)
    fitting++
  }
  const going = newestFirst.slice(fitting)
  const stay = objects.filter(({ digest }) => needs.has(digest))
  return {
    results: going,
    objects: objects.filter(({ digest }) => !needs.has(digest)),
    others: (await leftovers(store, { going, roots, checkpoints })).filter(({ changed }) => changed <= settled),
    kept: { objects: stay.length, bytes: bytesOf(stay), reached },
  }
}

/** Removes what was found, but for results that were needed since. @throws StoreProblem */
export async function collect(store: Store, { results, objects, others }: Garbage): Promise<void> {
  const { index, layout } = store
  if (store.readOnly) throw problems.readOnly(layout.root, 'remove anything from it')
  const needs = new Needs(store, objects)
  const wanted = index.all('SELECT key, tick FROM uses')
  const since = new Map(wanted.map(({ key, tick }) => [String(key), Number(tick)]))
  const isWanted = ({ key, tick }: HeldResult) => (since.get(key) ?? 0) > tick
  for (const result of results) if (isWanted(result)) needs.add(await needs.objectsOf(result.artifacts))
  const going = objects.filter(({ digest }) => !needs.has(digest))
  index.transaction(() => {
    for (const result of results) {
      if (isWanted(result)) continue
      for (const table of ['results', 'metrics', 'places', 'uses', 'epoch_weights'])
        index.run(`DELETE FROM ${table} WHERE key = ?`, result.key)
    }
    for (const { digest } of going) index.run('DELETE FROM verified WHERE digest = ?', digest)
    forgetStates(index, new Set(going.map(({ digest }) => digest)))
    forgetFunctions(store)
  })
  for (const { file } of [...going, ...others]) {
    await rm(file, { recursive: true, force: true }).catch((cause: unknown) => {
      throw problems.io('remove a file', file, cause)
    })
  }
}

/** Objects that stay, and the bytes they take. */
class Needs {
  readonly #parts: Parts
  readonly #sizes: ReadonlyMap<Digest, number>
  readonly #digests = new Set<Digest>()
  #bytes = 0

  constructor(store: Store, objects: readonly StoredObject[]) {
    this.#parts = new Parts(store)
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
    return (await Promise.all(artifacts.map((artifact) => this.#parts.of(artifact)))).flat()
  }
}

interface Kept {
  readonly going: readonly HeldResult[]
  readonly roots: ReadonlySet<string>
  readonly checkpoints: ReadonlyMap<string, StoredFile>
}

async function leftovers({ index, layout }: Store, { going, roots, checkpoints }: Kept): Promise<StoredFile[]> {
  const gone = new Set(going.map(({ key }) => key))
  const rows = index.all('SELECT key, manifest FROM results').filter(({ key }) => !gone.has(String(key)))
  const results = new Set(rows.map(({ key }) => String(key)))
  // A checkpoint beside a result serves to replay a part of the training, as long as somebody may ask for it.
  const finished = [...checkpoints].filter(([key]) => (results.has(key) || gone.has(key)) && !roots.has(key)).map(([, file]) => file)
  const stays = (key: string) => results.has(key) || roots.has(key) || checkpoints.has(key)
  const byKey = [...(await filesIn(layout.logs)), ...(await filesIn(layout.exports))]
  const ofGone = byKey.filter(({ file }) => !stays(basename(file).slice(0, 64)))
  // What is known of code is found again in a moment; a file that has not changed for a month is mostly one that is not there any more.
  const code = (await filesIn(layout.functions)).filter(({ changed }) => changed < Date.now() - 30 * 24 * 3_600_000)
  const data = await unusedData(layout.data, rows.map(({ manifest }) => String(manifest)).join('\n'))
  return [...finished, ...ofGone, ...code, ...data, ...(await filesIn(layout.quarantine)), ...(await filesIn(layout.tmp))]
}

/** A data set's record names the content address that is part of the keys; its converted file has the record's name. */
async function unusedData(folder: string, manifests: string): Promise<StoredFile[]> {
  const files = await filesIn(folder)
  const unused = new Set<string>()
  for (const { file } of files) {
    if (!file.endsWith('.json')) continue
    const address = /"digest":\s*"(sha256:[0-9a-f]{64})"/.exec(await readFile(file, 'utf8').catch(() => ''))?.[1]
    if (address !== undefined && !manifests.includes(address)) unused.add(stem(file))
  }
  return files.filter(({ file }) => unused.has(stem(file)))
}

const stem = (file: string): string => file.replace(/\.[^./]*$/, '')

/** Functions of the user's that no result has used: they only serve explanations. */
function forgetFunctions({ index }: Store): void {
  const used = new Set<string>()
  for (const { manifest } of index.all('SELECT manifest FROM results'))
    for (const [, fingerprint] of String(manifest).matchAll(/"fingerprint":"([^"]+)"/g)) used.add(fingerprint!)
  for (const { fingerprint } of index.all('SELECT fingerprint FROM functions'))
    if (!used.has(String(fingerprint))) index.run('DELETE FROM functions WHERE fingerprint = ?', String(fingerprint))
}
