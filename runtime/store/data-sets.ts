/** Data sets in shared storage, in pieces, since one may be larger than memory. The `end` piece, written last, marks it complete. */
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { checkedHex, type Digest } from './address.ts'
import { writeDurablyBy } from './durable-file.ts'
import { problems } from './problems.ts'
import type { SharedPlace } from './shared-place.ts'
import type { DataSets } from './shared-work.ts'

const pieceBytes = 32 * 2 ** 20

/** Path within the shared storage. The piece `end` contains the total number of bytes. */
const pieceName = (digest: Digest, piece: number | 'end'): string => `data/${checkedHex(digest)}/${piece}`

export class SharedDataSets implements DataSets {
  readonly #place: Pick<SharedPlace, 'at' | 'pieces'>

  constructor(place: Pick<SharedPlace, 'at' | 'pieces'>) {
    this.#place = place
  }

  async has(digest: Digest): Promise<boolean> {
    return (await this.#bytesOf(digest)) !== undefined
  }

  async put(digest: Digest, file: string): Promise<void> {
    await using handle = await open(file)
    const { size } = await handle.stat()
    for (let at = 0, piece = 0; at < size; at += pieceBytes, piece++) {
      const content = Buffer.alloc(Math.min(pieceBytes, size - at))
      for (let read = 0; read < content.length; ) {
        const { bytesRead } = await handle.read(content, read, content.length - read, at + read)
        if (bytesRead === 0) throw problems.malformed(file, 'it became shorter while it was read')
        read += bytesRead
      }
      await this.#place.pieces.put(pieceName(digest, piece), content)
    }
    await this.#place.pieces.put(pieceName(digest, 'end'), Buffer.from(String(size)))
  }

  async fetch(digest: Digest, file: string, tmp: string): Promise<boolean> {
    const size = await this.#bytesOf(digest)
    if (size === undefined) return false
    await writeDurablyBy(file, size, tmp, async (handle) => {
      const hash = createHash('sha256')
      for (let at = 0, piece = 0; at < size; at += pieceBytes, piece++) {
        const name = pieceName(digest, piece)
        const content = await this.#place.pieces.get(name)
        if (content === undefined) throw problems.missing(digest, `${this.#place.at}/${name}`)
        hash.update(content)
        await handle.writeFile(content)
      }
      const found = `sha256:${hash.digest('hex')}`
      // Removing the `end` marker makes the next run that has the data upload it again.
      if (found !== digest) await this.#place.pieces.remove(pieceName(digest, 'end'))
      if (found !== digest) throw problems.corrupt(digest, `${this.#place.at}/data`, found, undefined)
    })
    return true
  }

  async #bytesOf(digest: Digest): Promise<number | undefined> {
    const size = Number((await this.#place.pieces.get(pieceName(digest, 'end')))?.toString('utf8'))
    return Number.isSafeInteger(size) && size >= 0 ? size : undefined
  }
}
