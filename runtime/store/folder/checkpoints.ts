/**
 * Checkpoints as files: one safetensors file each, in `<folder>/<key>/`. The name contains a prefix of the content's SHA-256, so a damaged
 * checkpoint is detected before use, and the previous one is used instead.
 */
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '../../format/hash.ts'
import { notPlain, openPlain, readPlain } from '../../plain-file.ts'
import { StoreProblem } from '../../problem.ts'
import { checkedKey, isKey } from '../address.ts'
import { decodeCheckpoint, encodeCheckpoint, readCheckpointHeader } from '../checkpoint-file.ts'
import { checkpointName, checkpointNamed, outlived } from '../checkpoint-name.ts'
import type { Checkpoint, CheckpointHeader, Checkpoints, StoredCheckpoint, Unusable } from '../checkpoints.ts'
import { isCode, isTemporary, writeDurably } from '../durable-file.ts'
import { problems } from '../problems.ts'
import { removeOwn } from './own-names.ts'

export class FolderCheckpoints implements Checkpoints {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async write(key: string, checkpoint: Checkpoint): Promise<void> {
    const content = encodeCheckpoint(checkpoint)
    const folder = this.#folderOf(key)
    const name = checkpointName(checkpoint.step, content)
    await writeDurably(join(folder, name), content, folder)
    for (const old of outlived(await filesIn(folder), name)) await removeOwn(old.file)
  }

  async list(key: string): Promise<readonly StoredCheckpoint[]> {
    const files = (await filesIn(this.#folderOf(key))).sort((a, b) => b.step - a.step)
    return files.map(({ file, step, written, hash }) => ({ step, written, header: () => header(file), load: () => load(file, hash) }))
  }

  async remove(key: string): Promise<void> {
    await removeCheckpoints(this.#folderOf(key))
  }

  async keys(): Promise<readonly string[]> {
    return (await readdir(this.#folder).catch(() => [])).filter(isKey)
  }

  #folderOf(key: string): string {
    return join(this.#folder, checkedKey(key))
  }
}

/** Removes a stage's checkpoint files, complete or temporary, and their folder if it is then empty. */
export async function removeCheckpoints(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) if (checkpointNamed(name) !== undefined || isTemporary(name)) await removeOwn(join(folder, name))
  await removeOwn(folder)
}

async function header(file: string): Promise<CheckpointHeader | Unusable> {
  return usable(file, async () => {
    await using handle = await openPlain(file)
    const { size } = await handle.stat()
    const read = async (at: number, bytes: number) => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, at)
      return buffer.subarray(0, bytesRead)
    }
    return await readCheckpointHeader(read, size, file)
  })
}

function load(file: string, hash: string): Promise<Checkpoint | Unusable> {
  return usable(file, async () => {
    const content = await readPlain(file)
    return sha256(content).startsWith(hash) ? decodeCheckpoint(content, file) : 'damaged'
  })
}

async function usable<T>(file: string, read: () => Promise<T | Unusable | undefined>): Promise<T | Unusable> {
  try {
    return (await read()) ?? 'of another version'
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) return 'gone'
    if (notPlain(cause)) return 'damaged'
    if (cause instanceof StoreProblem && cause.kind === 'malformed') return 'damaged'
    throw problems.io('read a checkpoint', file, cause)
  }
}

async function filesIn(folder: string) {
  const names = await readdir(folder).catch(() => [])
  const found = names.map(async (name) => {
    const named = checkpointNamed(name)
    if (named === undefined) return []
    const file = join(folder, name)
    const info = await lstat(file).catch(() => undefined) // removed meanwhile
    return info === undefined ? [] : [{ ...named, file, written: info.mtimeMs }]
  })
  return (await Promise.all(found)).flat()
}
