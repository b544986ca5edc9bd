/**
 * Checkpoints: everything a stage needs to continue exactly, one safetensors file each, in `<dir>/<key>/`.
 * The name carries a part of the content's SHA-256, so a damaged one is known before it is used and the one before it serves.
 */
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Numerics } from '../../../stdlib/engine.ts'
import { sha256 } from '../../format/canonical.ts'
import { isKey } from '../address.ts'
import { decodeCheckpoint, encodeCheckpoint } from '../checkpoint-file.ts'
import { type Checkpoint, type CheckpointSearch, numericsDiffer } from '../checkpoints.ts'
import { isCode, writeDurably } from '../durable-file.ts'
import { problems } from '../problems.ts'

const kept = 2
const nameForm = /^(\d{1,15})-([0-9a-f]{16})\.ckpt$/

/** Writes a checkpoint and removes all but the last two. StoreProblem when the disk is full or fails. */
export async function writeCheckpoint(dir: string, key: string, checkpoint: Checkpoint): Promise<void> {
  const content = encodeCheckpoint(checkpoint)
  const folder = folderOf(dir, key)
  const name = `${checkpoint.step}-${sha256(content).slice(0, 16)}.ckpt`
  await writeDurably(join(folder, name), content, folder)
  for (const old of (await byAge(folder, name)).slice(kept - 1)) await rm(join(folder, old), { force: true })
}

/**
 * The furthest sound checkpoint. With `numerics`, only one made under the same; others are left where they are, for the
 * machine that made them. Damaged ones are passed over.
 */
export async function latestCheckpoint(dir: string, key: string, numerics?: Numerics): Promise<CheckpointSearch> {
  const folder = folderOf(dir, key)
  const ignored: string[] = []
  for (const { name, step, hash } of (await checkpointsIn(folder)).sort((a, b) => b.step - a.step)) {
    const content = await readFile(join(folder, name)).catch((cause: unknown) => {
      if (isCode(cause, 'ENOENT')) return undefined // another process finished the stage meanwhile
      throw problems.io('read a checkpoint', join(folder, name), cause)
    })
    if (content === undefined) continue
    if (sha256(content).slice(0, 16) !== hash) {
      ignored.push(`the checkpoint at step ${step} is damaged`)
      continue
    }
    const checkpoint = decodeCheckpoint(content, join(folder, name))
    if (checkpoint === undefined) {
      ignored.push(`the checkpoint at step ${step} is of another version`)
      continue
    }
    const different = numerics === undefined ? [] : numericsDiffer(checkpoint.numerics, numerics)
    if (different.length === 0) return { checkpoint, ignored }
    ignored.push(`the checkpoint at step ${step} was made with other numerics (${different.join(', ')})`)
  }
  return { checkpoint: undefined, ignored }
}

/** Removes all checkpoints of a stage; none is no error. */
export async function removeCheckpoints(dir: string, key: string): Promise<void> {
  await rm(folderOf(dir, key), { recursive: true, force: true })
}

function folderOf(dir: string, key: string): string {
  if (!isKey(key)) throw problems.badKey(key)
  return join(dir, key)
}

async function checkpointsIn(folder: string): Promise<{ name: string; step: number; hash: string }[]> {
  const names = await readdir(folder).catch(() => [])
  return names.flatMap((name) => {
    const match = nameForm.exec(name)
    return match === null ? [] : [{ name, step: Number(match[1]), hash: match[2]! }]
  })
}

/** By time of writing, not by step: after a fall-back, newer checkpoints have smaller steps than the damaged one. */
async function byAge(folder: string, except: string): Promise<string[]> {
  const others = (await checkpointsIn(folder)).filter(({ name }) => name !== except)
  const aged = await Promise.all(
    others.map(async (each) => ({ ...each, written: (await stat(join(folder, each.name)).catch(() => undefined))?.mtimeMs ?? 0 })),
  )
  return aged.sort((a, b) => b.written - a.written || b.step - a.step).map(({ name }) => name)
}
