/**
 * Cooperation between machines that share a store: the queue of ready stages, the workers, and what these need. Only a store in a database
 * has it. All methods reject with a StoreProblem and nothing else.
 */
import type { Json } from '../../dsl/check/canonical.ts'
import type { Digest } from './address.ts'

export interface SharedWork {
  /** Id of this process in leases and jobs. */
  readonly me: string
  readonly jobs: Jobs
  readonly crew: Crew
  readonly coordinations: Coordinations
  readonly bundles: Bundles
  readonly dataSets: DataSets
  /**
   * Calls `heard` with each notification, and without arguments whenever some may have been missed; the returned function stops it. Only
   * shortens waiting: everything is also found by polling.
   */
  listen(heard: (news?: JobNews) => void): () => void
}

/** `offered`: there is a job to take. `ended`: a wanted job has finished. */
export const jobNews = ['offered', 'ended'] as const
export type JobNews = (typeof jobNews)[number]

/** A ready stage. There is at most one job per key, however many runs want it. */
export interface JobOffer {
  readonly key: string
  /** Requirement on workers: `any/4`, `gpu/16`; the number is memory in GB. */
  readonly queue: string
  /** Version of the library: only workers of the same version take it. */
  readonly version: string
  /** Required numerics class; null for any. */
  readonly numerics: string | null
  /** The run it is scheduled under: workers are shared fairly between runs. */
  readonly run: string
  /** Priority within a run: lowest arm first, then greatest depth. */
  readonly arm: number
  readonly depth: number
  readonly ask: Json
  /** Digest of the code bundle that it needs. */
  readonly bundle: Digest | null
}

export interface TakenJob extends Pick<JobOffer, 'key' | 'ask'> {
  /** Unique for each time a job is taken. */
  readonly claim: number
}

export interface JobState {
  readonly key: string
  /** The worker that has it: `process 12 on b`; null while it waits. */
  readonly by: string | null
  /** State last reported by the worker; null until the first report. */
  readonly told: Json
  /** Result or failure; null until it has ended. */
  readonly outcome: Json
}

export interface WorkerAbilities {
  /** Jobs that a worker can take. */
  readonly queues: readonly string[]
  readonly version: string
  readonly numerics: string
}

export interface Jobs {
  /** Enqueues new and ended jobs; active ones continue. `wanter`: this process, or a coordination that outlives it. */
  offer(wanter: string, jobs: readonly JobOffer[]): Promise<void>
  /** Withdraws the wish. Jobs that no run wants are stopped and deleted. */
  drop(wanter: string, keys: readonly string[]): Promise<void>
  /** Active and ended jobs, or only ended ones. */
  look(wanter: string, which?: 'all' | 'ended'): Promise<readonly JobState[]>
  /** Keys of all existing jobs of a wanter: any other was deleted, and must be offered again. */
  known(wanter: string): Promise<readonly string[]>
  /** Number of waiting jobs. */
  waiting(): Promise<number>

  /** Takes a waiting job, if any. */
  take(abilities: WorkerAbilities): Promise<TakenJob | undefined>
  /** The jobs that this process still holds; `wanted`: by any run. */
  standing(): Promise<readonly { readonly claim: number; readonly wanted: boolean }[]>
  tell(claim: number, told: Json): Promise<void>
  /** No-op when the job was lost, as for `handBack`. @param told final progress */
  end(claim: number, outcome: Json, told: Json): Promise<void>
  /** Puts the job back into the queue; deleted when no run wants it. */
  handBack(claim: number): Promise<void>
  /** Requeues jobs of dead workers, and deletes wishes of dead processes and jobs that no run wants. */
  tidy(): Promise<void>
  /** To be called by every worker about once a second: one of them does `tidy`, and each frees the jobs of dead workers of its machine. */
  tend(): Promise<void>
  /** Stops this process' heartbeat for the queue. */
  close(): Promise<void>
}

/** Self-description of a worker. */
export interface WorkerFacts {
  readonly slots: number
  readonly threads: number
  readonly device: 'cpu' | 'gpu'
  /** Name of the CPU or the GPU. */
  readonly deviceName: string
  readonly engine: string
  /** Numerics class: workers of the same class produce bit-identical results. */
  readonly numerics: string
  /** Bytes. */
  readonly memory: number
  readonly version: string
  /** It takes no further jobs. */
  readonly draining: boolean
}

/** A worker as seen by other processes. */
export interface CrewMember {
  readonly id: string
  /** `process 12 on b` */
  readonly by: string
  readonly facts: WorkerFacts
  /** Unix milliseconds by the database's clock; likewise `now`. */
  readonly since: number
  readonly now: number
  /** Its active jobs: path of the stage, and when it was taken. */
  readonly jobs: readonly { readonly path: string; readonly since: number }[]
}

export interface Crew {
  /** Registers this process as a worker until it leaves or dies. */
  join(facts: WorkerFacts): Promise<void>
  leave(): Promise<void>
  /** Live workers, longest-registered first. */
  members(): Promise<readonly CrewMember[]>
}

export interface Coordination {
  readonly id: string
  /** Description of the run. */
  readonly request: Json
}

interface KnownCoordination {
  readonly id: string
  readonly file: string
  readonly target: string
  /** The coordinating process; null while there is none. */
  readonly by: string | null
  readonly since: number
}

/** Detached runs: workers coordinate them. */
export interface Coordinations {
  add(run: { readonly id: string; readonly file: string; readonly target: string; readonly request: Json }): Promise<void>
  /** A run without a coordinator, or with a dead one. */
  take(): Promise<Coordination | undefined>
  /** Ids of the runs that this process coordinates. One that is missing was taken over by another process, or cancelled. */
  held(): Promise<ReadonlySet<string>>
  /** Gives up coordination, so that another process can take over. */
  handBack(id: string): Promise<void>
  /** Removes a run that has ended or was cancelled. @returns whether it existed */
  remove(id: string): Promise<boolean>
  all(): Promise<readonly KnownCoordination[]>
}

/** Code of users' pipelines, kept while jobs need it. */
export interface Bundles {
  put(digest: Digest, content: Uint8Array): Promise<void>
  get(digest: Digest): Promise<Uint8Array | undefined>
}

/** Converted data sets by content address, for machines that do not have the original files. */
export interface DataSets {
  has(digest: Digest): Promise<boolean>
  put(digest: Digest, file: string): Promise<void>
  /** Writes it atomically to a file. False when it is not in the store. @throws StoreProblem, also for damaged content */
  fetch(digest: Digest, file: string, tmp: string): Promise<boolean>
}
