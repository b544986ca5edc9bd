/** Extracts single files from a wheel, a zip archive, without unpacking the rest; size and checksum are verified during the write. */
import { createWriteStream } from 'node:fs'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import { type Entry, openPromise, type ZipFile } from 'yauzl'

export class Wheel implements AsyncDisposable {
  readonly #zip: ZipFile
  readonly #members: ReadonlyMap<string, Entry>

  private constructor(zip: ZipFile, members: ReadonlyMap<string, Entry>) {
    this.#zip = zip
    this.#members = members
  }

  static async open(path: string): Promise<Wheel> {
    // Names and sizes are checked when a member is extracted: an invalid one that is not needed does no harm.
    const zip = await openPromise(path, { autoClose: false, decodeStrings: false, validateEntrySizes: false })
    try {
      const members = new Map<string, Entry>()
      for await (const entry of zip.eachEntry()) members.set(entry.fileNameRaw.toString('utf8'), entry)
      return new Wheel(zip, members)
    } catch (cause) {
      zip.close()
      throw cause
    }
  }

  get names(): readonly string[] {
    return [...this.#members.keys()]
  }

  /** Uncompressed size of a member. */
  bytesOf(name: string): number {
    return this.#member(name).uncompressedSize
  }

  /** Writes a member to `path` and flushes it to the disk; `onBytes` receives the number of bytes of each piece. */
  async extract(name: string, path: string, onBytes: (bytes: number) => void): Promise<void> {
    const member = this.#member(name)
    const bytes = member.uncompressedSize
    let written = 0
    let sum = 0
    const check = new Transform({
      transform(piece: Buffer, _, done) {
        written += piece.length
        sum = crc32(piece, sum)
        onBytes(piece.length)
        // A hostile archive must not fill the disk first.
        done(written > bytes ? new Error(`${name} is larger than the wheel says`) : null, piece)
      },
    })
    // The upper half of the external attributes is the Unix mode.
    const mode = ((member.externalFileAttributes >>> 16) & 0o100) === 0 ? 0o666 : 0o777
    await pipeline([
      await this.#zip.openReadStreamPromise(member),
      check,
      createWriteStream(path, { flags: 'wx', mode, flush: true, highWaterMark: 1 << 20 }),
    ])
    if (written !== bytes) throw new Error(`${name} has ${written} bytes, not ${bytes}`)
    if (sum !== member.crc32) throw new Error(`${name} has another checksum than the wheel says`)
  }

  #member(name: string): Entry {
    const member = this.#members.get(name)
    if (member === undefined) throw new Error(`the wheel has no member ${name}`)
    return member
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#zip.close()
  }
}
