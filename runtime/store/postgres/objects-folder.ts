/**
 * The folder that machines share for a store's objects. A mark in it says of which store it is, so that a folder that is not mounted, or another
 * one, is not taken for a store that has lost everything.
 */
import { randomUUID } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../../shared-folder.ts'
import { isCode } from '../durable-file.ts'
import { problems } from '../problems.ts'
import { databaseProblems } from './problems.ts'

interface Mark {
  readonly store: string
  /** As people see its address. */
  readonly database: string
}

const markOf = (folder: string): string => join(folder, 'store.json')

/** For a new store: the folder is empty, not there yet, or was marked for this database before. @returns the store's name for itself */
export async function claimFolder(folder: string, database: string): Promise<string> {
  const mark: Mark = { store: randomUUID(), database }
  try {
    makeFolder(folder)
    const found = await readdir(folder)
    if (found.length > 0 && !found.includes('store.json'))
      throw databaseProblems.objectsOfAnother(database, folder, `${found.length} other files, among them ${found[0]}`)
    await writeFile(markOf(folder), `${JSON.stringify(mark)}\n`, { flag: 'wx', flush: true })
    return mark.store
  } catch (cause) {
    if (isCode(cause, 'EEXIST')) {
      const before = await readMark(folder)
      if (before?.database === database) return before.store
      throw databaseProblems.objectsOfAnother(
        database,
        folder,
        before === undefined ? 'a store.json that cannot be read' : `the objects of ${before.database}`,
      )
    }
    throw cause instanceof Error && 'syscall' in cause ? problems.io("make the folder of the store's objects", folder, cause) : cause
  }
}

/** @throws StoreProblem unless it is the folder of this store */
export async function requireFolder(folder: string, { store, database }: Mark): Promise<void> {
  const mark = await readMark(folder)
  if (mark === undefined) throw databaseProblems.objectsAreNotHere(database, folder)
  if (mark.store !== store) throw databaseProblems.objectsOfAnother(database, folder, `the objects of ${mark.database}`)
}

async function readMark(folder: string): Promise<Mark | undefined> {
  try {
    const { store, database } = JSON.parse(await readFile(markOf(folder), 'utf8')) as Partial<Mark>
    return typeof store === 'string' && typeof database === 'string' ? { store, database } : undefined
  } catch {
    return undefined
  }
}
