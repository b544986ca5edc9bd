/**
 * Workers that are none: they take stages from a queue and end them in simulated time, and die at published rates. What they would ask of the
 * database, and would read and write, is counted as `runtime/execution/cluster` has it.
 */
import * as Effect from 'effect/Effect'
import type { Graph, StageRef } from '../../dsl/graph/stage.ts'
import type { Capacity, Demand, Executor, JobEvent } from '../../runtime/execution/executor.ts'
import { Heap } from '../../runtime/execution/heap.ts'
import type { Job } from '../../runtime/execution/protocol.ts'
import { StageFailure } from '../../runtime/problem.ts'
import type { Digest } from '../../runtime/store/address.ts'
import type { Outcome } from '../../runtime/worker/stage-context.ts'

/**
 * A node fails 6.50 times in 1,000 days (Kokolis et al., "Revisiting Reliability in Large-Scale Machine Learning Research Clusters", HPCA 2025,
 * arXiv:2410.21680, its RSC-1; 2.34 times in its RSC-2), and here one worker is one node. It is back after an hour.
 */
const failuresASecond = 6.5 / 1000 / 86_400
const repairSeconds = 3600
/** One attempt in a thousand fails by itself, and is tried again: no published number, a guess on the high side. */
const transientFailures = 1e-3
/** As the cluster has them, in seconds. */
const protocol = { beat: 2, check: 1, tell: 1, expire: 10, checkpoint: 30, start: 3 }

/** Statements of each exchange with the database; a transaction's BEGIN and COMMIT count. */
const statements = {
  /** Presence. */
  beat: 1,
  /** Whether its jobs are still its own, what the dead of its machine had, whether it is to tidy, whether a run wants a coordinator. */
  check: 4,
  tell: 1,
  /** Look-up, and the offer with its wish. */
  offer: 2,
  take: 1,
  /** Two look-ups, lease, publication of a training with its states and objects' rows, end of the job, what is wanted no more. */
  end: 20,
}

type Settle = (end: Effect.Effect<Outcome, StageFailure>) => void

interface Waiting {
  readonly job: Job
  readonly onEvent: (event: JobEvent) => void
  readonly settle: Settle
  /** What it takes to compute, and how much of it is kept in a checkpoint, in seconds. */
  readonly seconds: number
  kept: number
}

interface Event {
  readonly at: number
  readonly happen: () => void
}

export interface SimulatedOptions {
  readonly workers: number
  readonly failures: number
  readonly seed: number
  /** What stages make, by path. */
  readonly artifacts: ReadonlyMap<string, Digest>
}

export class SimulatedCluster implements Executor {
  readonly #options: SimulatedOptions
  #now = 0
  readonly #events = new Heap<Event>((a, b) => a.at - b.at)
  readonly #queue: Waiting[] = []
  #head = 0
  #idle: number
  #draws: number
  /** Goes up with everything that happens. */
  activity = 0
  unpublished = 0
  readonly #counts = { offered: 0, taken: 0, ended: 0, retried: 0, died: 0, checkpoints: 0, lost: 0, busy: 0, longestQueue: 0, atOnce: 0 }
  readonly #seconds = new Map<string, number>()

  constructor(options: SimulatedOptions) {
    this.#options = options
    this.#idle = options.workers
    this.#draws = options.seed
  }

  capacity(): Capacity {
    const slots = 1_000_000
    return { slots, places: { usual: slots, processor: slots }, bytes: Number.POSITIVE_INFINITY }
  }

  run(job: Job, demand: Demand | undefined, onEvent: (event: JobEvent) => void): Effect.Effect<Outcome, StageFailure> {
    return Effect.callback((settle) => {
      this.activity++
      if (demand === undefined) {
        onEvent({ type: 'assigned' })
        this.#end(settle, job)
        return
      }
      this.#counts.offered++
      const seconds = secondsOf(job, this.#options.seed)
      this.#seconds.set(job.path, seconds)
      this.#queue.push({ job, onEvent, settle, seconds, kept: 0 })
      this.#give()
    })
  }

  stop(): void {}
  kill(): void {}

  /** A result has been published. */
  published(): void {
    this.activity++
    this.unpublished--
  }

  /** Time goes on to what happens next, and a second further, so that what is close to it happens at once. @returns seconds */
  advance(): number {
    const before = this.#now
    const next = this.#events.first
    // Only the scheduler waits, for an attempt that is to be tried again.
    const until = next === undefined ? before + 1 : Math.max(before, next.at) + 1
    for (let happened = 0; this.#events.first !== undefined && this.#events.first.at <= until; happened++) {
      const { at, happen } = this.#events.take()!
      this.#now = at
      happen()
      this.#counts.atOnce = Math.max(this.#counts.atOnce, happened + 1)
    }
    this.#now = until
    return until - before
  }

  #give(): void {
    const waits = this.#queue.length - this.#head
    this.#counts.longestQueue = Math.max(this.#counts.longestQueue, waits)
    while (this.#idle > 0 && this.#head < this.#queue.length) {
      const next = this.#queue[this.#head++]!
      this.#idle--
      this.#counts.taken++
      this.#begin(next)
    }
  }

