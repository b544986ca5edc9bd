/**
 * Folders shared by a group: files and folders created inside are writable by the whole group, regardless of the creator's umask.
 * A folder counts as shared if its group may write or setgid is set, but not if it is sticky (as /tmp is).
 */
import { chmodSync, chownSync, closeSync, fchmodSync, fchownSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** Creates a folder and its missing parents. @returns the topmost folder created */
export function makeFolder(folder: string): string | undefined {
  const made = mkdirSync(folder, { recursive: true })
  if (made === undefined) return undefined
  const shared = sharedMode(dirname(made))
  if (shared === undefined) return made
  for (const each of between(made, folder)) {
    attempt(() => chownSync(each, -1, shared.group))
    attempt(() => chmodSync(each, shared.mode | 0o2000))
  }
  return made
}

/** Applies the folder's group and permissions to a file just created in it. */
export function shareFile(descriptor: number, folder: string): void {
  const shared = sharedMode(folder)
  if (shared === undefined) return
  attempt(() => fchownSync(descriptor, -1, shared.group))
  attempt(() => fchmodSync(descriptor, shared.mode & 0o666))
}

/** Creates an empty file if there is none. */
export function makeFile(file: string): void {
  let descriptor: number
  try {
    descriptor = openSync(file, 'wx')
  } catch {
    return // it exists, or opening it later reports the reason
  }
  shareFile(descriptor, dirname(file))
  closeSync(descriptor)
}

function sharedMode(folder: string): { readonly mode: number; readonly group: number } | undefined {
  const { mode, gid } = statSync(folder)
  if ((mode & 0o2020) === 0 || (mode & 0o1000) !== 0) return undefined
  return { mode: (mode & 0o777) | 0o060, group: gid }
}

/** From the topmost folder down. */
function between(uppermost: string, folder: string): string[] {
  return folder.length <= uppermost.length ? [uppermost] : [...between(uppermost, dirname(folder)), folder]
}

/** Fails for a user outside the group and on file systems without modes; the file is usable anyway. */
function attempt(work: () => void): void {
  try {
    work()
  } catch {}
}
