/** What a store holds: objects, the results that need them, checkpoints and logs. What gc, `store stat` and `store verify` count by. */
import { lstat, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { StoreProblem } from '../../problem.ts'
import type { Digest } from '../address.ts'
import { isKey } from '../address.ts'
import { readParts } from '../artifact.ts'
import type { Layout } from '../folder/layout.ts'
import { FolderObjects } from '../folder/objects.ts'
import { problems } from '../problems.ts'
import type { Row } from '../sqlite/index-db.ts'
import { jsonOf } from '../sqlite/result-row.ts'
import type { Store } from '../store.ts'

/** A file, or a folder with all in it. */
export interface StoredFile {
  readonly file: string
  readonly bytes: number
  /** Unix milliseconds of the last change; of a folder, the latest in it. */
  readonly changed: number
}

export interface StoredObject extends StoredFile {
  readonly digest: Digest
}

/** A result with the artifacts it stands for. */
export interface HeldResult {
  readonly key: string
  readonly kind: string
  readonly path: string
  /** Its own and those of its snapshots. */
  readonly artifacts: readonly Digest[]
  /** When it was last needed: Unix milliseconds that never go back. */
  readonly tick: number
}

export async function objectsIn(layout: Layout): Promise<StoredObject[]> {
  const found: StoredObject[] = []
  for (const folder of await namesIn(layout.objects)) {
    if (!/^[0-9a-f]{2}$/.test(folder)) continue
    for (const name of await namesIn(join(layout.objects, folder))) {
      const digest = `sha256:${folder}${name}`
      const file = await fileAt(join(layout.objects, folder, name))
      if (/^[0-9a-f]{62}$/.test(name) && file !== undefined) found.push({ digest, ...file })
    }
  }
  return found
}

/** Those least recently needed first. */
export function resultsIn({ index, layout }: Pick<Store, 'index' | 'layout'>): HeldResult[] {
  const rows = index.all(
    'SELECT key, kind, path, artifact, snapshots, coalesce(tick, finished) AS tick FROM results LEFT JOIN uses USING (key) ORDER BY tick, key',
  )
  return rows.map((row) => ({
    key: String(row.key),
    kind: String(row.kind),
    path: String(row.path),
    artifacts: artifactsOf(row, layout.index).map(({ artifact }) => artifact),
    tick: Number(row.tick),
  }))
}

/** Names of the stages that have checkpoints, with what these take. */
export async function checkpointsIn(layout: Layout): Promise<ReadonlyMap<string, StoredFile>> {
  return new Map((await filesIn(layout.checkpoints)).flatMap((each) => (isKey(basename(each.file)) ? [[basename(each.file), each]] : [])))
}

/** Files and folders directly in `folder`; none when it is not there. */
export async function filesIn(folder: string): Promise<StoredFile[]> {
  const found = await Promise.all((await namesIn(folder)).map((name) => fileAt(join(folder, name))))
  return found.filter((file) => file !== undefined)
}

/** Which objects make up an artifact, read once each. */
export class Parts {
  readonly #objects: FolderObjects
  readonly #store: Pick<Store, 'index' | 'layout'>
  readonly #known = new Map<Digest, readonly Digest[]>()

  constructor(store: Pick<Store, 'index' | 'layout'>) {
    this.#store = store
    this.#objects = new FolderObjects(store.layout)
  }

  /** The artifact and its parts; alone when it is missing or damaged, so that nothing can be said of its parts. */
  async of(artifact: Digest): Promise<readonly Digest[]> {
    const known = this.#known.get(artifact)
    if (known !== undefined) return known
    const all = [artifact, ...(await this.#read(artifact))]
    this.#known.set(artifact, all)
    return all
  }

  async #read(artifact: Digest): Promise<readonly Digest[]> {
    const { index, layout } = this.#store
    const row = index.all("SELECT parts FROM verified WHERE digest = ? AND parts <> '[]'", artifact)[0]
    if (row !== undefined) return jsonOf<Digest[]>(row, 'parts', layout.index)
    try {
      const { topology, weights, masks } = await readParts(this.#objects, artifact)
      return [topology, weights, ...(masks === null ? [] : [masks])]
    } catch (problem) {
      if (problem instanceof StoreProblem && ['missing', 'corrupt', 'malformed'].includes(problem.kind)) return []
      throw problem
    }
  }
}

/** A row's own artifact and those of its snapshots. */
export function artifactsOf(row: Row, index: string): { readonly artifact: Digest; readonly snapshot?: string }[] {
  const snapshots = Object.entries(jsonOf<{ [at: string]: Digest }>(row, 'snapshots', index))
  return [
    ...(row.artifact === null ? [] : [{ artifact: String(row.artifact) }]),
    ...snapshots.map(([snapshot, artifact]) => ({ artifact, snapshot })),
  ]
}

export const bytesOf = (files: Iterable<{ readonly bytes: number }>): number => Array.from(files).reduce((sum, { bytes }) => sum + bytes, 0)

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw problems.io('list a folder', folder, cause)
  }
}

/** Undefined when it went away meanwhile. Links are not followed: nothing of ours is one. */
async function fileAt(file: string): Promise<StoredFile | undefined> {
  const info = await lstat(file).catch(() => undefined)
  if (info === undefined) return undefined
  if (!info.isDirectory()) return { file, bytes: info.size, changed: info.mtimeMs }
  const inside = await filesIn(file)
  return { file, bytes: bytesOf(inside), changed: Math.max(info.mtimeMs, ...inside.map(({ changed }) => changed)) }
}
