/** Which artifacts are whole. The index remembers what was read and found sound, so that a hit costs a look at each object and not its content. */
import { StoreProblem } from '../problem.ts'
import type { Digest } from './address.ts'
import { readParts } from './artifact.ts'
import type { Objects } from './objects.ts'
import type { FoundResult, StageResult, TrainingState } from './results.ts'

/** How an object looks from outside: while neither changes, its content is taken to be what it was. */
export interface ObjectInfo {
  readonly bytes: number
  /** Another number once it has been written again: of a file, when that was. */
  readonly stamp: number
}

/** An object that was read and found sound. */
export interface CheckedObject extends ObjectInfo {
  readonly digest: Digest
  /** Of an artifact; empty for others. */
  readonly parts: readonly Digest[]
}

export interface CheckedObjects {
  /** What is noted of these objects, and of the parts of those that are artifacts. */
  find(objects: readonly Digest[]): Promise<readonly CheckedObject[]>
  /** Does nothing in a store that is read-only. */
  note(object: CheckedObject): Promise<void>
}

export interface ObjectsInStore extends Objects {
  /** Without reading it; undefined when it is not there. Every hit asks: where no promise is needed, none is made. */
  info(digest: Digest): ObjectInfo | undefined | Promise<ObjectInfo | undefined>
  /** So many will be asked for next. */
  expect?(objects: number): void
  /** Reads it where it is kept, past any cache: rejects as `get` does. */
  check(digest: Digest): Promise<void>
  /** Whether a damaged object of this address was ever moved out of the way. */
  wasQuarantined(digest: Digest): Promise<boolean>
}

export class CheckedArtifacts {
  readonly #noted: CheckedObjects
  readonly #objects: ObjectsInStore
  readonly #rehash: boolean
  /** What was read by this process. */
  readonly #read = new Set<Digest>()
  /** A run asks for each several times. */
  readonly #checked = new Map<Digest, CheckedObject>()

  /** @param rehash every object is read once before it counts, also if it was found sound before */
  constructor(noted: CheckedObjects, objects: ObjectsInStore, rehash = false) {
    this.#noted = noted
    this.#rehash = rehash
    this.#objects = objects
  }

  /** Undefined when the artifact and all its parts are there and sound. */
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

  /** Of a result as it was kept. */
  async soundnessOf(stored: StageResult): Promise<FoundResult> {
    const wrong = stored.artifact === undefined ? undefined : await this.whatIsWrongWith(stored.artifact)
    const sound: { [epoch: string]: Digest } = {}
    for (const [epoch, digest] of Object.entries(stored.snapshots)) {
      if ((await this.whatIsWrongWith(digest)) === undefined) sound[epoch] = digest
    }
    const result = { ...stored, snapshots: sound }
    return wrong === undefined ? { found: 'sound', result } : { found: 'damaged', result, reason: wrong }
  }

  /** Those whose network is whole, without what is gone of what their trainings go on with. */
  async soundStates(states: readonly TrainingState[]): Promise<TrainingState[]> {
    const sound: TrainingState[] = []
    for (const { state, ...rest } of states) {
      if ((await this.whatIsWrongWith(rest.artifact)) !== undefined) continue
      sound.push({ ...rest, state: state !== undefined && (await this.#objects.has(state)) ? state : undefined })
    }
    return sound
  }

  /** What is noted of artifacts and their parts, at once for what is asked one by one. */
  async recall(artifacts: readonly Digest[]): Promise<void> {
    if (artifacts.length === 0) return
    this.#objects.expect?.(artifacts.length)
    for (const each of await this.#noted.find(artifacts)) this.#checked.set(each.digest, each)
  }

  /** Parts of what was checked earlier, if the object has not been touched since: size and time stand in for reading it again. */
  async #verified(digest: Digest): Promise<readonly Digest[] | undefined> {
    if (this.#rehash && !this.#read.has(digest)) return undefined
    const told = this.#objects.info(digest)
    const info = told instanceof Promise ? await told : told
    if (info === undefined) return undefined
    const known = this.#checked.get(digest)
    if (isSame(known, info)) return known?.parts
    await this.recall([digest])
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
