/**
 * What machines that share a store do for each other: stages that are ready to be computed, who computes, and what they need for it. Only a
 * store in a database has this part. All methods reject with a StoreProblem and nothing else.
 */
import type { Json } from '../../dsl/check/canonical.ts'
import type { Digest } from './address.ts'

export interface SharedWork {
  /** This process, as leases and jobs name it. */
  readonly me: string
  readonly jobs: Jobs
  readonly crew: Crew
  readonly coordinations: Coordinations
  readonly bundles: Bundles
  readonly dataSets: DataSets
  /** Calls `heard` at news, and without any whenever some may have been missed, until it is closed. It saves waiting: what is not heard is found by looking. */
  listen(heard: (news?: JobNews) => void): () => void
}

/** There is something to take; something that was wanted has ended. */
export const jobNews = ['offered', 'ended'] as const
export type JobNews = (typeof jobNews)[number]

/** A stage that is ready: there is one job of a key at most, whoever wants it. */
export interface JobOffer {
  readonly key: string
  /** Which workers may take it: `any/4`, `gpu/16`; the number is memory in GB. */
  readonly queue: string
  /** Of the library: only workers of the same one take it. */
  readonly version: string
  /** Numerics class that it must be computed with; null for any. */
  readonly numerics: string | null
  /** Runs take turns. */
  readonly run: string
  /** Within a run, the first arm first, and of an arm the longest way down. */
  readonly arm: number
  readonly depth: number
  readonly ask: Json
  /** Code that it needs. */
  readonly bundle: Digest | null
}

export interface TakenJob extends Pick<JobOffer, 'key' | 'ask'> {
  /** Tells this taking from every other one. */
  readonly claim: number
}

export interface JobState {
  readonly key: string
  /** Who has it: `process 12 on b`; null while it waits. */
  readonly by: string | null
  /** What the worker last told of it; null when it has just begun. */
  readonly told: Json
  /** How it ended; null until then. */
  readonly outcome: Json
}

export interface WorkerAbilities {
  /** Queues that it serves. */
  readonly queues: readonly string[]
  readonly version: string
  readonly numerics: string
}

export interface Jobs {
  /** Wants jobs done: a new one, or one that ended, waits; one that somebody has goes on. `wanter`: this process, or a coordination that outlives it. */
  offer(wanter: string, jobs: readonly JobOffer[]): Promise<void>
  /** Wants them no more. What nobody wants any more is stopped and forgotten. */
  drop(wanter: string, keys: readonly string[]): Promise<void>
  /** Those that somebody has, and those that have ended; or only these. */
  look(wanter: string, which?: 'all' | 'ended'): Promise<readonly JobState[]>
  /** Keys of all that are known: one that is not among them was forgotten, and must be offered again. */
  known(wanter: string): Promise<readonly string[]>
  /** How many wait. */
  waiting(): Promise<number>

  /** One that nobody has. */
  take(abilities: WorkerAbilities): Promise<TakenJob | undefined>
  /** Of this process' jobs, those that are still its own; `wanted`: by anybody. */
  standing(): Promise<readonly { readonly claim: number; readonly wanted: boolean }[]>
  tell(claim: number, told: Json): Promise<void>
  /** Nothing happens when it was lost, as for `handBack`. @param told the last of it */
  end(claim: number, outcome: Json, told: Json): Promise<void>
  /** Another worker may go on with it; forgotten when nobody wants it. */
  handBack(claim: number): Promise<void>
  /** Another worker may have what the dead had; what they have wanted, and what nobody wants, is forgotten. */
  tidy(): Promise<void>
  /** For every worker to call about once a second: one of them tidies, and each sees to what the dead of its own machine had. */
  tend(): Promise<void>
  /** This process wants nothing any more. */
  close(): Promise<void>
}

/** What a worker says of itself. */
export interface WorkerFacts {
  readonly slots: number
  readonly threads: number
  readonly device: 'cpu' | 'gpu'
  /** Of the processor or the GPU. */
  readonly deviceName: string
  readonly engine: string
  /** Workers of one class give the same bits. */
  readonly numerics: string
  /** Bytes. */
  readonly memory: number
  readonly version: string
  /** It takes nothing any more. */
  readonly draining: boolean
}

/** A worker as others see it. */
export interface CrewMember {
  readonly id: string
  /** `process 12 on b` */
  readonly by: string
  readonly facts: WorkerFacts
  /** Unix milliseconds by the database's clock, as is `now`. */
  readonly since: number
  readonly now: number
  /** Jobs that it has: path of the stage and since when. */
  readonly jobs: readonly { readonly path: string; readonly since: number }[]
}

export interface Crew {
  /** This process is a worker, until it leaves or dies. */
  join(facts: WorkerFacts): Promise<void>
  leave(): Promise<void>
  /** Those that live, the first to come first. */
  members(): Promise<readonly CrewMember[]>
}

export interface Coordination {
  readonly id: string
  /** What is to be run. */
  readonly request: Json
}

interface KnownCoordination {
  readonly id: string
  readonly file: string
  readonly target: string
  /** Who coordinates it; null while nobody does. */
  readonly by: string | null
  readonly since: number
}

/** Runs that nobody is attached to: workers coordinate them. */
export interface Coordinations {
  add(run: { readonly id: string; readonly file: string; readonly target: string; readonly request: Json }): Promise<void>
  /** One that nobody coordinates, or only a dead process. */
  take(): Promise<Coordination | undefined>
  /** False when it was taken by another one, or cancelled. */
  holds(id: string): Promise<boolean>
  /** Another process may go on. */
  handBack(id: string): Promise<void>
  /** It has ended, or is not to go on. @returns whether there was one */
  remove(id: string): Promise<boolean>
  all(): Promise<readonly KnownCoordination[]>
}

/** Code of users' pipelines, as long as jobs need it. */
export interface Bundles {
  put(digest: Digest, content: Uint8Array): Promise<void>
  get(digest: Digest): Promise<Uint8Array | undefined>
}

/** Converted data sets by content address, for machines that do not have their files. */
export interface DataSets {
  has(digest: Digest): Promise<boolean>
  put(digest: Digest, file: string): Promise<void>
  /** Writes it to a file, which is there whole afterwards or not at all. False when it is not there. @throws StoreProblem, also for damaged content */
  fetch(digest: Digest, file: string, tmp: string): Promise<boolean>
}
