/**
 * Folders that a group shares: what is made in one can be written by all of the group, whatever the umask of the one who makes it.
 * Shared is a folder that its group may write, or that hands its group down (setgid); not one like /tmp (sticky).
 */
import { chmodSync, chownSync, closeSync, fchmodSync, fchownSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** Makes a folder and those above it. @returns the uppermost that was made */
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

/** A file that was just made in a folder. */
export function shareFile(descriptor: number, folder: string): void {
  const shared = sharedMode(folder)
  if (shared === undefined) return
  attempt(() => fchownSync(descriptor, -1, shared.group))
  attempt(() => fchmodSync(descriptor, shared.mode & 0o666))
}

/** An empty file, unless there is one. */
export function makeFile(file: string): void {
  let descriptor: number
  try {
    descriptor = openSync(file, 'wx')
  } catch {
    return // it is there, or whoever opens it next says why it cannot be made
  }
  shareFile(descriptor, dirname(file))
  closeSync(descriptor)
}

function sharedMode(folder: string): { readonly mode: number; readonly group: number } | undefined {
  const { mode, gid } = statSync(folder)
  if ((mode & 0o2020) === 0 || (mode & 0o1000) !== 0) return undefined
  return { mode: (mode & 0o777) | 0o060, group: gid }
}

/** From the uppermost folder down. */
function between(uppermost: string, folder: string): string[] {
  return folder.length <= uppermost.length ? [uppermost] : [...between(uppermost, dirname(folder)), folder]
}

/** One who is not in the group, or a file system without modes: the file is there all the same. */
function attempt(work: () => void): void {
  try {
    work()
  } catch {}
}
