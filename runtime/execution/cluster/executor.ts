/**
 * Computes on other machines: offers what is ready to the workers that share the store, a few times as much as they can take (`offers.ts`), and
 * tells what they tell. Exports are written here, where the project is, and so is surgery done. Whoever attaches to a stage that another run
 * has offered shares its job.
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
  /** Who wants the stages, when it is not this process: a run that goes on without it. */
  readonly wanter?: string
  /** Its stages take turns with those of other runs. */
  readonly run: string
  readonly code: StageJob['code']
  /** The numerics class that all of it is computed with. Default: any. */
  readonly numerics?: string | undefined
  readonly warn: (problem: ProblemText) => void
}

/** Looks between two that a notification asks for: progress has none. */
const lookMs = 500
/** Looks after which it is made sure that nothing was forgotten, and that somebody is there. */
const auditEvery = 10
/** Offered and not taken, of each queue: for each slot of the workers that serve it, and at least. */
const offersPerSlot = 4
const leastOffers = 32

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
  readonly #keys = new Map<Job['id'], string>()
  readonly #offers = new Offers()
  readonly #wishes: Wishes
  /** Slots that serve a queue. */
  #slots: ReadonlyMap<string, number> = new Map()
  /** By content address: being brought to where workers find them. */
  readonly #data = new Map<string, Promise<void>>()
  readonly #stopListening: () => void
  readonly #timer: NodeJS.Timeout
  #looking = false
  #lookAgain: 'all' | 'ended' | undefined
  /** Of all that is known; and of any kind. */
  #looks = 0
  #asked = 0
  #takenLast = performance.now()
  #warned = false
  /** Others coordinate from here on. */
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
    void this.#count().catch(() => {}) // the next audit counts
  }

  publishes({ kind }: Pick<Stage, 'kind'>): boolean {
    return needsWorker(kind) && stageKinds[kind].files === undefined
  }

  /** Workers have the slots. */
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
      // Its worker writes a checkpoint, unless others want it.
      const { step, steps } = waiting.told?.progress ?? { step: 0, steps: 0 }
      void this.#letGo(key).finally(() => waiting.settle(Effect.succeed({ stoppedAt: step, steps })))
    }
  }

  kill(id: Job['id']): void {
    if (this.#keys.has(id)) this.stop(id)
    else this.#local.kill(id)
  }

  /** What is offered stays offered, for whoever coordinates after this process. */
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
    if (!this.#abandoned) await this.#wishes.drop(key).catch(() => {}) // a run that is gone wants nothing
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

  /** The data set, to where workers without its files find it. */
  #bring(stage: Stage, { digest }: DataFacts): Promise<void> {
    const known = this.#data.get(digest)
    if (known !== undefined) return known
    const brought = bringData(this.#options.store, stage, digest)
    this.#data.set(digest, brought)
    brought.catch(() => this.#data.delete(digest)) // what awaits it gets the error
    return brought
  }

  /** As many as there is room for, the first ones first. */
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
      // It may have been let go of meanwhile.
      if (this.#waiting.get(key) !== waiting) return
      await this.#wishes.offer(job)
      waiting.offered = this.#asked
    }
    told().catch((cause: unknown) => this.#end(key, Effect.fail(cause instanceof StoreProblem ? cause : asFailure(cause))))
  }

  #end(key: string, end: Parameters<Settle>[0]): void {
    const waiting = this.#waiting.get(key)
    // Should it be wanted again, that is told after this.
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
    // What is offered while the database is asked may come back as it was before.
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

  /** What was forgotten while this process was taken for dead is offered again; and somebody must be there to take what waits. */
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

  /** Who is there. */
  async #count(): Promise<readonly CrewMember[]> {
    const members = await this.#shared.crew.members()
    this.#slots = slotsByQueue(members, this.#options.numerics)
    return members
  }
}
