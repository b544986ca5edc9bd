/**
 * Computes on other machines: offers what is ready to the workers that share the store, and tells what they tell. Exports are written here,
 * where the project is, and so is surgery done. Whoever attaches to a stage that another run has offered shares its job.
 */
import * as Effect from 'effect/Effect'
import type * as Scope from 'effect/Scope'
import * as Semaphore from 'effect/Semaphore'
import type { ProblemText } from '../../../dsl/check/problem.ts'
import type { Stage } from '../../../dsl/graph/stage.ts'
import type { DataFacts } from '../../data/facts.ts'
import { libraryVersion } from '../../fingerprint/boundary.ts'
import { needsWorker, stageKinds } from '../../kinds/kinds.ts'
import { StageFailure, StoreProblem } from '../../problem.ts'
import type { JobState, SharedWork } from '../../store/shared-work.ts'
import type { Store } from '../../store/store.ts'
import { asFailure } from '../../worker/problems.ts'
import type { Outcome, Stopped } from '../../worker/stage-context.ts'
import type { Asked, Capacity, Demand, Executor, JobEvent, Kept } from '../executor.ts'
import { localExecutor } from '../local/executor.ts'
import type { Job } from '../protocol.ts'
import { bringData } from './bring-data.ts'
import { clusterProblems } from './problems.ts'
import { asJson, type JobOutcome, queueOf, type StageJob, type Told } from './stage-job.ts'

export interface ClusterOptions {
  readonly store: Store
  /** Who wants the stages, when it is not this process: a run that goes on without it. */
  readonly wanter?: string
  /** Its stages take turns with those of other runs. */
  readonly run: string
  readonly code: StageJob['code']
  /** The numerics class that all of it is computed with. Default: any. */
  readonly numerics?: string | undefined
  readonly warn: (problem: ProblemText) => void
}

type Settle = (end: Effect.Effect<Outcome | Stopped | Kept, StageFailure | StoreProblem>) => void

/** A job that this run waits for. */
interface Waiting {
  readonly id: Job['id']
  readonly stage: Stage
  readonly offer: () => Promise<void>
  readonly onEvent: (event: JobEvent) => void
  readonly settle: Settle
  offered: boolean
  by: string | null
  told: Told | null
}

/** Looks between two that a notification asks for: progress has none. */
const lookMs = 500
/** Looks after which it is made sure that nothing was forgotten, and that somebody is there. */
const auditEvery = 10

/** Ends with its scope: what was offered is wanted no more, unless the run goes on without this process. */
export function clusterExecutor(options: ClusterOptions): Effect.Effect<ClusterExecutor, never, Scope.Scope> {
  return Effect.gen(function* () {
    const { shared } = options.store
    if (shared === undefined) throw new TypeError('only a store in a database has workers')
    const local = yield* localExecutor({ store: options.store })
    const executor = new ClusterExecutor(options, shared, local)
    return yield* Effect.acquireRelease(Effect.succeed(executor), (opened) => Effect.ignoreCause(Effect.promise(() => opened.close())))
  })
}

export class ClusterExecutor implements Executor {
  readonly #options: ClusterOptions
  readonly #shared: SharedWork
  readonly #wanter: string
  readonly #local: Executor
  readonly #exports = Semaphore.makeUnsafe(1)
  /** By key. */
  readonly #waiting = new Map<string, Waiting>()
  /** By content address: being brought to where workers find them. */
  readonly #data = new Map<string, Promise<void>>()
  readonly #stopListening: () => void
  readonly #timer: NodeJS.Timeout
  #looking = false
  #lookAgain = false
  #looks = 0
  #takenLast = performance.now()
  #warned = false
  /** Others coordinate from here on. */
  #abandoned = false

  constructor(options: ClusterOptions, shared: SharedWork, local: Executor) {
    this.#options = options
    this.#shared = shared
    this.#wanter = options.wanter ?? shared.me
    this.#local = local
    this.#stopListening = shared.listen(() => this.#look())
    this.#timer = setInterval(() => this.#look(), lookMs)
  }

