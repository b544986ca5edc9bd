/** The local copy of a data set from the Hugging Face Hub, and the list of files from its last download. */
import { lstat, readdir, readFile, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { writeDurably } from '../store/durable-file.ts'
import { dataFolder } from './places.ts'
import { dataProblems } from './problems.ts'

/** The folder that `espalier data fetch` writes: one per data set of the hub. */
export const hubFolder = (repository: string): string => join(dataFolder(), 'hub', repository.replace('/', '--'))

const listName = '.fetched.json'

interface FetchList {
  readonly files: readonly string[]
  /** False during a download and after a failed one: files may be of several revisions. */
  readonly whole: boolean
}

export function writeFetchList(folder: string, list: FetchList, tmp: string): Promise<void> {
  return writeDurably(join(folder, listName), Buffer.from(JSON.stringify(list, null, 2)), tmp)
}

/** Undefined for a folder that was filled by hand. @throws DataProblem after an incomplete download */
export async function fetchedFiles(repository: string): Promise<readonly string[] | undefined> {
  const text = await readFile(join(hubFolder(repository), listName), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  let list: Partial<FetchList> | null
  try {
    list = JSON.parse(text) as Partial<FetchList> | null
  } catch {
    list = null
  }
  if (list?.whole !== true || !Array.isArray(list.files)) throw dataProblems.fetchedInPart(repository)
  return list.files
}

/** Downloads never write or remove through a symbolic link. @throws DataProblem */
export async function refuseLinkedFolder(repository: string, folder: string): Promise<void> {
  const info = await lstat(folder).catch(() => undefined)
  if (info?.isSymbolicLink() === true) throw dataProblems.linkedFolder(repository, folder)
}

/** Removes Parquet files of earlier downloads that are not listed. Links are removed, not followed. */
export async function removeOthers(folder: string, listed: readonly string[]): Promise<void> {
  const keep = new Set(listed)
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isDirectory() && entry.name.endsWith('.parquet') && !keep.has(relative(folder, path))) await rm(path)
  }
}
