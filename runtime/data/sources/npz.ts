/**
 * Reads arrays from a `.npz` file, a zip archive of `.npy` files. Only requested arrays are decompressed, never more than an array's own
 * header declares, and names in the archive are never used as paths.
 */
import { crc32 } from 'node:zlib'
import type { Entry, ZipFile } from 'yauzl'
import { dataProblems } from '../problems.ts'
import { longestHeader, npyHeader } from './npy-array.ts'

/** Maximum number of members of an archive. */
const mostMembers = 10_000
/** Maximum size of an array, in bytes. */
export const largestArray = 2 ** 31

export class Npz implements AsyncDisposable {
  readonly #data: string
  readonly #path: string
  readonly #zip: ZipFile
  readonly #members: ReadonlyMap<string, Entry>

  private constructor(data: string, path: string, zip: ZipFile, members: ReadonlyMap<string, Entry>) {
    this.#data = data
    this.#path = path
    this.#zip = zip
    this.#members = members
  }

  /** @throws DataProblem */
  static async open(data: string, path: string): Promise<Npz> {
    // Large, so loaded only when needed. In the bundle, a CommonJS package has its exports only on `default`.
    const { default: yauzl } = await import('yauzl')
    let zip: ZipFile | undefined
    try {
      zip = await yauzl.openPromise(path, { autoClose: false, decodeStrings: false, validateEntrySizes: true })
      if (zip.entryCount > mostMembers) throw new Error(`it has ${zip.entryCount} members`)
      const members = new Map<string, Entry>()
      for await (const entry of zip.eachEntry()) {
        const name = entry.fileNameRaw.toString('utf8').replace(/\.npy$/, '')
        if (members.has(name)) throw new Error(`it has two members ${name}`)
        members.set(name, entry)
      }
      return new Npz(data, path, zip, members)
    } catch (cause) {
      zip?.close()
      throw dataProblems.notNpy(data, path, (cause as Error).message, 'an archive of NumPy arrays')
    }
  }

  /** Names of the arrays. */
  get names(): readonly string[] {
    return [...this.#members.keys()]
  }

  /** The bytes of an existing array. @throws DataProblem */
  async read(name: string): Promise<Uint8Array> {
    const member = this.#members.get(name)!
    const place = `${this.#path}, ${name}`
    const refuse = (cause: string) => dataProblems.notNpy(this.#data, place, cause)
    const bytes = member.uncompressedSize
    if (bytes > largestArray) throw refuse(`it takes ${bytes} bytes`)
    const pieces: Buffer[] = []
    let [length, sum, checked] = [0, 0, false]
    try {
      for await (const piece of await this.#zip.openReadStreamPromise(member)) {
        pieces.push(piece as Buffer)
        length += (piece as Buffer).length
        sum = crc32(piece as Buffer, sum)
        if (checked || (length < longestHeader && length < bytes)) continue
        // The header is complete: decompression continues only if it declares the size that the archive does.
        checked = true
        const head = Buffer.concat(pieces)
        pieces.splice(0, pieces.length, head)
        const said = npyHeader(this.#data, place, head.subarray(0, longestHeader)).bytes
        if (said !== bytes) throw refuse(`its header asks for ${said} bytes, and it has ${bytes}`)
      }
    } catch (cause) {
      throw cause instanceof Error && '_tag' in cause ? cause : refuse((cause as Error).message)
    }
    if (length !== bytes || sum !== member.crc32) throw refuse('it is damaged')
    return Buffer.concat(pieces)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#zip.close()
  }
}
