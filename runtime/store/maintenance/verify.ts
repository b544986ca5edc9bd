/** Reads everything in a store and says what is not as it should be; changes nothing. */
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
   * `object`: its content is not what its address says. `result`: a stage's artifact, or a snapshot, is not whole. `checkpoint`: damaged.
   * `index`: what SQLite finds, or a row in which something stands that nobody wrote.
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
  /** What the log of a run says of the stage, where the index says otherwise. */
  readonly logged?: StageResult
}

export interface Verified {
  readonly findings: readonly Finding[]
  readonly objects: number
  readonly results: number
  readonly checkpoints: number
}

/** @param onProgress told after every object how many of how many were read */
export async function verify(store: Store, onProgress: (done: number, of: number) => void = () => {}): Promise<Verified> {
  const { inventory } = store
  const faults = await inventory.faults()
  const findings: Finding[] = faults.map((fault) => ({ kind: 'index', ...fault }))
  /** None of what cannot be read of an index that has findings already. */
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
    const content = await inventory.contents.content(digest) // gone meanwhile: reported below with what needs it
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

/** Objects whose damaged ones stay where they are. */
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
