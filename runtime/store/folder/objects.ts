/** Objects as files, named by their content's SHA-256: any number of processes may put and get without coordination. */
import { lstatSync, type Stats } from 'node:fs'
import { lstat, rename, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { notPlain, readPlain } from '../../plain-file.ts'
import { makeFolder } from '../../shared-folder.ts'
import { checkedHex, type Digest, digestOf } from '../address.ts'
import type { ObjectInfo, ObjectsInStore } from '../checked-artifacts.ts'
import { isCode, syncFolder, writeDurably } from '../durable-file.ts'
import type { StoredPlace } from '../objects.ts'
import { problems } from '../problems.ts'
import { type Layout, objectPath } from './layout.ts'

export class FolderObjects implements ObjectsInStore {
  readonly #layout: Layout

  constructor(layout: Layout) {
    this.#layout = layout
  }

  async put(content: Uint8Array): Promise<Digest> {
    const digest = digestOf(content)
    const file = this.#fileOf(digest)
    const before = this.#stat(digest)
    if (before !== undefined) {
      const present = await readPlain(file).catch(() => undefined)
      if (present !== undefined && digestOf(present) === digest) {
        await keepFresh(file, before)
        return digest
      }
      await this.#quarantine(digest, file)
    }
    await writeDurably(file, content, this.#layout.tmp)
    return digest
  }

  async get(digest: Digest): Promise<Buffer> {
    const file = this.#fileOf(digest)
    let content: Buffer
    try {
      content = await readPlain(file)
    } catch (cause) {
      if (isCode(cause, 'ENOENT')) throw problems.missing(digest, file)
      if (notPlain(cause)) throw problems.corrupt(digest, file, 'no plain file', await this.#quarantine(digest, file))
      throw problems.io('read an object', file, cause)
    }
    const found = digestOf(content)
    if (found === digest) return content
    throw problems.corrupt(digest, file, `${found} (${content.byteLength} bytes)`, await this.#quarantine(digest, file))
  }

  async check(digest: Digest): Promise<void> {
    await this.get(digest)
  }

  async has(digest: Digest): Promise<boolean> {
    return this.info(digest) !== undefined
  }

  async whereIs(digest: Digest): Promise<StoredPlace> {
    return { file: this.#fileOf(digest), bytes: this.info(digest)?.bytes ?? null }
  }

  /** Synchronous: a promise would cost ten times as much as the lstat. */
  info(digest: Digest): ObjectInfo | undefined {
    const found = this.#stat(digest)
    return found?.isFile() ? { bytes: found.size, stamp: found.mtimeMs } : undefined
  }

  #stat(digest: Digest) {
    const file = this.#fileOf(digest)
    try {
      return lstatSync(file, { throwIfNoEntry: false })
    } catch (cause) {
      if (isCode(cause, 'ENOTDIR')) return undefined
      throw problems.io('look at an object', file, cause)
    }
  }

  async wasQuarantined(digest: Digest): Promise<boolean> {
    return (await lstat(this.#quarantineFile(digest)).catch(() => undefined)) !== undefined
  }

  async #quarantine(digest: Digest, file: string): Promise<string | undefined> {
    const target = this.#quarantineFile(digest)
    try {
      makeFolder(this.#layout.quarantine)
      await rename(file, target)
      await syncFolder(this.#layout.quarantine)
      return target
    } catch {
      return undefined // another process was faster, or the disk is read-only: the error that the caller throws covers both
    }
  }

  #fileOf(digest: Digest): string {
    return objectPath(this.#layout, checkedHex(digest))
  }

  #quarantineFile(digest: Digest): string {
    return join(this.#layout.quarantine, checkedHex(digest))
  }
}

/** gc keeps files written within the last hour; an object that would have been rewritten must be kept likewise. */
async function keepFresh(file: string, { mtimeMs }: Pick<Stats, 'mtimeMs'>): Promise<void> {
  const now = Date.now()
  if (now - mtimeMs > 600_000) await utimes(file, now / 1000, now / 1000).catch(() => {}) // removed meanwhile, or not owned by this user
}
