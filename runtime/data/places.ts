/** Folders that are searched for data sets that no npm package contains. */
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Place } from '../../stdlib/data/source.ts'
import { cacheFolder } from '../cache-folder.ts'

/** The data folder, with a subfolder per data set. `espalier data fetch` writes there. */
export function dataFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.ESPALIER_DATA || join(cacheFolder(env), 'data')
}

/** Folders to search, in order: only the one the user specifies; otherwise that in the data folder, then the system's. */
export function foldersOf({ folder, system }: Place, from: string | undefined, env: NodeJS.ProcessEnv = process.env): readonly string[] {
  return from === undefined ? [join(dataFolder(env), folder), ...system] : [resolve(from)]
}

/** Accepted file names: `a-idx3-ubyte` is also called `a.idx3-ubyte`, and both may be gzipped. */
function aliases(name: string): readonly string[] {
  const dotted = name.replace(/-(idx\d-ubyte)$/, '.$1')
  return [...new Set([name, dotted])].flatMap((plain) => [plain, `${plain}.gz`])
}

/** The paths, in order, in the first folder that contains every file; undefined when none does. */
export async function findInFolders(folders: readonly string[], names: readonly string[]): Promise<readonly string[] | undefined> {
  for (const folder of folders) {
    const paths = await Promise.all(names.map((name) => firstFile(aliases(name).map((alias) => join(folder, alias)))))
    if (paths.every((path) => path !== undefined)) return paths
  }
  return undefined
}

async function firstFile(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined)
    if (found?.isFile() === true) return path
  }
  return undefined
}
