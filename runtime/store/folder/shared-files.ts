/** The contents of a folder of objects and checkpoints, for an inventory. */
import { readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { sha256 } from '../../format/hash.ts'
import { notPlain, readPlain } from '../../plain-file.ts'
import { makeFolder } from '../../shared-folder.ts'
import { type Digest, hexOf, isKey } from '../address.ts'
import { checkpointNamed } from '../checkpoint-name.ts'
import type { KeptCheckpoint, StoredContents, StoredFile, StoredObject } from '../inventory.ts'
import { removeCheckpoints } from './checkpoints.ts'
import { type Layout, objectPath } from './layout.ts'
import { isOwnName, removeOwn } from './own-names.ts'
import { fileAt, filesIn, objectsIn } from './stored-files.ts'

export class FolderFiles implements StoredContents {
  readonly #layout: Layout

  constructor(layout: Layout) {
    this.#layout = layout
  }

  objects(): Promise<readonly StoredObject[]> {
    return objectsIn(this.#layout)
  }

  async content(digest: Digest): Promise<Uint8Array | undefined> {
    const hex = hexOf(digest)
    return hex === undefined ? undefined : contentOf(objectPath(this.#layout, hex))
  }

  async checkpoints(): Promise<ReadonlyMap<string, StoredFile>> {
    const folders = await filesIn(this.#layout.checkpoints)
    return new Map(folders.flatMap((each) => (isKey(basename(each.file)) ? [[basename(each.file), each]] : [])))
  }

  async eachCheckpoint(): Promise<readonly KeptCheckpoint[]> {
    const found: KeptCheckpoint[] = []
    for (const folder of (await this.checkpoints()).values()) {
      for (const each of await filesIn(folder.file)) {
        const hash = checkpointNamed(basename(each.file))?.hash
        const sound = async () => {
          const content = await contentOf(each.file) // one removed meanwhile counts as sound
          return content === undefined || sha256(content).startsWith(hash!)
        }
        if (hash !== undefined) found.push({ ...each, sound })
      }
    }
    return found
  }

  async dataSets(): Promise<ReadonlyMap<string, StoredFile>> {
    const folders = await filesIn(this.#layout.data)
    return new Map(folders.flatMap((each) => (isKey(basename(each.file)) ? [[basename(each.file), each]] : [])))
  }

  quarantine(): Promise<readonly StoredFile[]> {
    return filesIn(this.#layout.quarantine)
  }

  unfinished(): Promise<readonly StoredFile[]> {
    return filesIn(this.#layout.tmp)
  }

  owns({ file }: Pick<StoredFile, 'file'>): boolean {
    return file.startsWith(this.#layout.root + sep)
  }

  async remove({ file, changed }: StoredFile): Promise<void> {
    const now = await fileAt(file)
    if (now === undefined || now.changed > changed) return // removed, or written again since it was listed
    if (dirname(file) === this.#layout.checkpoints) await removeCheckpoints(file)
    else if (dirname(file) === this.#layout.bundles && isOwnName('bundles', basename(file)))
      await rm(file, { recursive: true, force: true })
    else if (dirname(file) === this.#layout.data && isKey(basename(file))) await removePieces(file)
    else await removeOwn(file)
  }

  async setAside({ file }: Pick<StoredFile, 'file'>, name: string): Promise<void> {
    const { quarantine } = this.#layout
    makeFolder(quarantine)
    await rename(file, join(quarantine, name)).catch(() => {}) // may be removed meanwhile
  }
}

/** Removes `end` first, the piece that marks a data set complete. */
async function removePieces(folder: string): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^(\d+|end)$/.test(name)).sort()
  for (const name of names.reverse()) await removeOwn(join(folder, name))
  await removeOwn(folder)
}

/** Undefined when missing; empty for anything but a plain file, whose content would never match. */
function contentOf(file: string): Promise<Uint8Array | undefined> {
  return readPlain(file).catch((cause: unknown) => (notPlain(cause) ? new Uint8Array() : undefined))
}
