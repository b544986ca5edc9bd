/**
 * Runs stages on other machines: offers ready stages to the workers that share the store, a few times as many as they have slots
 * (`offers.ts`), and forwards their events. Surgery and stages that read or write files of the project run on this machine. A stage that
 * another run has already offered shares its job.
 */
import * as Effect from 'effect/Effect'
import type * as Scope from 'effect/Scope'
import * as Semaphore from 'effect/Semaphore'
import type { ProblemText } from '../../../dsl/check/problem.ts'
import type { Stage } from '../../../dsl/graph/stage.ts'
import type { DataFacts } from '../../data/facts.ts'
import { libraryVersion } from '../../fingerprint/boundary.ts'
import { needsWorker, stageKinds } from '../../kinds/kinds.ts'
import { type StageFailure, StoreProblem } from '../../problem.ts'
import type { CrewMember, JobNews, JobOffer, JobState, SharedWork } from '../../store/shared-work.ts'
import type { Store } from '../../store/store.ts'
import { asFailure } from '../../worker/problems.ts'
import type { Outcome, Stopped } from '../../worker/stage-context.ts'
import type { Asked, Capacity, Demand, Executor, JobEvent, Kept } from '../executor.ts'
import { localExecutor } from '../local/executor.ts'
import type { Job } from '../protocol.ts'
import { bringData } from './bring-data.ts'
import { Offers } from './offers.ts'
import { clusterProblems } from './problems.ts'
import { asJson, queueOf, type StageJob, slotsByQueue } from './stage-job.ts'
import { hear, type Settle, type Waiting } from './waiting.ts'
import { Wishes } from './wishes.ts'

export interface ClusterOptions {
  readonly store: Store
  /** Whose requests the jobs are, if not this process's: the id of a detached run. */
  readonly wanter?: string
  /** Workers alternate between the stages of different runs. */
  readonly run: string
  readonly code: StageJob['code']
  /** Required numerics class. Default: any. */
  readonly numerics?: string | undefined
  readonly warn: (problem: ProblemText) => void
}

/** Poll interval, in milliseconds: progress sends no notification. */
const lookMs = 500
/** Polls between audits, which repeat lost offers and report missing workers. */
const auditEvery = 10
/** Limit of jobs offered but not taken, per queue: for each slot of the workers that serve it, and the minimum. */
const offersPerSlot = 4
const leastOffers = 32

