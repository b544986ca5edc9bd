/**
 * Takes single files out of a wheel (a zip archive, APPNOTE.TXT 4.3) without unpacking the rest: the archive's directory is
 * read from its end, a member is inflated as a stream, and its size and CRC are checked.
 */
import { createWriteStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32, createInflateRaw } from 'node:zlib'

export interface Member {
  readonly name: string
  readonly crc: number
  /** 0 stored, 8 deflated. */
  readonly method: number
  readonly packedBytes: number
  readonly bytes: number
  /** Whether it is a program. */
  readonly executable: boolean
  /** Where its local header begins. */
  readonly offset: number
}

export class Wheel implements AsyncDisposable {
  readonly #file: FileHandle
  readonly #members: ReadonlyMap<string, Member>

  private constructor(file: FileHandle, members: ReadonlyMap<string, Member>) {
    this.#file = file
    this.#members = members
  }

  static async open(path: string): Promise<Wheel> {
    const file = await open(path)
    try {
      return new Wheel(file, new Map((await directoryOf(file)).map((member) => [member.name, member])))
    } catch (cause) {
      await file.close()
      throw cause
    }
  }

  get members(): readonly Member[] {
    return [...this.#members.values()]
  }

  member(name: string): Member {
    const member = this.#members.get(name)
    if (member === undefined) throw new Error(`the wheel has no member ${name}`)
    return member
  }

  /** Writes a member to `path` and to the disk; `onBytes` is told how many bytes were written with each piece. */
  async extract(
    { name, crc, method, packedBytes, bytes, offset, executable }: Member,
    path: string,
    onBytes: (bytes: number) => void,
  ): Promise<void> {
    if (method !== 0 && method !== 8) throw new Error(`${name} is packed by a method (${method}) other than deflate`)
    const local = await this.#read(offset, localHeaderBytes)
    if (local.readUInt32LE(0) !== 0x04034b50) throw new Error(`${name} does not begin where the wheel says`)
    // The local header repeats the name, and may have other extra fields than the directory.
    const start = offset + localHeaderBytes + local.readUInt16LE(26) + local.readUInt16LE(28)
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
    const packed = this.#file.createReadStream({ start, end: start + packedBytes - 1, autoClose: false, highWaterMark: 1 << 20 })
    const unpacked = method === 8 ? [createInflateRaw({ chunkSize: 1 << 20 })] : []
    await pipeline([
      packed,
      ...unpacked,
      check,
      createWriteStream(path, { flags: 'wx', mode: executable ? 0o777 : 0o666, flush: true, highWaterMark: 1 << 20 }),
    ])
    if (written !== bytes) throw new Error(`${name} has ${written} bytes, not ${bytes}`)
    if (sum !== crc) throw new Error(`${name} has another checksum than the wheel says`)
  }

  async #read(offset: number, bytes: number): Promise<Buffer> {
    return readExactly(this.#file, offset, bytes)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
  }
}

const localHeaderBytes = 30
const entryBytes = 46
const endBytes = 22
const longestComment = 0xffff

async function directoryOf(file: FileHandle): Promise<Member[]> {
  const { size } = await file.stat()
  const tailBytes = Math.min(size, endBytes + longestComment)
  const tail = await readExactly(file, size - tailBytes, tailBytes)
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  if (end === -1 || end + endBytes > tail.length) throw new Error('the file is no zip archive, or its end is missing')
  const count = tail.readUInt16LE(end + 10)
  const directory = await readExactly(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12))
  const members: Member[] = []
  for (let at = 0; members.length < count; ) {
    if (at + entryBytes > directory.length || directory.readUInt32LE(at) !== 0x02014b50)
      throw new Error("the archive's directory is damaged")
    const nameBytes = directory.readUInt16LE(at + 28)
    members.push({
      name: directory.toString('utf8', at + entryBytes, at + entryBytes + nameBytes),
      method: directory.readUInt16LE(at + 10),
      crc: directory.readUInt32LE(at + 16),
      packedBytes: directory.readUInt32LE(at + 20),
      bytes: directory.readUInt32LE(at + 24),
      // The upper half of the external attributes is what Unix calls a mode.
      executable: ((directory.readUInt32LE(at + 38) >>> 16) & 0o100) !== 0,
      offset: directory.readUInt32LE(at + 42),
    })
    at += entryBytes + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
  return members
}

async function readExactly(file: FileHandle, offset: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes)
  const { bytesRead } = await file.read(buffer, 0, bytes, offset)
  if (bytesRead !== bytes) throw new Error('the file ends too early')
  return buffer
}
