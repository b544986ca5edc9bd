/** Which artifacts are whole. The index remembers what was read and found sound, so that a hit costs a look at each file and not its content. */
import { canonical } from '../../../dsl/check/canonical.ts'
import { StoreProblem } from '../../problem.ts'
import type { Digest } from '../address.ts'
import { readParts } from '../artifact.ts'
import type { FolderObjects, ObjectInfo } from '../folder/objects.ts'
import type { IndexDb, Row } from './index-db.ts'
import { jsonOf } from './result-row.ts'

export class CheckedArtifacts {
  readonly #index: IndexDb
  readonly #objects: FolderObjects
  /** What the index says of objects that were checked: a run asks for each several times. */
  readonly #checked = new Map<Digest, ObjectInfo & { readonly parts: readonly Digest[] }>()

  constructor(index: IndexDb, objects: FolderObjects) {
    this.#index = index
    this.#objects = objects
  }

  has(object: Digest): boolean {
    return this.#objects.info(object) !== undefined
  }

  /** Undefined when the artifact and all its parts are there and sound. */
  async whatIsWrongWith(artifact: Digest): Promise<string | undefined> {
    let object = artifact
    try {
      const parts = this.#verified(artifact) ?? (await this.#verifyParts(artifact))
      for (object of parts) {
        if (this.#verified(object) === undefined) await this.#verify(object, [])
      }
      return undefined
    } catch (problem) {
      if (!(problem instanceof StoreProblem)) throw problem
      if (problem.kind === 'missing') return (await this.#objects.wasQuarantined(object)) ? 'damaged' : 'missing'
      if (problem.kind === 'corrupt' || problem.kind === 'malformed') return 'damaged'
      throw problem
    }
  }

  /** Parts of what was checked earlier, if the file has not been touched since: size and time stand in for reading it again. */
  #verified(digest: Digest): readonly Digest[] | undefined {
    const info = this.#objects.info(digest)
    if (info === undefined) return undefined
    const known = this.#checked.get(digest)
    if (known?.bytes === info.bytes && known.mtimeMs === info.mtimeMs) return known.parts
    for (const row of this.#index.all('SELECT * FROM verified WHERE digest = ?', digest)) this.#note(row)
    const noted = this.#checked.get(digest)
    return noted?.bytes === info.bytes && noted.mtimeMs === info.mtimeMs ? noted.parts : undefined
  }

  /** What the index says of artifacts and their parts, at once for what is asked one by one. */
  recall(artifacts: readonly Digest[]): void {
    const sql = `WITH asked AS (SELECT value AS digest FROM json_each(?)),
      parts AS (SELECT part.value AS digest FROM asked JOIN verified USING (digest), json_each(verified.parts) AS part)
      SELECT * FROM verified WHERE digest IN (SELECT digest FROM asked UNION SELECT digest FROM parts)`
    for (const row of this.#index.all(sql, JSON.stringify(artifacts))) this.#note(row)
  }

  #note(row: Row): void {
    const parts = jsonOf<Digest[]>(row, 'parts', this.#index.file)
    this.#checked.set(String(row.digest), { bytes: Number(row.bytes), mtimeMs: Number(row.mtime), parts })
  }

  async #verifyParts(artifact: Digest): Promise<Digest[]> {
    const { topology, weights, masks } = await readParts(this.#objects, artifact)
    const parts = [topology, weights, ...(masks === null ? [] : [masks])]
    await this.#verify(artifact, parts)
    return parts
  }

  async #verify(digest: Digest, parts: Digest[]): Promise<void> {
    const info = this.#objects.info(digest)
    await this.#objects.get(digest)
    if (info === undefined || this.#index.readOnly) return
    this.#index.run(
      'INSERT OR REPLACE INTO verified (digest, bytes, mtime, parts) VALUES (?, ?, ?, ?)',
      digest,
      info.bytes,
      info.mtimeMs,
      canonical(parts),
    )
  }
}
