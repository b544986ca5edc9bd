/** The shared store: its index in PostgreSQL, its objects in a folder that all machines mount, or in S3. */
import { makeFolder } from '../../shared-folder.ts'
import { CheckedArtifacts } from '../checked-artifacts.ts'
import { SharedDataSets } from '../data-sets.ts'
import { sweepTemporary } from '../durable-file.ts'
import { filesAt } from '../files.ts'
import { refuseForeign } from '../folder/foreign.ts'
import { FolderInventory } from '../folder/inventory.ts'
import { layoutOf } from '../folder/layout.ts'
import { sharedPlace } from '../open-shared-place.ts'
import { problems } from '../problems.ts'
import type { SharedPlace } from '../shared-place.ts'
import type { OpenStoreOptions, Store } from '../store.ts'
import { databaseAddress } from './address.ts'
import { PostgresCheckedObjects } from './checked-objects.ts'
import { Database } from './database.ts'
import { PostgresFunctions } from './functions.ts'
import { PostgresInventory } from './inventory.ts'
import { PostgresJournal } from './journal.ts'
import { PostgresLeases } from './leases.ts'
import { claim, requireMark } from './mark.ts'
import { type Made, madeIn, migrate, migrations, schema } from './migrations.ts'
import { PostgresPins } from './pins.ts'
import { Presence } from './presence.ts'
import { databaseProblems } from './problems.ts'
import { PostgresRemarks } from './remarks.ts'
import { PostgresResults } from './results.ts'
import { sharedWork } from './shared-work.ts'

/** Minimum major version of PostgreSQL. */
const oldest = 13

export interface SharedOptions extends OpenStoreOptions {
  /** This machine's own folder. */
  readonly home: string
  /** Location of the objects, a folder or S3: required for a new store, and where this machine mounts them at a different path. */
  readonly objects?: string | undefined
}

/** @throws StoreProblem */
export async function openShared(store: string, options: SharedOptions): Promise<Store> {
  const database = await Database.open(databaseAddress(store), { schema, readOnly: options.readOnly === true })
  try {
    await refuseOlderServer(database)
    const made = await upToDate(database, options)
    const place = await sharedPlace(options.objects ?? made.objects, options.home)
    await requireMark(place, { store: made.id, database: database.shown })
    if (options.readOnly === undefined && (await isReadOnly(database, place))) {
      database.close()
      return await openShared(store, { ...options, readOnly: true })
    }
    return await sharedStore(database, place, options)
  } catch (problem) {
    database.close()
    throw problem
  }
}

/** Creates the store, or migrates its tables. */
async function upToDate(database: Database, { existing = false, readOnly, objects, home }: SharedOptions): Promise<Made> {
  const { shown } = database
  const made = await madeIn(database.all)
  const found = made?.version ?? 0
  if (found > migrations.length) throw problems.newerVersion(shown, found, migrations.length)
  if (made !== undefined && found === migrations.length) return made
  if (readOnly === true && made !== undefined) throw problems.olderReadOnly(shown, found, migrations.length)
  if (made !== undefined) return database.transaction((all) => migrate(all, made))
  if (existing || readOnly === true) throw databaseProblems.notThere(shown)
  if (objects === undefined) throw databaseProblems.objectsNotNamed(shown)
  const place = await sharedPlace(objects, home)
  const id = await claim(place, shown)
  return database.transaction((all) => migrate(all, { id, objects: place.at }))
}

async function refuseOlderServer({ all, shown }: Database): Promise<void> {
  const [server] = await all("SELECT current_setting('server_version_num')::integer AS number, current_setting('server_version') AS name")
  if (Number(server?.number) < oldest * 10_000) throw databaseProblems.tooOld(shown, String(server?.name), oldest)
}

async function sharedStore(
  database: Database,
  place: SharedPlace,
  { home, readOnly = false, leases: options, rehash }: SharedOptions,
): Promise<Store> {
  const own = layoutOf(home)
  refuseForeign(own.root)
  if (!readOnly) {
    try {
      makeFolder(own.root)
    } catch (cause) {
      throw problems.io('make its folder', own.root, cause)
    }
    await sweepTemporary(own.tmp)
    await place.sweep?.()
  }
  const presence = new Presence(database, options)
  const { objects } = place
  const results = new PostgresResults(database, new CheckedArtifacts(new PostgresCheckedObjects(database, readOnly), objects, rehash))
  return {
    ...filesAt(own.root, place, database.shown),
    results,
    leases: new PostgresLeases(database, presence),
    journal: new PostgresJournal({ database, presence, results, readOnly }),
    pins: new PostgresPins(database),
    remarks: new PostgresRemarks(database),
    shared: sharedWork(database, presence, new SharedDataSets(place)),
    functions: new PostgresFunctions(database, readOnly),
    inventory: new PostgresInventory({ database, files: new FolderInventory(own, place.files), objects, readOnly }),
    readOnly,
    close() {
      presence.close()
      database.close()
    },
  }
}

/** A standby server, a user with read access only, or storage of objects that is not writable. */
async function isReadOnly({ all }: Database, { writable }: SharedPlace): Promise<boolean> {
  const [row] = await all(
    `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' OR NOT has_table_privilege($1, 'INSERT') AS only`,
    `${schema}.results`,
  )
  return row?.only === true || !writable
}
