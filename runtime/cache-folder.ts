/** The user's cache folder for Espalier: what can be made or fetched again. */
import { homedir } from 'node:os'
import { join } from 'node:path'

export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'espalier')
}
