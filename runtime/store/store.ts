/**
 * What the rest of the runtime asks of the store: a record of interfaces, one file each. Only a backend knows a table or a path. The one on
 * disk is `sqlite/` with `folder/`, the one that machines share `postgres/` with `folder/` or `s3/`; `memory/` is for tests. `tests/runtime/store/conformance.ts` says what holds of all of them.
 */
import type { ProblemText } from '../../dsl/check/problem.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { ExportRecords } from './exports.ts'
import type { KnownFunctions } from './functions.ts'
import type { Inventory } from './inventory.ts'
import type { Journal } from './journal.ts'
import type { LeaseOptions, Leases } from './leases.ts'
import type { DataFolder } from './location.ts'
import type { Objects } from './objects.ts'
import type { Pins } from './pins.ts'
import type { Remarks } from './remarks.ts'
import type { Results } from './results.ts'
import type { SharedWork } from './shared-work.ts'
import type { StageLogs } from './stage-logs.ts'

/** The part of a store without its index: what a worker process has. */
export interface StoreFiles {
  /** For people. */
  readonly location: string
  /** By which other processes of this machine find these files. */
  readonly places: {
    /** Of this machine alone: converted data sets, what is known of the user's code, records of exports, logs of stages. */
    readonly home: string
    /** Objects and checkpoints: a folder, the same as `home` when nobody shares them, or S3. */
    readonly objects: string
  }
  readonly objects: Objects
  readonly checkpoints: Checkpoints
  readonly exports: ExportRecords
  readonly logs: StageLogs
  readonly data: DataFolder
}

export interface Store extends StoreFiles {
  readonly results: Results
  readonly leases: Leases
  readonly journal: Journal
  readonly pins: Pins
  readonly remarks: Remarks
  readonly functions: KnownFunctions
  readonly inventory: Inventory
  /** Of a store in a database: what its machines do for each other. */
  readonly shared?: SharedWork
  /** It cannot be written; reading works, and what must write rejects with a problem of kind `read-only`. */
  readonly readOnly: boolean
  /** Which part of it, and whose that is, as facts of a problem; absent where that is not known. */
  readonly unwritable?: ProblemText['facts']
  /** What is open here was removed, or another store was made in its place: what is read is no longer what is there. Absent of databases. */
  isGone?(): boolean
  close(): void
}

export interface OpenStoreOptions {
  /** It is to be there; otherwise one that is not there is made. */
  readonly existing?: boolean
  /** Nothing is written. Default: when it cannot be. */
  readonly readOnly?: boolean
  readonly leases?: LeaseOptions
  /** Every object is read before it counts, whatever the index remembers of it. Default false. */
  readonly rehash?: boolean
}
