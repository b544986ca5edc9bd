/** The contents of S3 storage, for an inventory. */
import { basename, dirname } from 'node:path/posix'
import { sha256 } from '../../format/hash.ts'
import { type Digest, hexOf, isKey } from '../address.ts'
import { checkpointNamed } from '../checkpoint-name.ts'
import { bytesOf, type KeptCheckpoint, type StoredContents, type StoredFile, type StoredObject } from '../inventory.ts'
import type { S3Client, StoredBlob } from './client.ts'

export class S3Files implements StoredContents {
  readonly #client: S3Client

  constructor(client: S3Client) {
    this.#client = client
  }

  async objects(): Promise<readonly StoredObject[]> {
    return (await this.#client.list('objects/')).flatMap((blob) => {
      const digest = `sha256:${blob.name.slice('objects/'.length)}`
      return hexOf(digest) === undefined ? [] : [{ digest, ...this.#fileOf(blob) }]
    })
  }

  async content(digest: Digest): Promise<Uint8Array | undefined> {
    const hex = hexOf(digest)
    return hex === undefined ? undefined : this.#client.get(`objects/${hex}`)
  }

  async checkpoints(): Promise<ReadonlyMap<string, StoredFile>> {
    return this.#folders(await this.#checkpoints())
  }

  async dataSets(): Promise<ReadonlyMap<string, StoredFile>> {
    return this.#folders((await this.#client.list('data/')).filter(({ name }) => /^data\/[0-9a-f]{64}\/(\d+|end)$/.test(name)))
  }

  #folders(all: readonly StoredBlob[]): ReadonlyMap<string, StoredFile> {
    return new Map(
      [...Map.groupBy(all, ({ name }) => dirname(name))].map(([folder, blobs]) => {
        const changed = Math.max(...blobs.map((blob) => blob.changed))
        return [basename(folder), { file: this.#client.fileOf(folder), bytes: bytesOf(blobs), changed }]
      }),
    )
  }

  async eachCheckpoint(): Promise<readonly KeptCheckpoint[]> {
    return (await this.#checkpoints()).map((blob) => ({
      ...this.#fileOf(blob),
      sound: async () => {
        const content = await this.#client.get(blob.name) // one removed meanwhile counts as sound
        return content === undefined || sha256(content).startsWith(checkpointNamed(blob.name.split('/')[2]!)!.hash)
      },
    }))
  }

  async quarantine(): Promise<readonly StoredFile[]> {
    return (await this.#client.list('quarantine/')).map((blob) => this.#fileOf(blob))
  }

  /** None: S3 lists only completed uploads. */
  async unfinished(): Promise<readonly StoredFile[]> {
    return []
  }

  owns({ file }: Pick<StoredFile, 'file'>): boolean {
    return file.startsWith(this.#client.fileOf(''))
  }

  async remove({ file, changed }: StoredFile): Promise<void> {
    const name = this.#nameOf(file)
    const isFolder = /^(checkpoints|data)\/[0-9a-f]{64}$/.test(name)
    const looked = await this.#client.look(name)
    const blobs = isFolder ? await this.#client.list(`${name}/`) : looked === undefined ? [] : [looked]
    if (blobs.some((blob) => blob.changed > changed)) return // written again since it was listed
    // Removes a data set's `end` marker first: it is last in the listing.
    for (const blob of blobs.toReversed()) await this.#client.remove(blob.name)
  }

  async setAside({ file }: Pick<StoredFile, 'file'>, name: string): Promise<void> {
    const content = await this.#client.get(this.#nameOf(file))
    if (content === undefined) return
    await this.#client.put(`quarantine/${name}`, content)
    await this.#client.remove(this.#nameOf(file))
  }

  async #checkpoints(): Promise<readonly StoredBlob[]> {
    const forms = (name: string) => name.split('/')
    return (await this.#client.list('checkpoints/')).filter(
      ({ name }) => isKey(forms(name)[1] ?? '') && checkpointNamed(forms(name)[2] ?? '') !== undefined,
    )
  }

  #fileOf({ name, bytes, changed }: StoredBlob): StoredFile {
    return { file: this.#client.fileOf(name), bytes, changed }
  }

  #nameOf(file: string): string {
    return file.slice(this.#client.fileOf('').length)
  }
}
