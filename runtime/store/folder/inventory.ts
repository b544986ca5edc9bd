/** An inventory without its index: the folders of this machine, and the shared contents. */
import { basename } from 'node:path'
import { readPlain } from '../../plain-file.ts'
import type { Inventory, StoredContents, StoredFile } from '../inventory.ts'
import type { Layout } from './layout.ts'
import { isOwnName } from './own-names.ts'
import { FolderFiles } from './shared-files.ts'
import { filesIn } from './stored-files.ts'

const month = 30 * 24 * 3_600_000

export class FolderInventory {
  readonly contents: StoredContents
  readonly #home: Layout
  /** This machine's own folder. */
  readonly #own: StoredContents

  constructor(home: Layout, shared: StoredContents) {
    this.contents = shared
    this.#home = home
    this.#own = new FolderFiles(home)
  }

  async parts(): ReturnType<Inventory['parts']> {
    const { data, logs, runs } = this.#home
    return {
      objects: await this.contents.objects(),
      checkpoints: [...(await this.contents.checkpoints()).values()],
      data: [...(await filesIn(data)), ...(await this.contents.dataSets()).values()],
      logs: await filesIn(logs),
      runs: await filesIn(runs),
      quarantine: await this.#inBoth('quarantine'),
      tmp: await this.#inBoth('unfinished'),
    }
  }

  /** @param staying text that contains every data set still in use: manifests of results that stay, and other references */
  async leftovers(stays: (key: string) => boolean, staying: string): Promise<readonly StoredFile[]> {
    const { logs, exports, functions, bundles, data } = this.#home
    const byKey = [...(await ownIn('logs', logs)), ...(await ownIn('exports', exports))]
    const ofGone = byKey.filter(({ file }) => !stays(basename(file).slice(0, 64)))
    // Analyses of code and bundles are cheap to recreate; an entry unchanged for a month is mostly stale.
    const kept = [...(await ownIn('functions', functions)), ...(await ownIn('bundles', bundles))]
    const code = kept.filter(({ changed }) => changed < Date.now() - month)
    const unused = await unusedData(await ownIn('data', data), staying)
    const shared = [...(await this.contents.dataSets())].flatMap(([hex, file]) => (staying.includes(`sha256:${hex}`) ? [] : [file]))
    const asides = (await this.#inBoth('quarantine')).filter(({ file }) => isOwnName('quarantine', basename(file)))
    const unfinished = (await this.#inBoth('unfinished')).filter(({ file }) => isOwnName('tmp', basename(file)))
    return [...ofGone, ...code, ...unused, ...shared, ...asides, ...unfinished]
  }

  async remove(files: Iterable<StoredFile>): Promise<void> {
    for (const each of files) await (this.contents.owns(each) ? this.contents : this.#own).remove(each)
  }

  /** From own and shared contents, without duplicates when both are the same folder. */
  async #inBoth(part: 'quarantine' | 'unfinished'): Promise<StoredFile[]> {
    const found = [...(await this.#own[part]()), ...(await this.contents[part]())]
    return [...new Map(found.map((each) => [each.file, each])).values()]
  }
}

async function ownIn(part: Parameters<typeof isOwnName>[0], folder: string): Promise<StoredFile[]> {
  return (await filesIn(folder)).filter(({ file }) => isOwnName(part, basename(file)))
}

/** A data set's record holds the content address that is part of cache keys; the converted file shares the record's name. */
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
