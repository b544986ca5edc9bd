/**
 * The store's interface to the rest of the runtime: a record of interfaces, one file each. Only backends know tables and paths. The backend
 * on disk is `sqlite/` with `folder/`, the shared one `postgres/` with `folder/` or `s3/`; `memory/` is for tests.
 * `tests/runtime/store/conformance.ts` specifies the behaviour of all of them.
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

/** The part of a store without its index: what worker processes use. */
export interface StoreFiles {
  /** For display. */
  readonly location: string
  /** Addresses by which other processes of this machine open these files. */
  readonly places: {
    /** This machine's own: converted data sets, analyses of the user's code, export records, logs of stages. */
    readonly home: string
    /** Objects and checkpoints: a folder (`home` when not shared), or S3. */
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
  /** Cooperation between machines; only in a store in a database. */
  readonly shared?: SharedWork
  /** Read-only: methods that must write reject with a problem of kind `read-only`. */
  readonly readOnly: boolean
  /** Which part is not writable, with owner and mode, as facts of a problem; absent when unknown. */
  readonly unwritable?: ProblemText['facts']
  /** Whether the opened index was deleted or replaced, so that reads no longer reflect the store. Absent for databases. */
  isGone?(): boolean
  close(): void
}

export interface OpenStoreOptions {
  /** Fail when there is no store, instead of creating one. */
  readonly existing?: boolean
  /** Open without writing anything. Default: when the store is not writable. */
  readonly readOnly?: boolean
  readonly leases?: LeaseOptions
  /** Read every object before accepting it, ignoring earlier verifications. Default false. */
  readonly rehash?: boolean
}
