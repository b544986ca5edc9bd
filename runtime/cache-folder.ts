/** The user's cache folder for Espalier. Its contents can always be recomputed or downloaded again. */
import { existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'espalier')
}

/** Creates the folder if necessary; false if that fails. Node's recursive mkdir does not terminate under paths such as /proc. */
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
