/** The half of an inventory that lies in folders: one of this machine, and one of objects and checkpoints that others may share. */
import { rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { sha256 } from '../../format/hash.ts'
import { notPlain, readPlain } from '../../plain-file.ts'
import { makeFolder } from '../../shared-folder.ts'
import { type Digest, hexOf, isKey } from '../address.ts'
import type { Inventory, KeptCheckpoint, StoredFile, StoredObject } from '../inventory.ts'
import { checkpointHash, removeCheckpoints } from './checkpoints.ts'
import { type Layout, objectPath } from './layout.ts'
import { isOwnName, removeOwn } from './own-names.ts'
import { fileAt, filesIn, objectsIn } from './stored-files.ts'

const month = 30 * 24 * 3_600_000

export class FolderInventory {
  readonly #home: Layout
  readonly #shared: Layout

  constructor(home: Layout, shared: Layout) {
    this.#home = home
    this.#shared = shared
  }

  objects(): Promise<readonly StoredObject[]> {
    return objectsIn(this.#shared)
  }

  async content(digest: Digest): Promise<Uint8Array | undefined> {
    const hex = hexOf(digest)
    return hex === undefined ? undefined : contentOf(objectPath(this.#shared, hex))
  }

  async checkpoints(): Promise<ReadonlyMap<string, StoredFile>> {
    const folders = await filesIn(this.#shared.checkpoints)
    return new Map(folders.flatMap((each) => (isKey(basename(each.file)) ? [[basename(each.file), each]] : [])))
  }

  async eachCheckpoint(): Promise<readonly KeptCheckpoint[]> {
    const found: KeptCheckpoint[] = []
    for (const folder of (await this.checkpoints()).values()) {
      for (const each of await filesIn(folder.file)) {
        const hash = checkpointHash(each.file)
        const sound = async () => {
          const content = await contentOf(each.file) // gone meanwhile is as good
          return content === undefined || sha256(content).startsWith(hash!)
        }
        if (hash !== undefined) found.push({ ...each, sound })
      }
    }
    return found
  }

  async parts(): ReturnType<Inventory['parts']> {
    const { data, logs, runs } = this.#home
    return {
      objects: await this.objects(),
      checkpoints: [...(await this.checkpoints()).values()],
      data: await filesIn(data),
      logs: await filesIn(logs),
      runs: await filesIn(runs),
      quarantine: await this.#inBoth('quarantine'),
      tmp: await this.#inBoth('tmp'),
    }
  }

  /** @param staying manifests of the results that stay, as text */
  async leftovers(stays: (key: string) => boolean, staying: string): Promise<readonly StoredFile[]> {
    const { logs, exports, functions, data } = this.#home
    const byKey = [...(await ownIn('logs', logs)), ...(await ownIn('exports', exports))]
    const ofGone = byKey.filter(({ file }) => !stays(basename(file).slice(0, 64)))
    // What is known of code is found again in a moment; a file that has not changed for a month is mostly one that is not there any more.
    const code = (await ownIn('functions', functions)).filter(({ changed }) => changed < Date.now() - month)
    const unused = await unusedData(await ownIn('data', data), staying)
    const unfinished = (['quarantine', 'tmp'] as const).map(async (part) =>
      (await this.#inBoth(part)).filter(({ file }) => isOwnName(part, basename(file))),
    )
    return [...ofGone, ...code, ...unused, ...(await Promise.all(unfinished)).flat()]
  }

  async remove(files: Iterable<StoredFile>): Promise<void> {
    for (const { file, changed } of files) {
      const now = await fileAt(file)
      if (now === undefined || now.changed > changed) continue // gone, or needed again since it was found
      if (dirname(file) === this.#shared.checkpoints) await removeCheckpoints(file)
      else await removeOwn(file)
    }
  }

  async setAside({ file }: Pick<StoredFile, 'file'>, name: string): Promise<void> {
    const { quarantine } = this.#shared
    makeFolder(quarantine)
    await rename(file, join(quarantine, name)).catch(() => {}) // gone meanwhile is as good
  }

  async #inBoth(part: 'quarantine' | 'tmp'): Promise<StoredFile[]> {
    return (await Promise.all([...new Set([this.#home[part], this.#shared[part]])].map(filesIn))).flat()
  }
}

async function ownIn(part: Parameters<typeof isOwnName>[0], folder: string): Promise<StoredFile[]> {
  return (await filesIn(folder)).filter(({ file }) => isOwnName(part, basename(file)))
}

/** Undefined when it is gone; what is no plain file has no content that could be sound. */
function contentOf(file: string): Promise<Uint8Array | undefined> {
  return readPlain(file).catch((cause: unknown) => (notPlain(cause) ? new Uint8Array() : undefined))
}

/** A data set's record names the content address that is part of the keys; its converted file has the record's name. */
async function unusedData(files: readonly StoredFile[], manifests: string): Promise<StoredFile[]> {
  const unused = new Set<string>()
  for (const { file } of files) {
    if (!file.endsWith('.json')) continue
    const address = /"digest":\s*"(sha256:[0-9a-f]{64})"/.exec(String(await readPlain(file).catch(() => '')))?.[1]
    if (address !== undefined && !manifests.includes(address)) unused.add(stem(file))
  }
  return files.filter(({ file }) => unused.has(stem(file)))
}

const stem = (file: string): string => file.replace(/\.[^./]*$/, '')
