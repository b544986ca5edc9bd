/**
 * A marker in the objects' storage that names the store it belongs to, so that an unmounted or wrong folder is not mistaken for a store
 * that has lost all its objects.
 */
import { randomUUID } from 'node:crypto'
import type { SharedPlace } from '../shared-place.ts'
import { databaseProblems } from './problems.ts'

interface Mark {
  readonly store: string
  /** Its address for display. */
  readonly database: string
}

/** For a new store: the storage must be empty, missing, or already marked for this database. @returns the store's id */
export async function claim({ at, mark }: SharedPlace, database: string): Promise<string> {
  const before = await mark.read()
  if (before === undefined) {
    const others = await mark.others()
    if (others.length > 0) throw databaseProblems.objectsOfAnother(database, at, `${others.length} other files, among them ${others[0]}`)
    await mark.create(`${JSON.stringify({ store: randomUUID(), database } satisfies Mark)}\n`)
  }
  // Another process may have created it first.
  const now = marked(before ?? (await mark.read()))
  if (now?.database === database) return now.store
  throw databaseProblems.objectsOfAnother(
    database,
    at,
    now === undefined ? 'a store.json that cannot be read' : `the objects of ${now.database}`,
  )
}

/** @throws StoreProblem unless the storage belongs to this store */
export async function requireMark({ at, mark }: SharedPlace, { store, database }: Mark): Promise<void> {
  const found = marked(await mark.read())
  if (found === undefined) throw databaseProblems.objectsAreNotHere(database, at)
  if (found.store !== store) throw databaseProblems.objectsOfAnother(database, at, `the objects of ${found.database}`)
}

function marked(text: string | undefined): Mark | undefined {
  try {
    const { store, database } = JSON.parse(text ?? '') as Partial<Mark>
    return typeof store === 'string' && typeof database === 'string' ? { store, database } : undefined
  } catch {
    return undefined
  }
}
