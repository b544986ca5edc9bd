/** A stage that is ready, as it goes to a worker on another machine, and what comes back. Everything is by content address or plain data. */
import type { Json } from '../../../dsl/check/canonical.ts'
import type { Position } from '../../../dsl/graph/expr.ts'
import type { Stage } from '../../../dsl/graph/stage.ts'
import type { Numerics } from '../../../stdlib/engine.ts'
import type { DataFacts } from '../../data/facts.ts'
import { libraryVersion } from '../../fingerprint/boundary.ts'
import { taggedHash } from '../../format/hash.ts'
import type { InputDigests } from '../../plan/manifest.ts'
import type { StageFailure } from '../../problem.ts'
import type { Digest } from '../../store/address.ts'
import type { CrewMember } from '../../store/shared-work.ts'
import type { UserSource } from '../../user-code/user-source.ts'
import type { Progress } from '../computation-event.ts'
import type { Kept } from '../executor.ts'
import type { Rank } from '../rank.ts'

/** The worker plans it again: whether it is there by now, which checkpoint it can continue from with its own numerics. */
export interface StageJob {
  readonly stage: Stage
  readonly inputs: InputDigests
  readonly data: DataFacts | null
  readonly snapshots: readonly Position[]
  readonly rank: Rank
  /** Where functions of the user's are found, in the bundle; null where there are none. */
  readonly code: { readonly bundle: Digest; readonly source: UserSource } | null
  /** Expected need of memory; null: nothing may run beside it. */
  readonly bytes: number | null
  readonly checkpointEvery: number
}

/** What a worker tells of a job while it computes. */
export interface Told {
  /** The last of what its worker process wrote, and how much that is in all. */
  readonly log: { readonly text: string; readonly written: number }
  /** Null for a stage without steps. */
  readonly started: { readonly steps: number; readonly resumedAt: number | null } | null
  readonly progress: Progress | null
}

export type JobOutcome =
  | { readonly end: 'done'; readonly how: Kept['kept'] }
  | { readonly end: 'failed'; readonly failure: Pick<StageFailure, 'kind' | 'transient' | 'title' | 'facts' | 'hint'> }

/** Gigabytes, doubled each time: a stage waits in the smallest that has what it asks for, and a worker serves all that it can. */
const sizes = Array.from({ length: 14 }, (_, i) => 2 ** i)

export function queueOf({ resources }: Pick<Stage, 'resources'>): string {
  const gigabytes = (resources?.memory ?? 0) / 1e9
  return `${resources?.device ?? 'any'}/${sizes.find((size) => size >= gigabytes) ?? sizes.at(-1)}`
}

/** @param memory bytes of the worker's machine */
export function queuesServed(device: 'cpu' | 'gpu', memory: number): readonly string[] {
  // A machine of 16 GB has a little less for processes.
  const served = sizes.filter((size, i) => i === 0 || size <= 1.1 * (memory / 1e9))
  return ['any', device].flatMap((kind) => served.map((size) => `${kind}/${size}`))
}

/** Slots of the workers that take stages of this library, by queue. @param numerics the class that they must have; default any */
export function slotsByQueue(members: readonly CrewMember[], numerics?: string): ReadonlyMap<string, number> {
  const slots = new Map<string, number>()
  for (const { facts } of members)
    if (facts.version === libraryVersion() && !facts.draining && (numerics ?? facts.numerics) === facts.numerics)
      for (const queue of queuesServed(facts.device, facts.memory)) slots.set(queue, (slots.get(queue) ?? 0) + facts.slots)
  return slots
}

/** Machines of one class give the same bits. */
export const numericsClass = (numerics: Numerics): string => taggedHash('espalier/numerics/1', { ...numerics }).slice(0, 8)

/** In jobs, JSON stands for these: written and read by this version of the library alone. */
export const asJson = (value: object): Json => JSON.parse(JSON.stringify(value)) as Json
