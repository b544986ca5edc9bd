/** Reads everything in a store and says what is not as it should be; changes nothing. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '../../format/hash.ts'
import { StoreProblem } from '../../problem.ts'
import type { Digest } from '../address.ts'
import { hexOf } from '../address.ts'
import { readArtifact } from '../artifact.ts'
import { objectPath } from '../folder/layout.ts'
import { FolderObjects } from '../folder/objects.ts'
import type { Store } from '../store.ts'
import { artifactsOf, checkpointsIn, objectsIn } from './inventory.ts'

export interface Finding {
  /**
   * `object`: its content is not what its address says. `result`: a stage's artifact, or a snapshot, is not whole. `checkpoint`: damaged.
   * `index`: SQLite's own check found something.
   */
  readonly kind: 'object' | 'result' | 'checkpoint' | 'index'
  /** A digest, a stage's path or a file. */
  readonly what: string
  readonly wrong: string
  /** To set aside. */
  readonly file?: string
  /** Of a result. */
  readonly key?: string
  /** The epoch, or step, of the snapshot that is not whole; absent when it is the stage's own artifact. */
  readonly snapshot?: string
}

export interface Verified {
  readonly findings: readonly Finding[]
  readonly objects: number
  readonly results: number
  readonly checkpoints: number
}

/** @param onProgress told after every object how many of how many were read */
export async function verify(store: Store, onProgress: (done: number, of: number) => void = () => {}): Promise<Verified> {
  const { layout, index } = store
  const findings: Finding[] = index
    .all('PRAGMA quick_check')
    .map((row) => String(Object.values(row)[0]))
    .filter((line) => line !== 'ok')
    .map((line) => ({ kind: 'index', what: layout.index, wrong: line }))
  const objects = await objectsIn(layout)
  const damaged = new Set<Digest>()
  for (const [i, { digest, file }] of objects.entries()) {
    const content = await readFile(file).catch(() => undefined) // gone meanwhile: whoever needs it is told below
    if (content !== undefined && `sha256:${sha256(content)}` !== digest) {
      damaged.add(digest)
      findings.push({ kind: 'object', what: digest, wrong: 'its content does not match its address', file })
    }
    onProgress(i + 1, objects.length)
  }
  const rows = index.all('SELECT key, path, artifact, snapshots FROM results ORDER BY path')
  const wholeness = new Map<Digest, string | undefined>()
  for (const row of rows) {
    for (const { artifact, snapshot } of artifactsOf(row, layout.index)) {
      if (!wholeness.has(artifact)) wholeness.set(artifact, await wrongWith(new Reading(store, damaged), artifact))
      const wrong = wholeness.get(artifact)
      const what = `${row.path}${snapshot === undefined ? '' : ` at ${snapshot}`}`
      if (wrong !== undefined)
        findings.push({ kind: 'result', what, wrong, key: String(row.key), ...(snapshot === undefined ? {} : { snapshot }) })
    }
  }
  const checkpoints = await damagedCheckpoints(store)
  return { findings: [...findings, ...checkpoints.findings], objects: objects.length, results: rows.length, checkpoints: checkpoints.count }
}

/** Objects without their quarantine: a damaged one is damaged, and stays where it is. */
class Reading extends FolderObjects {
  readonly #store: Store
  readonly #damaged: ReadonlySet<Digest>

  constructor(store: Store, damaged: ReadonlySet<Digest>) {
    super(store.layout)
    this.#store = store
    this.#damaged = damaged
  }

  override async get(digest: Digest): Promise<Buffer> {
    if (this.#damaged.has(digest)) throw new Error(`its part ${digest} is damaged`)
    const hex = hexOf(digest)
    if (hex === undefined) throw new Error(`${digest} is no address`)
    return readFile(objectPath(this.#store.layout, hex)).catch(() => {
      throw new Error(`its part ${digest} is missing`)
    })
  }
}

async function wrongWith(objects: Pick<FolderObjects, 'get'>, artifact: Digest): Promise<string | undefined> {
  try {
    await readArtifact(objects, artifact)
    return undefined
  } catch (cause) {
    if (cause instanceof StoreProblem) return cause.title
    return cause instanceof Error ? cause.message : String(cause)
  }
}

async function damagedCheckpoints({ layout }: Store): Promise<{ findings: Finding[]; count: number }> {
  const findings: Finding[] = []
  let count = 0
  for (const key of (await checkpointsIn(layout)).keys()) {
    for (const name of await readdir(join(layout.checkpoints, key)).catch(() => [])) {
      const hash = /-([0-9a-f]{16})\.ckpt$/.exec(name)?.[1]
      if (hash === undefined) continue
      count++
      const file = join(layout.checkpoints, key, name)
      const content = await readFile(file).catch(() => undefined)
      if (content !== undefined && !sha256(content).startsWith(hash))
        findings.push({ kind: 'checkpoint', what: file, wrong: 'its content does not match its name', file })
    }
  }
  return { findings, count }
}
