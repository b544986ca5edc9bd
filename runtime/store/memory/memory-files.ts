/** The files of a store, in memory: a map from names to contents. */
import { sha256 } from '../../format/hash.ts'
import { checkedKey, type Digest, digestOf, hexOf } from '../address.ts'
import { decodeCheckpoint, encodeCheckpoint } from '../checkpoint-file.ts'
import type { Checkpoints } from '../checkpoints.ts'
import type { ExportRecords, WrittenFile } from '../exports.ts'
import type { StoredFile } from '../inventory.ts'
import type { Objects } from '../objects.ts'
import { problems } from '../problems.ts'
import type { StageLogs } from '../stage-logs.ts'

export class MemoryFiles {
  readonly #files = new Map<string, { readonly content: Uint8Array; readonly changed: number }>()
  /** File names below each folder; the root is ''. */
  readonly #inside = new Map<string, Set<string>>()
  #taken = 0
  /** In bytes. */
  capacity = Number.POSITIVE_INFINITY

  read(file: string): Uint8Array | undefined {
    return this.#files.get(file)?.content
  }

  /** @throws StoreProblem when the capacity is exceeded */
  write(file: string, content: Uint8Array): void {
    const taken = this.#taken - (this.read(file)?.byteLength ?? 0)
    if (taken + content.byteLength > this.capacity) throw problems.diskFull(file, content.byteLength, this.capacity - taken)
    this.#taken = taken + content.byteLength
    this.#files.set(file, { content: Uint8Array.from(content), changed: Date.now() })
    for (const folder of foldersOf(file)) this.#inside.set(folder, (this.#inside.get(folder) ?? new Set()).add(file))
  }

  remove(folder: string): void {
    for (const { file, bytes } of this.in(folder)) {
      this.#taken -= bytes
      this.#files.delete(file)
      for (const above of foldersOf(file)) this.#inside.get(above)?.delete(file)
    }
  }

  /** The file, or all files in the folder. */
  in(folder: string): StoredFile[] {
    const names = this.#files.has(folder) ? [folder] : (this.#inside.get(folder) ?? [])
    return Array.from(names, (file) => {
      const { content, changed } = this.#files.get(file)!
      return { file, bytes: content.byteLength, changed }
    })
  }
}

function foldersOf(file: string): string[] {
  const parts = file.split('/')
  return parts.map((_, i) => parts.slice(0, i).join('/'))
}

export const objectFile = (digest: Digest): string => {
  const hex = hexOf(digest)
  if (hex === undefined) throw problems.badDigest(digest)
  return `objects/${hex}`
}

export function memoryObjects(files: MemoryFiles): Objects {
  return {
    async put(content) {
      const digest = digestOf(content)
      files.write(objectFile(digest), content)
      return digest
    },
    async get(digest) {
      const file = objectFile(digest)
      const content = files.read(file)
      if (content === undefined) throw problems.missing(digest, file)
      if (digestOf(content) === digest) return content
      files.write(`quarantine/${hexOf(digest)}`, content)
      files.remove(file)
      throw problems.corrupt(digest, file, digestOf(content), undefined)
    },
    has: async (digest) => files.read(objectFile(digest)) !== undefined,
    whereIs: async (digest) => ({ file: objectFile(digest), bytes: files.read(objectFile(digest))?.byteLength ?? null }),
  }
}

export function memoryCheckpoints(files: MemoryFiles): Checkpoints {
  const folderOf = (key: string) => `checkpoints/${checkedKey(key)}`
  return {
    async write(key, checkpoint) {
      const content = encodeCheckpoint(checkpoint)
      files.write(`${folderOf(key)}/${checkpoint.step}-${sha256(content)}`, content)
      for (const { file } of files.in(folderOf(key)).slice(0, -2)) files.remove(file)
    },
    async list(key) {
      return files
        .in(folderOf(key))
        .map(({ file, changed }) => {
          const [step, hash] = file.split('/').at(-1)!.split('-') as [string, string]
          const load = async () => {
            const content = files.read(file)
            if (content === undefined) return 'gone' as const
            return sha256(content) === hash ? (decodeCheckpoint(content, file) ?? ('of another version' as const)) : ('damaged' as const)
          }
          const header = async () => {
            const checkpoint = await load()
            if (typeof checkpoint === 'string') return checkpoint
            const { tensors: _, ...rest } = checkpoint
            return rest
          }
          return { step: Number(step), written: changed, header, load }
        })
        .sort((a, b) => b.step - a.step)
    },
    async remove(key) {
      files.remove(folderOf(key))
    },
    keys: async () => [...new Set(files.in('checkpoints').map(({ file }) => file.split('/')[1]!))],
  }
}

export function memoryExports(files: MemoryFiles, reserved: string): ExportRecords {
  return {
    reserved,
    async put(key, written) {
      files.write(`exports/${key}`, Buffer.from(JSON.stringify(written)))
    },
    async find(key) {
      const content = files.read(`exports/${key}`)
      return content === undefined ? undefined : (JSON.parse(Buffer.from(content).toString()) as readonly WrittenFile[]) // as `put` wrote it
    },
  }
}

export function memoryLogs(files: MemoryFiles): StageLogs {
  const whereIs = (key: string) => `logs/${key}`
  const read = (key: string) => {
    const content = files.read(whereIs(key))
    return content === undefined ? undefined : Buffer.from(content).toString()
  }
  return {
    whereIs,
    read,
    open(key) {
      const write = (text: string) => files.write(whereIs(key), Buffer.from((read(key) ?? '') + text))
      return { write, note: (text) => write(`[${new Date().toISOString()}] ${text}\n`), close: () => {} }
    },
    follow(key) {
      let shown = 0
      return {
        read(last = false) {
          const fresh = (read(key) ?? '').slice(shown)
          const whole = last ? fresh : fresh.slice(0, fresh.lastIndexOf('\n') + 1)
          shown += whole.length
          return whole
        },
      }
    },
  }
}
