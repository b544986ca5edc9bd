/**
 * A place of objects says of which store it is, so that a folder that is not mounted, or another one, is not taken for a store that has lost
 * everything.
 */
import { randomUUID } from 'node:crypto'
import type { SharedPlace } from '../shared-place.ts'
import { databaseProblems } from './problems.ts'

interface Mark {
  readonly store: string
  /** As people see its address. */
  readonly database: string
}

/** For a new store: the place is empty, not there yet, or was marked for this database before. @returns the store's name for itself */
export async function claim({ at, mark }: SharedPlace, database: string): Promise<string> {
  const before = await mark.read()
  if (before === undefined) {
    const others = await mark.others()
    if (others.length > 0) throw databaseProblems.objectsOfAnother(database, at, `${others.length} other files, among them ${others[0]}`)
    await mark.create(`${JSON.stringify({ store: randomUUID(), database } satisfies Mark)}\n`)
  }
  // Another process was quicker.
  const now = marked(before ?? (await mark.read()))
  if (now?.database === database) return now.store
  throw databaseProblems.objectsOfAnother(
    database,
    at,
    now === undefined ? 'a store.json that cannot be read' : `the objects of ${now.database}`,
  )
}

/** @throws StoreProblem unless it is the place of this store */
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
