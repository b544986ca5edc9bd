/** Which artifacts are intact. The index records objects that were verified, so a cache hit costs one stat per object, not a read. */
import { StoreProblem } from '../problem.ts'
import type { Digest } from './address.ts'
import { readParts } from './artifact.ts'
import type { Objects } from './objects.ts'
import type { FoundResult, StageResult, TrainingState } from './results.ts'

/** Size and stamp of an object: while neither changes, its content is assumed unchanged. */
export interface ObjectInfo {
  readonly bytes: number
  /** Changes when the object is rewritten: for a file, its modification time. */
  readonly stamp: number
}

/** An object that was read and verified. */
export interface CheckedObject extends ObjectInfo {
  readonly digest: Digest
  /** The parts of an artifact; empty for other objects. */
  readonly parts: readonly Digest[]
}

export interface CheckedObjects {
  /** The records of these objects, and of the parts of those that are artifacts. */
  find(objects: readonly Digest[]): Promise<readonly CheckedObject[]>
  /** No-op in a read-only store. */
  note(object: CheckedObject): Promise<void>
}

export interface ObjectsInStore extends Objects {
  /** Without reading the object; undefined when it is missing. Called on every cache hit, so it may answer synchronously. */
  info(digest: Digest): ObjectInfo | undefined | Promise<ObjectInfo | undefined>
  /** Hint: about this many objects will be queried next. */
  expect?(objects: number): void
  /** Reads the object from its backing storage, bypassing any cache; rejects as `get` does. */
  check(digest: Digest): Promise<void>
  /** Whether a damaged object with this address was ever moved to quarantine. */
  wasQuarantined(digest: Digest): Promise<boolean>
}

export class CheckedArtifacts {
  readonly #noted: CheckedObjects
  readonly #objects: ObjectsInStore
  readonly #rehash: boolean
  /** Objects read by this process. */
  readonly #read = new Set<Digest>()
  /** Cached, because a run queries each object several times. */
  readonly #checked = new Map<Digest, CheckedObject>()

  /** @param rehash read every object once before it is accepted, even if it was verified earlier */
  constructor(noted: CheckedObjects, objects: ObjectsInStore, rehash = false) {
    this.#noted = noted
    this.#rehash = rehash
    this.#objects = objects
  }

  /** Undefined when the artifact and all its parts are present and intact. */
  async whatIsWrongWith(artifact: Digest): Promise<string | undefined> {
    let object = artifact
    try {
      const parts = (await this.#verified(artifact)) ?? (await this.#verifyParts(artifact))
      for (object of parts) {
        if ((await this.#verified(object)) === undefined) await this.#verify(object, [])
      }
      return undefined
    } catch (problem) {
      if (!(problem instanceof StoreProblem)) throw problem
      if (problem.kind === 'missing') return (await this.#objects.wasQuarantined(object)) ? 'damaged' : 'missing'
      if (problem.kind === 'corrupt' || problem.kind === 'malformed') return 'damaged'
      throw problem
    }
  }

  /** What is found of each key, in their order: its stored result, with artifacts checked. */
  async found(keys: readonly string[], stored: ReadonlyMap<string, StageResult>): Promise<readonly FoundResult[]> {
    await this.#recall([...stored.values()].flatMap(({ artifact, snapshots }) => [artifact ?? [], Object.values(snapshots)].flat()))
    const found: FoundResult[] = []
    for (const key of keys) {
      const result = stored.get(key)
      found.push(result === undefined ? { found: 'none' } : await this.#soundnessOf(result))
    }
    return found
  }

  /** Damaged snapshots are left out. */
  async #soundnessOf(stored: StageResult): Promise<FoundResult> {
    const wrong = stored.artifact === undefined ? undefined : await this.whatIsWrongWith(stored.artifact)
    const sound: { [epoch: string]: Digest } = {}
    for (const [epoch, digest] of Object.entries(stored.snapshots)) {
      if ((await this.whatIsWrongWith(digest)) === undefined) sound[epoch] = digest
    }
    const result = { ...stored, snapshots: sound }
    return wrong === undefined ? { found: 'sound', result } : { found: 'damaged', result, reason: wrong }
  }

  /** The states whose network is intact; `state` is undefined where the object to continue training from is gone. */
  async soundStates(states: readonly TrainingState[]): Promise<TrainingState[]> {
    const sound: TrainingState[] = []
    for (const { state, ...rest } of states) {
      if ((await this.whatIsWrongWith(rest.artifact)) !== undefined) continue
      sound.push({ ...rest, state: state !== undefined && (await this.#objects.has(state)) ? state : undefined })
    }
    return sound
  }

  /** Loads the records of artifacts and their parts in one query, for checks that follow one by one. */
  async #recall(artifacts: readonly Digest[]): Promise<void> {
    if (artifacts.length === 0) return
    this.#objects.expect?.(artifacts.length)
    for (const each of await this.#noted.find(artifacts)) this.#checked.set(each.digest, each)
  }

  /** Parts of an object verified earlier, if size and stamp are unchanged since; undefined otherwise. */
  async #verified(digest: Digest): Promise<readonly Digest[] | undefined> {
    if (this.#rehash && !this.#read.has(digest)) return undefined
    const told = this.#objects.info(digest)
    const info = told instanceof Promise ? await told : told
    if (info === undefined) return undefined
    const known = this.#checked.get(digest)
    if (isSame(known, info)) return known?.parts
    await this.#recall([digest])
    const noted = this.#checked.get(digest)
    return isSame(noted, info) ? noted?.parts : undefined
  }

  async #verifyParts(artifact: Digest): Promise<Digest[]> {
    const { topology, weights, masks } = await readParts(this.#objects, artifact)
    const parts = [topology, weights, ...(masks === null ? [] : [masks])]
    await this.#verify(artifact, parts)
    return parts
  }

  async #verify(digest: Digest, parts: Digest[]): Promise<void> {
    const info = await this.#objects.info(digest)
    await this.#objects.check(digest)
    this.#read.add(digest)
    if (info !== undefined) await this.#noted.note({ digest, ...info, parts })
  }
}

const isSame = (noted: ObjectInfo | undefined, { bytes, stamp }: ObjectInfo): boolean => noted?.bytes === bytes && noted.stamp === stamp
