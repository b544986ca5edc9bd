/** Messages between a run and workers on other machines: a ready stage, progress and outcome. Plain data and content addresses only. */
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

/** The worker looks the stage up again: it may be cached by now, and which checkpoint fits depends on the worker's numerics. */
export interface StageJob {
  readonly stage: Stage
  readonly inputs: InputDigests
  readonly data: DataFacts | null
  readonly snapshots: readonly Position[]
  readonly rank: Rank
  /** Location of the user's functions in the bundle; null if there are none. */
  readonly code: { readonly bundle: Digest; readonly source: UserSource } | null
  /** Expected memory; null: the stage runs alone. */
  readonly bytes: number | null
  readonly checkpointEvery: number
}

/** Progress of a job, as its worker reports it. */
export interface Told {
  /** The end of the worker process's output, and the number of characters written in all. */
  readonly log: { readonly text: string; readonly written: number }
  /** Null for a stage without steps. */
  readonly started: { readonly steps: number; readonly resumedAt: number | null } | null
  readonly progress: Progress | null
}

export type JobOutcome =
  | { readonly end: 'done'; readonly how: Kept['kept'] }
  | { readonly end: 'failed'; readonly failure: Pick<StageFailure, 'kind' | 'transient' | 'title' | 'facts' | 'hint'> }

/** Memory sizes of queues, in GB: a stage waits in the smallest that meets its request; a worker serves all up to its own memory. */
const sizes = Array.from({ length: 14 }, (_, i) => 2 ** i)

export function queueOf({ resources }: Pick<Stage, 'resources'>): string {
  const gigabytes = (resources?.memory ?? 0) / 1e9
  return `${resources?.device ?? 'any'}/${sizes.find((size) => size >= gigabytes) ?? sizes.at(-1)}`
}

/** @param memory bytes of the worker's machine */
export function queuesServed(device: 'cpu' | 'gpu', memory: number): readonly string[] {
  // A machine sold with 16 GB reports slightly less.
  const served = sizes.filter((size, i) => i === 0 || size <= 1.1 * (memory / 1e9))
  return ['any', device].flatMap((kind) => served.map((size) => `${kind}/${size}`))
}

/** Slots of the workers that accept stages of this library version, by queue. @param numerics required class; default any */
export function slotsByQueue(members: readonly CrewMember[], numerics?: string): ReadonlyMap<string, number> {
  const slots = new Map<string, number>()
  for (const { facts } of members)
    if (facts.version === libraryVersion() && !facts.draining && (numerics ?? facts.numerics) === facts.numerics)
      for (const queue of queuesServed(facts.device, facts.memory)) slots.set(queue, (slots.get(queue) ?? 0) + facts.slots)
  return slots
}

/** Machines of one class compute bit-identical results. */
export const numericsClass = (numerics: Numerics): string => taggedHash('espalier/numerics/1', { ...numerics }).slice(0, 8)

/** Jobs as JSON: written and read by the same library version only. */
export const asJson = (value: object): Json => JSON.parse(JSON.stringify(value)) as Json
