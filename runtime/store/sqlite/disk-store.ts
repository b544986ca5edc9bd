/** The store in a folder: objects as files, the index in SQLite. Any number of processes may have it open. */
import { accessSync, constants, existsSync } from 'node:fs'
import { makeFile, makeFolder } from '../../shared-folder.ts'
import { CheckedArtifacts } from '../checked-artifacts.ts'
import { sweepTemporary } from '../durable-file.ts'
import { storeFiles } from '../files.ts'
import { refuseForeign } from '../folder/foreign.ts'
import { type Layout, layoutOf } from '../folder/layout.ts'
import { FolderObjects } from '../folder/objects.ts'
import type { LeaseOptions } from '../leases.ts'
import { problems } from '../problems.ts'
import type { OpenStoreOptions, Store } from '../store.ts'
import { SqliteCheckedObjects } from './checked-objects.ts'
import { SqliteFunctions } from './functions.ts'
import { IndexDb } from './index-db.ts'
import { DiskInventory } from './inventory.ts'
import { SqliteJournal } from './journal.ts'
import { SqliteLeases } from './leases.ts'
import { SqlitePins } from './pins.ts'
import { SqliteResults } from './results.ts'

/** For the backend itself. */
export interface DiskStore extends Store {
  readonly layout: Layout
  readonly index: IndexDb
}

/** @throws StoreProblem */
export async function openDisk(directory: string, { existing = false, readOnly, leases }: OpenStoreOptions = {}): Promise<DiskStore> {
  const layout = layoutOf(directory)
  refuseForeign(layout.root)
  if (existing && !existsSync(layout.index)) throw problems.notThere(layout.root)
  if (readOnly ?? isReadOnly(layout)) return diskStore(layout, new IndexDb(layout.index, { readOnly: true }), leases)
  try {
    makeFolder(layout.root)
  } catch (cause) {
    throw problems.io('make its folder', layout.root, cause)
  }
  makeFile(layout.index)
  const index = new IndexDb(layout.index)
  await sweepTemporary(layout.tmp)
  return diskStore(layout, index, leases)
}

/** There is an index, and it or its folder cannot be written: SQLite needs both. */
export function isReadOnly({ root, index }: Layout): boolean {
  if (!existsSync(index)) return false
  try {
    for (const each of [root, index]) accessSync(each, constants.W_OK)
    return false
  } catch {
    return true
  }
}

function diskStore(layout: Layout, index: IndexDb, options: LeaseOptions | undefined): DiskStore {
  const objects = new FolderObjects(layout)
  const leases = new SqliteLeases(index, options)
  return {
    ...storeFiles(layout.root),
    layout,
    index,
    results: new SqliteResults(index, new CheckedArtifacts(new SqliteCheckedObjects(index), objects)),
    leases,
    journal: new SqliteJournal(index, layout),
    pins: new SqlitePins(index),
    functions: new SqliteFunctions(index),
    inventory: new DiskInventory(index, layout, objects),
    readOnly: index.readOnly,
    close() {
      leases.close()
      index.close()
    },
  }
}
