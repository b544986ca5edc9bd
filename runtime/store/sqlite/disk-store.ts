/** The store in a folder: objects as files, the index in SQLite. Safe for concurrent use by any number of processes. */
import { lstatSync, statSync } from 'node:fs'
import { makeFile, makeFolder } from '../../shared-folder.ts'
import { CheckedArtifacts } from '../checked-artifacts.ts'
import { sweepTemporary } from '../durable-file.ts'
import { storeFiles } from '../files.ts'
import { refuseForeign } from '../folder/foreign.ts'
import { type Layout, layoutOf } from '../folder/layout.ts'
import { FolderObjects } from '../folder/objects.ts'
import { whatIsThere } from '../folder/stored-files.ts'
import { firstUnwritable, ownership } from '../folder/writable.ts'
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
import { SqliteRemarks } from './remarks.ts'
import { SqliteResults } from './results.ts'

interface DiskOptions extends OpenStoreOptions {
  /** The index was just rebuilt, so it may be empty. Default false. */
  readonly rebuilt?: boolean
}

/** With internals, for this backend only. */
export interface DiskStore extends Store {
  readonly layout: Layout
  readonly index: IndexDb
}

/** @throws StoreProblem */
export async function openDisk(
  directory: string,
  { existing = false, readOnly, leases, rehash, rebuilt = false }: DiskOptions = {},
): Promise<DiskStore> {
  const layout = layoutOf(directory)
  refuseForeign(layout.root)
  if (sizeOf(layout.index) === 0) {
    refuseLost(layout)
    if (existing) throw problems.notThere(layout.root)
  }
  const unwritable = readOnly === undefined ? firstUnwritable(layout.root) : undefined
  const index = readOnly || unwritable ? new IndexDb(layout.index, { readOnly: true }) : makeIndex(layout)
  try {
    if (!rebuilt && index.isEmpty()) refuseLost(layout)
    if (!index.readOnly) await sweepTemporary(layout.tmp)
  } catch (problem) {
    index.close()
    throw problem
  }
  const store = diskStore(layout, index, { leases, rehash })
  return unwritable === undefined ? store : { ...store, unwritable: ownership(unwritable) }
}

/** 0 when it is missing or unreadable, for example because the folder is a file. */
function sizeOf(file: string): number {
  try {
    return lstatSync(file).size
  } catch {
    return 0
  }
}

/** Refuses an empty index next to existing results: everything would be recomputed, and gc would remove the results. */
function refuseLost(layout: Layout): void {
  const there = whatIsThere(layout)
  if (there !== undefined) throw problems.indexLost(layout.index, there)
}

function makeIndex({ root, index }: Layout): IndexDb {
  try {
    makeFolder(root)
  } catch (cause) {
    throw problems.io('make its folder', root, cause)
  }
  makeFile(index)
  return new IndexDb(index)
}

/** Identity of a file (device and inode); undefined when it does not exist. */
function fileAt(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  return found === undefined ? undefined : `${found.dev}:${found.ino}`
}

interface Opened {
  readonly leases: LeaseOptions | undefined
  readonly rehash: boolean | undefined
}

function diskStore(layout: Layout, index: IndexDb, options: Opened): DiskStore {
  const objects = new FolderObjects(layout)
  const leases = new SqliteLeases(index, options.leases)
  const opened = fileAt(layout.index)
  return {
    ...storeFiles(layout.root),
    layout,
    index,
    results: new SqliteResults(index, new CheckedArtifacts(new SqliteCheckedObjects(index), objects, options.rehash)),
    leases,
    journal: new SqliteJournal(index, layout),
    pins: new SqlitePins(index),
    remarks: new SqliteRemarks(index),
    functions: new SqliteFunctions(index),
    inventory: new DiskInventory(index, layout, objects),
    readOnly: index.readOnly,
    isGone: () => fileAt(layout.index) !== opened,
    close() {
      leases.close()
      index.close()
    },
  }
}
