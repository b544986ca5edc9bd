/**
 * Atomic, durable file writes: written under a temporary name, fsynced, renamed, and the folder fsynced, so that neither a killed process
 * nor a power failure leaves a partial file under its final name.
 */
import { randomBytes } from 'node:crypto'
import { type FileHandle, lstat, open, readdir, rename, rm, statfs } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { makeFolder, shareFile } from '../shared-folder.ts'
import { problems } from './problems.ts'

/** Replaces `file` with `content`. `tmp` must be on the same file system. A full disk is a StoreProblem that gives the bytes needed. */
export async function writeDurably(file: string, content: Uint8Array, tmp: string): Promise<void> {
  await writeDurablyBy(file, content.byteLength, tmp, (handle) => handle.writeFile(content))
}

/** As `writeDurably`, for streamed content: `write` fills the open file. Errors that `write` itself throws pass through unchanged. */
export async function writeDurablyBy<T>(file: string, bytes: number, tmp: string, write: (handle: FileHandle) => Promise<T>): Promise<T> {
  const temporary = join(tmp, `${basename(file).slice(0, 80)}.${process.pid}.${randomBytes(6).toString('hex')}`)
  const folder = dirname(file)
  try {
    makeFolder(tmp)
    const made = makeFolder(folder)
    const handle = await open(temporary, 'wx')
    let written: T
    try {
      shareFile(handle.fd, folder)
      written = await write(handle)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
    await syncFolder(folder)
    // Newly created folders need their own entries fsynced, up to the first that already existed.
    for (let parent = folder; made !== undefined && parent.length >= made.length; ) {
      parent = dirname(parent)
      await syncFolder(parent)
    }
    return written
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {})
    if (isCode(cause, 'ENOSPC') || isCode(cause, 'EDQUOT')) throw problems.diskFull(file, bytes, await bytesFree(tmp))
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause
    throw problems.io('write a file', file, cause)
  }
}

/** Makes a rename or removal in `folder` survive a power failure. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return // folders cannot be opened there; NTFS journals renames itself
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Whether a name has the form that `writeDurablyBy` gives to temporary files. */
export const isTemporary = (name: string): boolean => /\.\d+\.[0-9a-f]{12}$/.test(name)

/** Removes temporary files left in `tmp` by killed processes: no write takes an hour. */
export async function sweepTemporary(tmp: string, olderThanMs = 3_600_000): Promise<void> {
  const names = await readdir(tmp).catch(() => [])
  for (const name of names.filter(isTemporary)) {
    const file = join(tmp, name)
    const info = await lstat(file).catch(() => undefined)
    if (info?.isFile() && Date.now() - info.mtimeMs > olderThanMs) await rm(file, { force: true })
  }
}

async function bytesFree(folder: string): Promise<number> {
  const info = await statfs(folder).catch(() => undefined)
  return info === undefined ? 0 : info.bavail * info.bsize
}

export function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === code
}