  #begin(stage: Waiting): void {
    stage.onEvent({ type: 'assigned' })
    const { failures } = this.#options
    const left = protocol.start + stage.seconds - stage.kept
    const untilDeath = -Math.log(1 - this.#random()) / (failures * failuresASecond || Number.MIN_VALUE)
    if (untilDeath < left) {
      this.#after(untilDeath, () => this.#die(stage, untilDeath))
      return
    }
    this.#after(left, () => {
      this.#counts.busy += left
      this.#idle++
      this.#counts.checkpoints += Math.floor((left - protocol.start) / protocol.checkpoint)
      if (this.#random() < transientFailures * (failures > 0 ? 1 : 0)) {
        this.#counts.retried++
        stage.settle(Effect.fail(new StageFailure({ kind: 'worker-lost', transient: true, title: 'lost', facts: [], hint: '' })))
      } else this.#end(stage.settle, stage.job)
      this.#give()
    })
  }

  /** Its lease runs out, and another worker goes on from its last checkpoint. */
  #die(stage: Waiting, ran: number): void {
    this.#counts.died++
    this.#counts.busy += ran
    const computed = stage.kept + Math.max(0, ran - protocol.start)
    const kept = Math.max(stage.kept, Math.floor(computed / protocol.checkpoint) * protocol.checkpoint)
    this.#counts.lost += computed - kept
    stage.kept = kept
    this.#after(protocol.expire + protocol.check, () => {
      this.#queue.splice(this.#head, 0, stage)
      this.#give()
    })
    this.#after(repairSeconds, () => {
      this.#idle++
      this.#give()
    })
  }

  #end(settle: Settle, { path }: Job): void {
    this.#counts.ended++
    this.unpublished++
    this.activity++
    const artifact = this.#options.artifacts.get(path) ?? null
    settle(Effect.succeed({ artifact, snapshots: {}, metrics: {}, numerics: null }))
  }

  #after(seconds: number, happen: () => void): void {
    this.#events.add({
      at: this.#now + seconds,
      happen: () => {
        this.activity++
        happen()
      },
    })
  }

  #random(): number {
    this.#draws = (this.#draws * 1_103_515_245 + 12_345) % 2 ** 31
    return this.#draws / 2 ** 31
  }

  report(graph: Graph) {
    const { workers } = this.#options
    const { offered, taken, ended, retried, died, checkpoints, lost, busy, longestQueue, atOnce } = this.#counts
    const hours = (seconds: number) => seconds / 3600
    const work = [...this.#seconds.values()].reduce((sum, seconds) => sum + seconds, 0)
    const bound = Math.max(work / workers, this.#longestPath(graph))
    const steady = workers * (statements.beat / protocol.beat + statements.check / protocol.check + statements.tell / protocol.tell)
    const ofStages = offered * statements.offer + (taken + died) * statements.take + ended * statements.end
    return {
      hours: { makespan: hours(this.#now), bound: hours(bound), work: hours(work), longestPath: hours(this.#longestPath(graph)) },
      overBound: this.#now / bound,
      busy: busy / workers / this.#now,
      deaths: died,
      retried,
      lostHours: hours(lost),
      longestQueue,
      endedInOneSecond: atOnce,
      statementsASecond: { ofWorkers: steady, ofStages: ofStages / this.#now },
      checkpoints,
      checkpointsASecond: checkpoints / this.#now,
      artifacts: ended,
    }
  }

  #longestPath({ stages }: Graph): number {
    const ends = new Map<string, number>()
    let longest = 0
    for (const { id, path, inputs } of stages) {
      const before = Object.values<StageRef>(inputs).map(({ stage }) => ends.get(stage) ?? 0)
      const end = Math.max(0, ...before) + (this.#seconds.get(path) ?? 0)
      ends.set(id, end)
      longest = Math.max(longest, end)
    }
    return longest
  }
}

/** Trainings take from three minutes to four hours, as many of each order of magnitude; the rest about a minute. */
function secondsOf({ path, work: { kind } }: Job, seed: number): number {
  let hash = seed >>> 0
  for (let i = 0; i < path.length; i++) hash = Math.imul(hash ^ path.charCodeAt(i), 16_777_619) >>> 0
  const share = (Math.imul(hash ^ (hash >>> 15), 2_246_822_507) >>> 0) / 2 ** 32
  return kind === 'train' ? 180 * 80 ** share : 30 + 60 * share
}