  publishes({ kind }: Pick<Stage, 'kind'>): boolean {
    return needsWorker(kind) && stageKinds[kind].files === undefined
  }

  /** All that is ready is offered: workers have the slots. */
  capacity(): Capacity {
    const slots = 1_000_000
    return { slots, places: { usual: slots, processor: slots }, bytes: Number.MAX_VALUE }
  }

  run(
    job: Job,
    demand: Demand | undefined,
    onEvent: (event: JobEvent) => void,
    asked: Asked,
  ): Effect.Effect<Outcome | Stopped | Kept, StageFailure | StoreProblem> {
    const { stage } = asked.lookup
    if (demand === undefined) return this.#local.run(job, demand, onEvent, asked)
    if (!this.publishes(stage)) return this.#exports.withPermits(1)(this.#local.run(job, demand, onEvent, asked))
    return Effect.callback((resume) => {
      const { key } = job
      const offer = () => this.#offer(job, demand, asked)
      this.#waiting.set(key, { id: job.id, stage, offer, onEvent, settle: resume, offered: false, by: null, told: null })
      this.#send(key)
      return Effect.promise(() => this.#letGo(key))
    })
  }

  stop(id: Job['id']): void {
    const [key, waiting] = this.#entryOf(id) ?? []
    if (key === undefined) this.#local.stop(id)
    else {
      // Its worker writes a checkpoint, unless others want it.
      const { step, steps } = waiting!.told?.progress ?? { step: 0, steps: 0 }
      void this.#letGo(key).finally(() => waiting!.settle(Effect.succeed({ stoppedAt: step, steps })))
    }
  }

  kill(id: Job['id']): void {
    if (this.#entryOf(id) === undefined) this.#local.kill(id)
    else this.stop(id)
  }

  /** What is offered stays offered, for whoever coordinates after this process. */
  abandon(): void {
    this.#abandoned = true
  }

  async close(): Promise<void> {
    this.#stopListening()
    clearInterval(this.#timer)
    const keys = [...this.#waiting.keys()]
    this.#waiting.clear()
    if (!this.#abandoned && keys.length > 0) await this.#shared.jobs.drop(this.#wanter, keys)
    await this.#shared.jobs.close()
  }

  #entryOf(id: Job['id']): readonly [string, Waiting] | undefined {
    return [...this.#waiting].find(([, waiting]) => waiting.id === id)
  }

  async #letGo(key: string): Promise<void> {
    if (!this.#waiting.delete(key) || this.#abandoned) return
    await this.#shared.jobs.drop(this.#wanter, [key]).catch(() => {}) // a run that is gone wants nothing
  }

  async #offer({ key, checkpointEvery }: Job, { bytes }: Demand, { lookup, rank }: Asked): Promise<void> {
    const { stage, inputs, data = null, snapshots } = lookup
    const { code, run, numerics = null } = this.#options
    if (data !== null) await this.#bring(stage, data)
    const ask: StageJob = { stage, inputs, data, snapshots, rank, code, bytes: Number.isFinite(bytes) ? bytes : null, checkpointEvery }
    await this.#shared.jobs.offer(this.#wanter, {
      ...{ key, run, numerics, arm: rank.arm, depth: rank.depth },
      queue: queueOf(stage),
      version: libraryVersion(),
      ask: asJson(ask),
      bundle: code?.bundle ?? null,
    })
  }

  /** The data set, to where workers without its files find it. */
  #bring(stage: Stage, { digest }: DataFacts): Promise<void> {
    const known = this.#data.get(digest)
    if (known !== undefined) return known
    const brought = bringData(this.#options.store, stage, digest)
    this.#data.set(digest, brought)
    brought.catch(() => this.#data.delete(digest)) // whoever waits for it is told
    return brought
  }

  #send(key: string): void {
    const waiting = this.#waiting.get(key)
    if (waiting === undefined) return
    waiting.offered = false
    waiting.offer().then(
      () => {
        waiting.offered = true
        // It was let go of meanwhile.
        if (!this.#waiting.has(key) && !this.#abandoned) void this.#shared.jobs.drop(this.#wanter, [key]).catch(() => {})
      },
      (cause: unknown) => this.#end(key, Effect.fail(cause instanceof StoreProblem ? cause : asFailure(cause))),
    )
  }

  #end(key: string, end: Parameters<Settle>[0]): void {
    const waiting = this.#waiting.get(key)
    void this.#letGo(key).finally(() => waiting?.settle(end))
  }

  #look(): void {
    if (this.#waiting.size === 0) return
    if (this.#looking) {
      this.#lookAgain = true
      return
    }
    this.#looking = true
    this.#hear()
      .catch((cause: unknown) => {
        for (const key of [...this.#waiting.keys()]) this.#end(key, cause instanceof StoreProblem ? Effect.fail(cause) : Effect.die(cause))
      })
      .finally(() => {
        this.#looking = false
        if (this.#lookAgain) setImmediate(() => this.#look())
        this.#lookAgain = false
      })
  }

  async #hear(): Promise<void> {
    // What is offered while the database is asked may come back as it was before.
    const before = new Map([...this.#waiting].filter(([, { offered }]) => offered))
    for (const state of await this.#shared.jobs.look(this.#wanter)) {
      const waiting = before.get(state.key)
      if (waiting !== undefined && this.#waiting.get(state.key) === waiting) this.#tell(state, waiting)
    }
    if (++this.#looks % auditEvery === 0) await this.#audit(before)
  }

  #tell({ key, by, told, outcome }: JobState, waiting: Waiting): void {
    this.#takenLast = performance.now()
    this.#warned = false
    const { onEvent } = waiting
    const now = told as unknown as Told | null // as workers write it
    const isNew = by !== null && by !== waiting.by
    if (isNew) onEvent({ type: 'assigned', by })
    if (now?.started && (isNew || waiting.told?.started === null || waiting.told === null)) onEvent({ type: 'started', ...now.started })
    if (now?.progress && now.progress.step !== waiting.told?.progress?.step) onEvent(now.progress)
    if (by !== null) waiting.by = by
    if (now !== null) this.#keepLog(key, now.log, isNew ? 0 : (waiting.told?.log.written ?? 0))
    waiting.told = now
    if (outcome === null) return
    const ended = outcome as unknown as JobOutcome
    this.#end(key, ended.end === 'done' ? Effect.succeed({ kept: ended.how }) : Effect.fail(new StageFailure(ended.failure)))
  }

  /** For `espalier logs` on this machine. What came faster than it was asked for is left out. */
  #keepLog(key: string, { text, written }: Told['log'], known: number): void {
    if (written <= known) return
    const log = this.#options.store.logs.open(key)
    log.write(text.slice(-(written - known)))
    log.close()
  }

  /** What was forgotten while this process was taken for dead is offered again; and somebody must be there to take what waits. */
  async #audit(before: ReadonlyMap<string, Waiting>): Promise<void> {
    const known = new Set(await this.#shared.jobs.known(this.#wanter))
    for (const [key, waiting] of before) if (this.#waiting.get(key) === waiting && !known.has(key)) this.#send(key)
    if (this.#warned || performance.now() - this.#takenLast < auditEvery * lookMs) return
    const waits = [...this.#waiting.values()].find(({ by }) => by === null)
    if (waits === undefined || [...this.#waiting.values()].some(({ by }) => by !== null)) return
    this.#warned = true
    const queue = queueOf(waits.stage)
    this.#options.warn(clusterProblems.nobodyTakes(waits.stage.path, queue, this.#options.numerics, await this.#shared.crew.members()))
  }
}
