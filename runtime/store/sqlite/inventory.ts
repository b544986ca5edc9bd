/** What the index names and what lies in the folder. */
import { readFile, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { sha256 } from '../../format/hash.ts'
import { StoreProblem } from '../../problem.ts'
import { type Digest, hexOf, isKey } from '../address.ts'
import { readParts } from '../artifact.ts'
import { checkpointHash } from '../folder/checkpoints.ts'
import { type Layout, objectPath } from '../folder/layout.ts'
import type { FolderObjects } from '../folder/objects.ts'
import { filesIn, objectsIn } from '../folder/stored-files.ts'
import type { Inventory, KeptArtifact, KeptCheckpoint, KeptResult, Removal, StoredFile, StoredObject, StorePart } from '../inventory.ts'
import { problems } from '../problems.ts'
import type { IndexDb, Row } from './index-db.ts'
import { jsonOf } from './result-row.ts'
import { forgetStates } from './training-states.ts'

const month = 30 * 24 * 3_600_000

export class DiskInventory implements Inventory {
  readonly #index: IndexDb
  readonly #layout: Layout
  readonly #objects: FolderObjects

  constructor(index: IndexDb, layout: Layout, objects: FolderObjects) {
    this.#index = index
    this.#layout = layout
    this.#objects = objects
  }

  objects(): Promise<readonly StoredObject[]> {
    return objectsIn(this.#layout)
  }

  async content(digest: Digest): Promise<Uint8Array | undefined> {
    const hex = hexOf(digest)
    return hex === undefined ? undefined : readFile(objectPath(this.#layout, hex)).catch(() => undefined)
  }

  async partsOf(artifact: Digest): Promise<readonly Digest[]> {
    const row = this.#index.all("SELECT parts FROM verified WHERE digest = ? AND parts <> '[]'", artifact)[0]
    if (row !== undefined) return [artifact, ...jsonOf<Digest[]>(row, 'parts', this.#index.file)]
    try {
      const { topology, weights, masks } = await readParts(this.#objects, artifact)
      return [artifact, topology, weights, ...(masks === null ? [] : [masks])]
    } catch (problem) {
      if (problem instanceof StoreProblem && ['missing', 'corrupt', 'malformed'].includes(problem.kind)) return [artifact]
      throw problem
    }
  }

  async results(): Promise<readonly KeptResult[]> {
    const rows = this.#index.all(
      'SELECT key, kind, path, artifact, snapshots, coalesce(tick, finished) AS tick FROM results LEFT JOIN uses USING (key) ORDER BY tick, key',
    )
    return rows.map((row) => ({
      key: String(row.key),
      kind: String(row.kind),
      path: String(row.path),
      artifacts: artifactsOf(row, this.#index.file),
      tick: Number(row.tick),
    }))
  }

  async checkpoints(): Promise<ReadonlyMap<string, StoredFile>> {
    const folders = await filesIn(this.#layout.checkpoints)
    return new Map(folders.flatMap((each) => (isKey(basename(each.file)) ? [[basename(each.file), each]] : [])))
  }

  async eachCheckpoint(): Promise<readonly KeptCheckpoint[]> {
    const found: KeptCheckpoint[] = []
    for (const folder of (await this.checkpoints()).values()) {
      for (const each of await filesIn(folder.file)) {
        const hash = checkpointHash(each.file)
        const sound = async () => {
          const content = await readFile(each.file).catch(() => undefined) // gone meanwhile is as good
          return content === undefined || sha256(content).startsWith(hash!)
        }
        if (hash !== undefined) found.push({ ...each, sound })
      }
    }
    return found
  }

  async parts(): Promise<{ readonly [part in StorePart]: readonly StoredFile[] }> {
    const { data, logs, runs, quarantine, tmp } = this.#layout
    return {
      objects: await this.objects(),
      checkpoints: [...(await this.checkpoints()).values()],
      data: await filesIn(data),
      logs: await filesIn(logs),
      runs: await filesIn(runs),
      quarantine: await filesIn(quarantine),
      tmp: await filesIn(tmp),
    }
  }

  async leftovers(stays: (key: string) => boolean, gone: ReadonlySet<string>): Promise<readonly StoredFile[]> {
    const { logs, exports, functions, data, quarantine, tmp } = this.#layout
    const byKey = [...(await filesIn(logs)), ...(await filesIn(exports))]
    const ofGone = byKey.filter(({ file }) => !stays(basename(file).slice(0, 64)))
    // What is known of code is found again in a moment; a file that has not changed for a month is mostly one that is not there any more.
    const code = (await filesIn(functions)).filter(({ changed }) => changed < Date.now() - month)
    const staying = this.#index.all('SELECT key, manifest FROM results').filter(({ key }) => !gone.has(String(key)))
    const unused = await unusedData(data, staying.map(({ manifest }) => String(manifest)).join('\n'))
    return [...ofGone, ...code, ...unused, ...(await filesIn(quarantine)), ...(await filesIn(tmp))]
  }

  async remove({ results, objects, others }: Removal): Promise<void> {
    const index = this.#index
    if (index.readOnly) throw problems.readOnly(this.#layout.root, 'remove anything from it')
    index.transaction(() => {
      for (const { key } of results)
        for (const table of ['results', 'metrics', 'places', 'uses', 'epoch_weights']) index.run(`DELETE FROM ${table} WHERE key = ?`, key)
      for (const { digest } of objects) index.run('DELETE FROM verified WHERE digest = ?', digest)
      forgetStates(index, new Set(objects.map(({ digest }) => digest)))
      forgetFunctions(index)
    })
    for (const { file } of [...objects, ...others]) {
      await rm(file, { recursive: true, force: true }).catch((cause: unknown) => {
        throw problems.io('remove a file', file, cause)
      })
    }
  }

  async faults(): Promise<readonly string[]> {
    const lines = this.#index.all('PRAGMA quick_check').map((row) => String(Object.values(row)[0]))
    return lines.filter((line) => line !== 'ok')
  }
}

/** A row's own artifact and those of its snapshots. */
function artifactsOf(row: Row, index: string): KeptArtifact[] {
  const snapshots = Object.entries(jsonOf<{ [at: string]: Digest }>(row, 'snapshots', index))
  return [
    ...(row.artifact === null ? [] : [{ artifact: String(row.artifact) }]),
    ...snapshots.map(([snapshot, artifact]) => ({ artifact, snapshot })),
  ]
}

/** A data set's record names the content address that is part of the keys; its converted file has the record's name. */
async function unusedData(folder: string, manifests: string): Promise<StoredFile[]> {
  const files = await filesIn(folder)
  const unused = new Set<string>()
  for (const { file } of files) {
    if (!file.endsWith('.json')) continue
    const address = /"digest":\s*"(sha256:[0-9a-f]{64})"/.exec(await readFile(file, 'utf8').catch(() => ''))?.[1]
    if (address !== undefined && !manifests.includes(address)) unused.add(stem(file))
  }
  return files.filter(({ file }) => unused.has(stem(file)))
}

const stem = (file: string): string => file.replace(/\.[^./]*$/, '')

/** Functions of the user's that no result has used: they only serve explanations. */
function forgetFunctions(index: IndexDb): void {
  const used = new Set<string>()
  for (const { manifest } of index.all('SELECT manifest FROM results'))
    for (const [, fingerprint] of String(manifest).matchAll(/"fingerprint":"([^"]+)"/g)) used.add(fingerprint!)
  for (const { fingerprint } of index.all('SELECT fingerprint FROM functions'))
    if (!used.has(String(fingerprint))) index.run('DELETE FROM functions WHERE fingerprint = ?', String(fingerprint))
}
