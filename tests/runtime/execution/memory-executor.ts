/** An executor without processes: jobs end by themselves, or go as far as a test lets them. */

import * as Effect from 'effect/Effect'
import type { Capacity, Demand, Executor, JobEvent } from '../../../runtime/execution/executor.ts'
import type { Job } from '../../../runtime/execution/protocol.ts'
import { StageFailure } from '../../../runtime/problem.ts'
import { writeArtifact } from '../../../runtime/store/artifact.ts'
import type { Objects } from '../../../runtime/store/objects.ts'
import type { StoreFiles } from '../../../runtime/store/store.ts'
import { Step, snapshotName } from '../../../runtime/training/step.ts'
import type { Outcome, Stopped } from '../../../runtime/worker/stage-context.ts'
import { networkOf } from './network-of.ts'

type End = Outcome | Stopped | StageFailure

const stoppedHalfWay: Stopped = { stoppedAt: 50, steps: 100 }

export interface MemoryOptions {
  /** Jobs that end by themselves; the others wait for `finish` or `fail`, or stop when asked to. Default: those without steps. */
  readonly automatic?: (job: Job) => boolean
  /** Milliseconds that a job takes. Default 0. */
  readonly takes?: (job: Job) => number
  /** What a job says that it has made, or why it has not. Default: what it has. */
  readonly says?: (made: Outcome, job: Job) => Outcome | StageFailure
  /** Jobs asked to stop do so when a test says `halt`. Default: at once. */
  readonly lingers?: boolean
  /** Memory that jobs may need together. Default: more than they ever ask for. */
  readonly bytes?: number
}

interface Open {
  readonly id: Job['id']
  readonly end: (end: End) => void
  readonly onEvent: (event: JobEvent) => void
}

const halfWay: JobEvent = { type: 'progress', step: 50, steps: 100, epoch: 1, epochs: 2, loss: 1, accuracy: null, stepsPerSecond: null }

export class MemoryExecutor implements Executor {
  /** Jobs that took a slot, in the order they began. */
  readonly jobs: { readonly job: Job; readonly demand: Demand }[] = []
  /** Paths of the jobs that were asked to stop, and that were killed. */
  readonly stopped: string[] = []
  readonly killed: string[] = []
  /** Paths of the jobs whose `run` was interrupted. */
  readonly interrupted: string[] = []
  /** Most jobs with a slot at once. */
  most = 0
  #running = 0
  readonly #open = new Map<string, Open>()
  readonly #objects: Objects
  readonly #options: Required<MemoryOptions>

  constructor(store: StoreFiles, options: MemoryOptions = {}) {
    this.#objects = store.objects
    this.#options = {
      automatic: ({ work }) => work.kind !== 'train',
      takes: () => 0,
      says: (made) => made,
      lingers: false,
      bytes: 1e15,
      ...options,
    }
  }

  /** Paths of the jobs that took a slot, in the order they began. */
  get began(): string[] {
    return this.jobs.map(({ job }) => job.path)
  }

  capacity({ slots, shares }: Parameters<Executor['capacity']>[0]): Capacity {
    return { slots, places: { usual: shares?.gpu ?? slots, processor: shares?.processor ?? slots }, bytes: this.#options.bytes }
  }

  run(job: Job, demand: Demand | undefined, onEvent: (event: JobEvent) => void): Effect.Effect<Outcome | Stopped, StageFailure> {
    return Effect.promise(() => this.#carryOut(job, demand, onEvent)).pipe(
      Effect.flatMap((end) => (end instanceof StageFailure ? Effect.fail(end) : Effect.succeed(end))),
      Effect.onInterrupt(() => Effect.sync(() => this.interrupted.push(job.path))),
    )
  }

  stop(id: Job['id']): void {
    this.#asked(id, this.stopped, this.#options.lingers ? undefined : stoppedHalfWay)
  }

  kill(id: Job['id']): void {
    this.#asked(id, this.killed, new StageFailure({ kind: 'worker-lost', transient: true, title: 'killed', facts: [], hint: '' }))
  }

  /** Lets a job tell how far it is, once more. */
  tell(path: string): void {
    this.#open.get(path)!.onEvent(halfWay)
  }

  /** Lets a job come to its end. */
  finish(path: string): void {
    this.#open.get(path)!.end({ artifact: null, snapshots: {}, metrics: {}, numerics: null })
  }

  /** Lets a job that was asked to stop do so. */
  halt(path: string): void {
    this.#open.get(path)!.end(stoppedHalfWay)
  }

  fail(path: string, failure: StageFailure): void {
    this.#open.get(path)!.end(failure)
  }

  async #carryOut(job: Job, demand: Demand | undefined, onEvent: (event: JobEvent) => void): Promise<End> {
    const outcome = await this.#outcomeOf(job)
    if (demand === undefined) {
      onEvent({ type: 'assigned' })
      return outcome
    }
    this.jobs.push({ job, demand })
    this.most = Math.max(this.most, ++this.#running)
    const ended = this.#options.automatic(job)
      ? undefined
      : new Promise<End>((end) => this.#open.set(job.path, { id: job.id, end, onEvent }))
    onEvent({ type: 'assigned' })
    try {
      const milliseconds = this.#options.takes(job)
      if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds))
      if (ended === undefined) return outcome
      onEvent({ type: 'started', steps: 100, resumedAt: job.resume ? 50 : null })
      onEvent(halfWay)
      const end = await ended
      return 'artifact' in end ? outcome : end
    } finally {
      this.#running--
    }
  }

  #asked(id: Job['id'], list: string[], end: End | undefined): void {
    for (const [path, open] of this.#open) {
      if (open.id !== id) continue
      if (!list.includes(path)) list.push(path)
      if (end !== undefined) open.end(end)
    }
  }

  async #outcomeOf(job: Job): Promise<Outcome | StageFailure> {
    const { work, key, keep } = job
    const write = (epoch: number) => writeArtifact(this.#objects, networkOf(key, epoch))
    const snapshots = Object.fromEntries(await Promise.all(keep.map(async (at) => [snapshotName(at), await write(Step.of(at, 1).steps)])))
    return this.#options.says({ artifact: work.kind === 'evaluate' ? null : await write(0), snapshots, metrics: {}, numerics: null }, job)
  }
}

/** Waits, a turn of the event loop at a time, until something holds. */
export async function until(holds: () => boolean): Promise<void> {
  for (let left = 5000; !holds(); left--) {
    if (left === 0) throw new Error('waited for nothing')
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
