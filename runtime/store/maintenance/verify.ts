/** Reads everything in a store and reports what is damaged or inconsistent; changes nothing. */
import { sha256 } from '../../format/hash.ts'
import { StoreProblem } from '../../problem.ts'
import type { Digest } from '../address.ts'
import { readArtifact } from '../artifact.ts'
import type { Objects } from '../objects.ts'
import type { StageResult } from '../results.ts'
import type { Store } from '../store.ts'
import { contradictions } from './contradictions.ts'

export interface Finding {
  /**
   * `object`: its content does not match its address. `result`: a stage's artifact, or a snapshot, is not intact. `checkpoint`: damaged.
   * `index`: damage reported by SQLite, or a row with invalid values.
   */
  readonly kind: 'object' | 'result' | 'checkpoint' | 'index'
  /** A digest, a stage's path or a file. */
  readonly what: string
  readonly wrong: string
  /** The file to quarantine. */
  readonly file?: string
  /** Of the result concerned. */
  readonly key?: string
  /** The epoch, or step, of the snapshot that is not intact; absent for the stage's own artifact. */
  readonly snapshot?: string
  /** The result from the run log, where it contradicts the index. */
  readonly logged?: StageResult
}

export interface Verified {
  readonly findings: readonly Finding[]
  readonly objects: number
  readonly results: number
  readonly checkpoints: number
}

/** @param onProgress called after every object with the number read and the total */
export async function verify(store: Store, onProgress: (done: number, of: number) => void = () => {}): Promise<Verified> {
  const { inventory } = store
  const faults = await inventory.faults()
  const findings: Finding[] = faults.map((fault) => ({ kind: 'index', ...fault }))
  /** The list; empty when the index is damaged and its faults have been reported already. */
  const readable = async <T>(list: () => Promise<readonly T[]>): Promise<readonly T[]> => {
    try {
      return await list()
    } catch (problem) {
      if (faults.length > 0 && problem instanceof StoreProblem && problem.kind === 'index-damaged') return []
      throw problem
    }
  }
  const objects = await inventory.contents.objects()
  const damaged = new Set<Digest>()
  for (const [i, { digest, file }] of objects.entries()) {
    const content = await inventory.contents.content(digest) // removed meanwhile: reported below with the result that needs it
    if (content !== undefined && `sha256:${sha256(content)}` !== digest) {
      damaged.add(digest)
      findings.push({ kind: 'object', what: digest, wrong: 'its content does not match its address', file })
    }
    onProgress(i + 1, objects.length)
  }
  const results = (await readable(() => inventory.results())).toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  const wholeness = new Map<Digest, string | undefined>()
  for (const { key, path, artifacts } of results) {
    for (const { artifact, snapshot } of artifacts) {
      if (!wholeness.has(artifact)) wholeness.set(artifact, await wrongWith(readingOf(store, damaged), artifact))
      const wrong = wholeness.get(artifact)
      const what = `${path}${snapshot === undefined ? '' : ` at ${snapshot}`}`
      if (wrong !== undefined) findings.push({ kind: 'result', what, wrong, key, ...(snapshot === undefined ? {} : { snapshot }) })
    }
  }
  for (const { path, ...more } of await readable(() => contradictions(store, results)))
    findings.push({ kind: 'result', what: path, ...more })
  const checkpoints = await inventory.contents.eachCheckpoint()
  for (const { file, sound } of checkpoints)
    if (!(await sound())) findings.push({ kind: 'checkpoint', what: file, wrong: 'its content does not match its name', file })
  return { findings, objects: objects.length, results: results.length, checkpoints: checkpoints.length }
}

/** Reads objects without quarantining damaged ones. */
function readingOf({ inventory }: Store, damaged: ReadonlySet<Digest>): Pick<Objects, 'get'> {
  return {
    async get(digest) {
      if (damaged.has(digest)) throw new Error(`its part ${digest} is damaged`)
      const content = await inventory.contents.content(digest)
      if (content === undefined) throw new Error(`its part ${digest} is missing`)
      return content
    },
  }
}

async function wrongWith(objects: Pick<Objects, 'get'>, artifact: Digest): Promise<string | undefined> {
  try {
    await readArtifact(objects, artifact)
    return undefined
  } catch (cause) {
    if (cause instanceof StoreProblem) return cause.title
    return cause instanceof Error ? cause.message : String(cause)
  }
}
