/** Objects in S3, with a bounded cache on this machine: cached objects are read from disk, and verified on every read. */
import { checkedHex, type Digest, digestOf } from '../address.ts'
import type { ObjectInfo, ObjectsInStore } from '../checked-artifacts.ts'
import type { StoredPlace } from '../objects.ts'
import { problems } from '../problems.ts'
import type { S3Client, StoredBlob } from './client.ts'
import type { ObjectCache } from './object-cache.ts'

/** From this many expected lookups on, all objects are listed in a few requests instead of one request each. */
const manyLooks = 16
/** Lifetime of the listing, in ms. */
const listedMs = 5000
/** gc keeps objects written within the last hour, so `put` rewrites an existing object older than this. */
const freshMs = 600_000

const objectName = (digest: Digest): string => `objects/${checkedHex(digest)}`
const quarantineName = (digest: Digest): string => `quarantine/${checkedHex(digest)}`

export class S3Objects implements ObjectsInStore {
  readonly #client: S3Client
  readonly #cache: ObjectCache
  #listed: { readonly at: number; readonly blobs: Promise<ReadonlyMap<string, StoredBlob>> } | undefined

  constructor(client: S3Client, cache: ObjectCache) {
    this.#client = client
    this.#cache = cache
  }

  async put(content: Uint8Array): Promise<Digest> {
    const digest = digestOf(content)
    const present = await this.#client.look(objectName(digest))
    // The server verified the checksum when the object was written.
    const isSound = present?.bytes === content.byteLength
    if (!isSound || Date.now() - present.changed > freshMs)
      await this.#client.put(objectName(digest), content, { ifAbsent: present === undefined })
    await this.#cache.put(digest, content)
    return digest
  }

  async get(digest: Digest): Promise<Buffer> {
    return (await this.#cache.get(digest)) ?? (await this.#fetch(digest))
  }

  async check(digest: Digest): Promise<void> {
    await this.#fetch(digest)
  }

  async #fetch(digest: Digest): Promise<Buffer> {
    const name = objectName(digest)
    const content = await this.#client.get(name)
    if (content === undefined) throw problems.missing(digest, this.#client.fileOf(name))
    const found = digestOf(content)
    if (found === digest) {
      await this.#cache.put(digest, content)
      return content
    }
    throw problems.corrupt(
      digest,
      this.#client.fileOf(name),
      `${found} (${content.byteLength} bytes)`,
      await this.#setAside(digest, content),
    )
  }

  async has(digest: Digest): Promise<boolean> {
    return (await this.info(digest)) !== undefined
  }

  async whereIs(digest: Digest): Promise<StoredPlace> {
    const name = objectName(digest)
    return { file: this.#client.fileOf(name), bytes: (await this.#client.look(name))?.bytes ?? null }
  }

  async info(digest: Digest): Promise<ObjectInfo | undefined> {
    const name = objectName(digest)
    const isRecent = this.#listed !== undefined && performance.now() - this.#listed.at < listedMs
    const listed = isRecent ? await this.#listed?.blobs : undefined
    // An object that is not listed may have been written since.
    const found = listed?.get(name) ?? (await this.#client.look(name))
    return found === undefined ? undefined : { bytes: found.bytes, stamp: found.stamp }
  }

  expect(looks: number): void {
    if (looks < manyLooks) return
    const blobs = this.#client.list('objects/').then((all) => new Map(all.map((blob) => [blob.name, blob])))
    blobs.catch(() => {}) // callers that await it get the error
    this.#listed = { at: performance.now(), blobs }
  }

  async wasQuarantined(digest: Digest): Promise<boolean> {
    return (await this.#client.look(quarantineName(digest))) !== undefined
  }

  async #setAside(digest: Digest, content: Uint8Array): Promise<string> {
    await this.#client.put(quarantineName(digest), content)
    await this.#client.remove(objectName(digest))
    this.#listed = undefined
    return this.#client.fileOf(quarantineName(digest))
  }
}
