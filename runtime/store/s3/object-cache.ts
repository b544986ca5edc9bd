/** LRU cache of remote objects on this machine's disk, bounded in bytes: only saves transfers. */
import { mkdir, readdir, stat, unlink, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { readPlain } from '../../plain-file.ts'
import { type Digest, digestOf, hexOf } from '../address.ts'
import { writeDurably } from '../durable-file.ts'

export class ObjectCache {
  readonly #folder: string
  readonly #most: number
  /** Bytes in the cache, as known to this process; undefined before the first scan. */
  #bytes: number | undefined

  /** @param most capacity in bytes */
  constructor(folder: string, most: number) {
    this.#folder = folder
    this.#most = most
  }

  /** Undefined on a miss; a damaged object is removed. */
  async get(digest: Digest): Promise<Buffer | undefined> {
    const file = this.#fileOf(digest)
    try {
      const content = await readPlain(file)
      if (digestOf(content) === digest) {
        const now = Date.now() / 1000
        await utimes(file, now, now).catch(() => {}) // only the LRU order is lost
        return content
      }
      await unlink(file)
    } catch {
      // A miss.
    }
    return undefined
  }

  /** No-op when the disk is full or not writable. */
  async put(digest: Digest, content: Uint8Array): Promise<void> {
    if (content.byteLength > this.#most / 4) return
    try {
      await mkdir(this.#folder, { recursive: true })
      this.#bytes ??= (await this.#files()).reduce((sum, { bytes }) => sum + bytes, 0)
      const file = this.#fileOf(digest)
      const before = (await stat(file).catch(() => undefined))?.size ?? 0
      await writeDurably(file, content, join(this.#folder, 'tmp'))
      this.#bytes += content.byteLength - before
      if (this.#bytes > this.#most) await this.#shrink()
    } catch {
      this.#bytes = undefined
    }
  }

  /** To 90% of the capacity, so that not every put evicts. */
  async #shrink(): Promise<void> {
    const files = (await this.#files()).sort((a, b) => b.used - a.used)
    let kept = 0
    for (const { file, bytes } of files) {
      if (kept + bytes <= this.#most * 0.9) kept += bytes
      else await unlink(file).catch(() => {}) // another process was faster
    }
    this.#bytes = kept
  }

  async #files(): Promise<{ readonly file: string; readonly bytes: number; readonly used: number }[]> {
    const names = (await readdir(this.#folder)).filter((name) => /^[0-9a-f]{64}$/.test(name))
    const found = names.map(async (name) => {
      const file = join(this.#folder, name)
      const info = await stat(file).catch(() => undefined)
      return info === undefined ? [] : [{ file, bytes: info.size, used: info.mtimeMs }]
    })
    return (await Promise.all(found)).flat()
  }

  #fileOf(digest: Digest): string {
    return join(this.#folder, hexOf(digest) ?? 'none')
  }
}
