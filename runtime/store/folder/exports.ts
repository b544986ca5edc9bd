/** Export records as files: `exports/<key>.json`. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDurably } from '../durable-file.ts'
import type { ExportRecords, WrittenFile } from '../exports.ts'
import type { Layout } from './layout.ts'

export class FolderExports implements ExportRecords {
  readonly reserved: string
  readonly #layout: Layout

  constructor(layout: Layout) {
    this.reserved = layout.root
    this.#layout = layout
  }

  async put(key: string, files: readonly WrittenFile[]): Promise<void> {
    await writeDurably(this.#fileOf(key), Buffer.from(JSON.stringify(files, null, 2)), this.#layout.tmp)
  }

  async find(key: string): Promise<readonly WrittenFile[] | undefined> {
    try {
      return JSON.parse(await readFile(this.#fileOf(key), 'utf8')) as readonly WrittenFile[] // as `put` wrote it
    } catch {
      return undefined
    }
  }

  /** `key` has 64 hex digits. */
  #fileOf(key: string): string {
    return join(this.#layout.exports, `${key}.json`)
  }
}
