/**
 * Checkpoints as files: one safetensors file each, in `<folder>/<key>/`. The name carries a part of the content's SHA-256, so a damaged one
 * is known before it is used and the one before it serves.
 */
import { lstat, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { sha256 } from '../../format/hash.ts'
import { notPlain, openPlain, readPlain } from '../../plain-file.ts'
import { StoreProblem } from '../../problem.ts'
import { isKey } from '../address.ts'
import { decodeCheckpoint, encodeCheckpoint, readCheckpointHeader } from '../checkpoint-file.ts'
import type { Checkpoint, CheckpointHeader, Checkpoints, StoredCheckpoint, Unusable } from '../checkpoints.ts'
import { isCode, isTemporary, writeDurably } from '../durable-file.ts'
import { problems } from '../problems.ts'
import { checkpointForm, removeOwn } from './own-names.ts'

/** Of the content, as the name of a checkpoint's file has it; undefined for other files. */
export const checkpointHash = (file: string): string | undefined => checkpointForm.exec(basename(file))?.[2]

const kept = 2

export class FolderCheckpoints implements Checkpoints {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async write(key: string, checkpoint: Checkpoint): Promise<void> {
    const content = encodeCheckpoint(checkpoint)
    const folder = this.#folderOf(key)
    const name = `${checkpoint.step}-${sha256(content).slice(0, 16)}.ckpt`
    await writeDurably(join(folder, name), content, folder)
    // By time of writing, not by step: after a fall-back, newer checkpoints have smaller steps than the damaged one.
    const others = (await filesIn(folder)).filter((each) => each.name !== name)
    const newestFirst = others.sort((a, b) => b.written - a.written || b.step - a.step)
    for (const old of newestFirst.slice(kept - 1)) await removeOwn(old.file)
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
    if (!isKey(key)) throw problems.badKey(key)
    return join(this.#folder, key)
  }
}

/** Of a stage: the files that are checkpoints, finished or not, and their folder when nothing else is in it. */
export async function removeCheckpoints(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) if (checkpointForm.test(name) || isTemporary(name)) await removeOwn(join(folder, name))
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
    const [, step, hash] = checkpointForm.exec(name) ?? []
    if (step === undefined || hash === undefined) return []
    const file = join(folder, name)
    const info = await lstat(file).catch(() => undefined) // gone meanwhile
    return info === undefined ? [] : [{ name, file, hash, step: Number(step), written: info.mtimeMs }]
  })
  return (await Promise.all(found)).flat()
}
