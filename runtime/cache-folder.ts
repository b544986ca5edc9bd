/** The user's cache folder for Espalier: what can be made or fetched again. */
import { existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'espalier')
}

/** Whether the folder is there or could be made. Node's own recursive mkdir never ends where nothing can be made, as in /proc. */
export function madeFolder(folder: string): boolean {
  if (existsSync(folder)) return true
  if (dirname(folder) === folder || !madeFolder(dirname(folder))) return false
  try {
    mkdirSync(folder)
  } catch {
    // another process may have made it
  }
  return existsSync(folder)
}
