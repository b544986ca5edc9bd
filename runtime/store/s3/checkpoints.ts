/** Checkpoints in S3, under the same names as in a folder. */
import { sha256 } from '../../format/hash.ts'
import { StoreProblem } from '../../problem.ts'
import { checkedKey, isKey } from '../address.ts'
import { decodeCheckpoint, encodeCheckpoint, readCheckpointHeader } from '../checkpoint-file.ts'
import { checkpointName, checkpointNamed, outlived } from '../checkpoint-name.ts'
import type { Checkpoint, CheckpointHeader, Checkpoints, StoredCheckpoint, Unusable } from '../checkpoints.ts'
import { problems } from '../problems.ts'
import type { S3Client, StoredBlob } from './client.ts'

export class S3Checkpoints implements Checkpoints {
  readonly #client: S3Client

  constructor(client: S3Client) {
    this.#client = client
  }

  async write(key: string, checkpoint: Checkpoint): Promise<void> {
    const content = encodeCheckpoint(checkpoint)
    const name = checkpointName(checkpoint.step, content)
    await this.#client.put(folderOf(key) + name, content)
    for (const { blob } of outlived(await this.#of(key), name)) await this.#client.remove(blob.name)
  }

  async list(key: string): Promise<readonly StoredCheckpoint[]> {
    const found = (await this.#of(key)).sort((a, b) => b.step - a.step)
    return found.map(({ blob, step, hash, written }) => ({
      step,
      written,
      header: () => this.#header(blob),
      load: () => this.#load(blob, hash),
    }))
  }

  async remove(key: string): Promise<void> {
    for (const { blob } of await this.#of(key)) await this.#client.remove(blob.name)
  }

  async keys(): Promise<readonly string[]> {
    const names = (await this.#client.list('checkpoints/')).map(({ name }) => name.split('/')[1] ?? '')
    return [...new Set(names)].filter(isKey)
  }

  async #of(key: string) {
    return (await this.#client.list(folderOf(key))).flatMap((blob) => {
      const named = checkpointNamed(blob.name.slice(folderOf(key).length))
      return named === undefined ? [] : [{ ...named, blob, written: blob.changed }]
    })
  }

  #header({ name, bytes }: StoredBlob): Promise<CheckpointHeader | Unusable> {
    return usable(async () => {
      const read = async (at: number, length: number) => {
        const found = await this.#client.get(name, { at, bytes: length })
        if (found === undefined) throw problems.missing(name, this.#client.fileOf(name))
        return found
      }
      return await readCheckpointHeader(read, bytes, this.#client.fileOf(name))
    })
  }

  #load({ name }: StoredBlob, hash: string): Promise<Checkpoint | Unusable> {
    return usable(async () => {
      const content = await this.#client.get(name)
      if (content === undefined) return 'gone'
      return sha256(content).startsWith(hash) ? decodeCheckpoint(content, this.#client.fileOf(name)) : 'damaged'
    })
  }
}

const folderOf = (key: string): string => `checkpoints/${checkedKey(key)}/`

async function usable<T>(read: () => Promise<T | Unusable | undefined>): Promise<T | Unusable> {
  try {
    return (await read()) ?? 'of another version'
  } catch (cause) {
    if (cause instanceof StoreProblem && cause.kind === 'missing') return 'gone'
    if (cause instanceof StoreProblem && cause.kind === 'malformed') return 'damaged'
    throw cause
  }
}