/** On scope exit, withdraws its offers, unless the run continues without this process. */
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
  readonly #keys = new Map<Job['id'], string>()
  readonly #offers = new Offers()
  readonly #wishes: Wishes
  /** Slots by queue. */
  #slots: ReadonlyMap<string, number> = new Map()
  /** Uploads of data sets, by content address. */
  readonly #data = new Map<string, Promise<void>>()
  readonly #stopListening: () => void
  readonly #timer: NodeJS.Timeout
  #looking = false
  #lookAgain: 'all' | 'ended' | undefined
  /** Finished polls of all jobs; and started polls of either kind. */
  #looks = 0
  #asked = 0
  #takenLast = performance.now()
  #warned = false
  /** Another worker coordinates the run from here on. */
  #abandoned = false

  constructor(options: ClusterOptions, shared: SharedWork, local: Executor) {
    this.#options = options
    this.#shared = shared
    this.#wanter = options.wanter ?? shared.me
    this.#local = local
    this.#wishes = new Wishes(shared.jobs, this.#wanter)
    this.#stopListening = shared.listen((news?: JobNews) => {
      if (news !== 'offered') this.#look(news ?? 'all')
    })
    this.#timer = setInterval(() => this.#look('all'), lookMs)
    void this.#count().catch(() => {}) // the next audit repeats it
  }

  publishes({ kind }: Pick<Stage, 'kind'>): boolean {
    return needsWorker(kind) && stageKinds[kind].files === undefined
  }

  /** Not limited here: the slots are the workers'. */
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
      const { key, id } = job
      const offer = () => this.#jobOf(job, demand, asked)
      this.#waiting.set(key, { id, stage, job: offer, onEvent, settle: resume, offered: undefined, by: null, told: null })
      this.#keys.set(id, key)
      this.#offers.add(key, queueOf(stage), asked.rank)
      this.#offer()
      return Effect.promise(() => this.#letGo(key))
    })
  }

  stop(id: Job['id']): void {
    const key = this.#keys.get(id)
    const waiting = this.#waiting.get(key ?? '')
    if (key === undefined || waiting === undefined) this.#local.stop(id)
    else {
      // Its worker writes a checkpoint, unless other runs want the stage.
      const { step, steps } = waiting.told?.progress ?? { step: 0, steps: 0 }
      void this.#letGo(key).finally(() => waiting.settle(Effect.succeed({ stoppedAt: step, steps })))
    }
  }

  kill(id: Job['id']): void {
    if (this.#keys.has(id)) this.stop(id)
    else this.#local.kill(id)
  }

  /** Leaves its offers in place for the next coordinator of the run. */
  abandon(): void {
    this.#abandoned = true
  }

  async close(): Promise<void> {
    this.#stopListening()
    clearInterval(this.#timer)
    for (const key of [...this.#waiting.keys()]) void this.#letGo(key)
    await this.#wishes.known()
    await this.#shared.jobs.close()
  }

  async #letGo(key: string): Promise<void> {
    const waiting = this.#waiting.get(key)
    if (waiting === undefined) return
    this.#waiting.delete(key)
    this.#keys.delete(waiting.id)
    this.#offers.remove(key)
    if (!this.#abandoned) await this.#wishes.drop(key).catch(() => {}) // best effort: requests of ended processes are removed
  }

  async #jobOf({ key, checkpointEvery }: Job, { bytes }: Demand, { lookup, rank }: Asked): Promise<JobOffer> {
    const { stage, inputs, data = null, snapshots } = lookup
    const { code, run, numerics = null } = this.#options
    if (data !== null) await this.#bring(stage, data)
    const ask: StageJob = { stage, inputs, data, snapshots, rank, code, bytes: Number.isFinite(bytes) ? bytes : null, checkpointEvery }
    return {
      ...{ key, run, numerics, arm: rank.arm, depth: rank.depth },
      queue: queueOf(stage),
      version: libraryVersion(),
      ask: asJson(ask),
      bundle: code?.bundle ?? null,
    }
  }

  /** Uploads the data set for workers without its files. */
  #bring(stage: Stage, { digest }: DataFacts): Promise<void> {
    const known = this.#data.get(digest)
    if (known !== undefined) return known
    const brought = bringData(this.#options.store, stage, digest)
    this.#data.set(digest, brought)
    brought.catch(() => this.#data.delete(digest)) // the caller that awaits it gets the error
    return brought
  }

  /** Offers as many jobs as there is room for, in rank order. */
  #offer(): void {
    const most = (queue: string) => Math.max(leastOffers, offersPerSlot * (this.#slots.get(queue) ?? 0))
    for (const key of this.#offers.next(most)) this.#send(key)
  }

  #send(key: string): void {
    const waiting = this.#waiting.get(key)
    if (waiting === undefined) return
    waiting.offered = undefined
    const told = async () => {
      const job = await waiting.job()
      // It may have been withdrawn meanwhile.
      if (this.#waiting.get(key) !== waiting) return
      await this.#wishes.offer(job)
      waiting.offered = this.#asked
    }
    told().catch((cause: unknown) => this.#end(key, Effect.fail(cause instanceof StoreProblem ? cause : asFailure(cause))))
  }

  #end(key: string, end: Parameters<Settle>[0]): void {
    const waiting = this.#waiting.get(key)
    // Requests are sent in order: a new offer of this key follows the withdrawal.
    void this.#letGo(key)
    waiting?.settle(end)
  }

  #look(which: 'all' | 'ended'): void {
    if (this.#waiting.size === 0) return
    if (this.#looking) {
      this.#lookAgain = which === 'all' ? which : (this.#lookAgain ?? which)
      return
    }
    this.#looking = true
    this.#hear(which)
      .catch((cause: unknown) => {
        for (const key of [...this.#waiting.keys()]) this.#end(key, cause instanceof StoreProblem ? Effect.fail(cause) : Effect.die(cause))
      })
      .finally(() => {
        this.#looking = false
        const again = this.#lookAgain
        if (again !== undefined) setImmediate(() => this.#look(again))
        this.#lookAgain = undefined
      })
  }

  async #hear(which: 'all' | 'ended'): Promise<void> {
    const look = ++this.#asked
    // The answer may be older than an offer made during the query.
    const isMeant = (waiting: Waiting | undefined): waiting is Waiting => waiting?.offered !== undefined && waiting.offered < look
    for (const state of await this.#shared.jobs.look(this.#wanter, which)) {
      const waiting = this.#waiting.get(state.key)
      if (isMeant(waiting)) this.#tell(state, waiting)
    }
    this.#offer()
    if (which === 'all' && ++this.#looks % auditEvery === 0) await this.#audit(isMeant)
  }

  #tell(state: JobState, waiting: Waiting): void {
    this.#takenLast = performance.now()
    this.#warned = false
    this.#offers.taken(state.key)
    const ended = hear(waiting, state, this.#options.store.logs)
    if (ended !== undefined) this.#end(state.key, ended)
  }

  /** Repeats offers that were lost while this process was taken for dead, and warns when no worker takes the waiting stages. */
  async #audit(isMeant: (waiting: Waiting | undefined) => waiting is Waiting): Promise<void> {
    const known = new Set(await this.#shared.jobs.known(this.#wanter))
    for (const [key, waiting] of this.#waiting) if (isMeant(waiting) && !known.has(key)) this.#send(key)
    const members = await this.#count()
    this.#offer()
    if (this.#warned || performance.now() - this.#takenLast < auditEvery * lookMs) return
    const waits = [...this.#waiting.values()].find(({ by }) => by === null)
    if (waits === undefined || [...this.#waiting.values()].some(({ by }) => by !== null)) return
    this.#warned = true
    const queue = queueOf(waits.stage)
    this.#options.warn(clusterProblems.nobodyTakes(waits.stage.path, queue, this.#options.numerics, members))
  }

  /** Updates the slots by queue. @returns the workers */
  async #count(): Promise<readonly CrewMember[]> {
    const members = await this.#shared.crew.members()
    this.#slots = slotsByQueue(members, this.#options.numerics)
    return members
  }
}
