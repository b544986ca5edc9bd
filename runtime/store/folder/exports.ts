/** Export records as files: `exports/<key>.json`. */
import { join } from 'node:path'
import * as Option from 'effect/Option'
import * as Schema from 'effect/Schema'
import { readPlain } from '../../plain-file.ts'
import { checkedKey } from '../address.ts'
import { writeDurably } from '../durable-file.ts'
import type { ExportRecords, WrittenFile } from '../exports.ts'
import type { Layout } from './layout.ts'

/** A path relative to the project's folder that cannot escape it. */
const Below = Schema.String.check(Schema.makeFilter((path: string) => !/^([/\\]|[A-Za-z]:)|(^|[/\\])\.\.([/\\]|$)|\0/.test(path)))
const Written = Schema.Array(Schema.Struct({ path: Below, bytes: Schema.Number, mtimeMs: Schema.Number, sha256: Schema.String }))

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
      const record: unknown = JSON.parse((await readPlain(this.#fileOf(key))).toString('utf8'))
      return Option.getOrUndefined(Schema.decodeUnknownOption(Written)(record))
    } catch {
      return undefined
    }
  }

  #fileOf(key: string): string {
    return join(this.#layout.exports, `${checkedKey(key)}.json`)
  }
}
