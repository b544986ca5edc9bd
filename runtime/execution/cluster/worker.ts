/**
 * A worker: takes ready stages, runs them in worker processes of this machine as a local run does, and stores their results. It keeps no
 * state that another worker would need to continue.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as Effect from 'effect/Effect'
import { dataFacts } from '../../data/datasets.ts'
import { fetchData } from '../../data/fetched-data.ts'
import type { EngineSettings } from '../../engine/choice.ts'
import type { Gpu } from '../../engine/gpu.ts'
import { numericsOf } from '../../engine/numerics.ts'
import { libraryVersion } from '../../fingerprint/boundary.ts'
import { dataOf } from '../../kinds/kinds.ts'
import { type Lookup, type LookupRequest, lookup } from '../../plan/lookup.ts'
import { identityOf } from '../../plan/manifest.ts'
import { memoryOfMachine } from '../../plan/memory.ts'
import { StoreProblem } from '../../problem.ts'
import { hexOf } from '../../store/address.ts'
import { bundleFolder } from '../../store/location.ts'
import type { JobNews, SharedWork, TakenJob, WorkerFacts } from '../../store/shared-work.ts'
import type { Store } from '../../store/store.ts'
import { sourceIn, unpackBundle } from '../../user-code/bundle.ts'
import type { UserSource } from '../../user-code/user-source.ts'
import { asFailure } from '../../worker/problems.ts'
import { fromStore } from '../attempt.ts'
import { type Attachment, type Computations, makeComputations } from '../computations.ts'
import { jobOf } from '../job.ts'
import { localExecutor } from '../local/executor.ts'
import { Coordinator } from './coordinator.ts'
import { clusterProblems } from './problems.ts'
import { asJson, type JobOutcome, numericsClass, queuesServed, type StageJob } from './stage-job.ts'
import { Teller } from './teller.ts'

export interface WorkerOptions {
  readonly store: Store
  readonly slots: number
  readonly threads: number
  readonly engine: EngineSettings
  readonly gpus: readonly Gpu[]
  /** Receives a line for each thing that the worker does. */
  readonly say: (line: string) => void
}

/** Interval of polls for changes without a notification, in milliseconds. */
const lookMs = 1000

/** A claimed job. */
interface Open {
  readonly path: string
  /** Undefined until it is being computed. */
  attachment?: Attachment
  /** It must not start any more. */
  released: boolean
}

export class ClusterWorker {
  readonly #options: WorkerOptions
  readonly #shared: SharedWork
  readonly #facts: WorkerFacts
  readonly #coordinator: Coordinator
  /** By claim. */
  readonly #open = new Map<number, Open>()
  #draining = false
  #atOnce = false
  #wake = () => {}
  /** Resolves when others know that it drains. */
  #announced: Promise<void> = Promise.resolve()
  #checked = Number.NEGATIVE_INFINITY

  /** @throws StoreProblem for a store that has no workers */
  constructor(options: WorkerOptions) {
    const { store, slots, threads, engine } = options
    if (store.shared === undefined) throw clusterProblems.noDatabase(store.location)
    if (store.readOnly) throw clusterProblems.readOnlyWorker(store.location)
    const numerics = numericsOf(engine, threads)
    this.#options = options
    this.#shared = store.shared
    this.#coordinator = new Coordinator(store, options.say, () => this.#wake())
    this.#facts = {
      ...{ slots, threads, engine: `${numerics.engine} ${numerics.version}` },
      device: numerics.device,
      deviceName: numerics.deviceName,
      numerics: numericsClass(numerics),
      memory: memoryOfMachine(),
      version: libraryVersion(),
      draining: false,
    }
  }

  /** Stops running stages at checkpoints, hands them back, and ends; a second call does not wait for checkpoints. */
  drain(): void {
    this.#atOnce = this.#draining
    this.#draining = true
    this.#coordinator.leave()
    for (const open of this.#open.values()) this.#release(open, this.#atOnce)
    this.#announced = this.#shared.crew.join({ ...this.#facts, draining: true }).catch(() => {}) // it goes anyway
    this.#wake()
  }

  /** Runs until drained. */
  async work(): Promise<void> {
    const { store, slots, gpus, say } = this.#options
    await this.#shared.crew.join({ ...this.#facts })
    const stopListening = this.#shared.listen((news?: JobNews) => {
      if (news !== 'ended') this.#wake()
    })
    say(`waits for stages: ${this.#facts.device}, ${slots} at once, ${this.#facts.threads} threads each, kind ${this.#facts.numerics}`)
    const working = Effect.gen({ self: this }, function* () {
      const executor = yield* localExecutor({ store, gpus })
      const computations = yield* makeComputations({ store, executor, slots })
      yield* Effect.promise(() => this.#loop(computations))
    })
    try {
      await Effect.runPromise(Effect.scoped(working))
    } finally {
      stopListening()
      await this.#announced
      await this.#shared.jobs.tidy().catch(() => {}) // other workers do it
      await this.#shared.crew.leave().catch(() => {}) // other workers detect that it is gone
    }
  }

  async #loop(computations: Computations): Promise<void> {
    for (let away = false; !this.#draining || this.#open.size > 0 || this.#coordinator.busy; ) {
      const woken = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, lookMs)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      try {
        const took = await this.#look(computations)
        if (away) this.#options.say('the database answers again')
        away = false
        if (took) continue
      } catch (cause) {
        if (!(cause instanceof StoreProblem)) throw cause
        if (!away) this.#options.say(`the store fails: ${cause.title}`)
        away = true
      }
      await woken
    }
  }

  /** @returns whether another job may be available at once */
  async #look(computations: Computations): Promise<boolean> {
    const now = performance.now()
    if (now - this.#checked >= lookMs) {
      this.#checked = now
      await this.#check()
      await this.#shared.jobs.tend()
      if (!this.#draining) await this.#coordinator.look()
    }
    if (this.#draining || this.#open.size >= this.#options.slots) return false
    const { device, memory, version, numerics } = this.#facts
    const job = await this.#shared.jobs.take({ queues: queuesServed(device, memory), version, numerics })
    if (job === undefined) return false
    void this.#carryOut(computations, job)
    return true
  }

  /** Releases jobs that were lost or are no longer wanted. */
  async #check(): Promise<void> {
    const before = new Set(this.#open.keys())
    const standing = new Map((await this.#shared.jobs.standing()).map(({ claim, wanted }) => [claim, wanted]))
    for (const claim of before) {
      const open = this.#open.get(claim)
      const wanted = standing.get(claim)
      if (open !== undefined && wanted !== true) this.#release(open, wanted === undefined)
    }
    // Claimed by a query whose response was lost.
    for (const claim of standing.keys()) if (!before.has(claim) && !this.#open.has(claim)) await this.#shared.jobs.handBack(claim)
  }

  #release(open: Open, atOnce: boolean): void {
    open.released = true
    open.attachment?.release(atOnce)
  }

  async #carryOut(computations: Computations, { key, claim, ask }: TakenJob): Promise<void> {
    const job = ask as unknown as StageJob // as `executor.ts` of this version wrote it
    const open: Open = { path: job.stage.path, released: false }
    this.#open.set(claim, open)
    this.#options.say(`${open.path} begins`)
    const teller = new Teller(this.#options.store.logs, key, (told) => this.#shared.jobs.tell(claim, told))
    const outcome = await this.#compute(computations, { key, job, open, teller }).catch((cause: unknown): JobOutcome => {
      const { kind, transient, title, facts, hint } = asFailure(cause)
      return { end: 'failed', failure: { kind, transient, title, facts, hint } }
    })
    const last = await teller.last()
    const how =
      outcome === undefined ? 'is handed back' : outcome.end === 'done' ? `is done (${outcome.how})` : `failed: ${outcome.failure.title}`
    this.#options.say(`${open.path} ${how}`)
    const told = outcome === undefined ? this.#shared.jobs.handBack(claim) : this.#shared.jobs.end(claim, asJson(outcome), last)
    await told.catch(() => {}) // `check` hands back what is not known here
    this.#open.delete(claim)
    this.#wake()
  }

  /** @returns undefined when the job is to be handed back */
  async #compute(
    computations: Computations,
    { key, job, open, teller }: { readonly key: string; readonly job: StageJob; readonly open: Open; readonly teller: Teller },
  ): Promise<JobOutcome | undefined> {
    const { store, threads, engine } = this.#options
    const { stage, inputs, data, snapshots, rank, bytes, checkpointEvery } = job
    const asked: LookupRequest = { stage, inputs, data: data ?? undefined, snapshots, numerics: numericsOf(engine, threads) }
    if (identityOf(stage, inputs, data?.digest).key !== key) throw clusterProblems.otherMeaning(stage.path)
    const found = await lookup(store, asked)
    if (found.status === 'hit') return { end: 'done', how: 'found' }
    const source = await this.#codeOf(job)
    await this.#dataOf(job)
    if (open.released) return undefined
    const lookAgain: Effect.Effect<Lookup, StoreProblem> = fromStore(() => lookup(store, asked))
    const settings = {
      store,
      checkpointEvery,
      resources: { slots: this.#options.slots, threads },
      engine,
      ...(source === null ? {} : { source }),
    }
    const attachment = computations.attach(
      {
        ...{ stage, found, asked, lookAgain, rank },
        jobFor: (now, attempt) => jobOf(asked, now, attempt, settings),
        place: 'usual',
        memory: Effect.succeed(bytes ?? Number.POSITIVE_INFINITY),
        // The coordinator retries, possibly on another worker.
        retries: 0,
      },
      (event) => teller.hear(event),
    )
    open.attachment = attachment
    const end = await Effect.runPromise(attachment.end)
    if (end.end === 'done') return { end: 'done', how: end.how }
    if (end.end !== 'failed') return undefined
    const { kind, transient, title, facts, hint } = end.failure
    return { end: 'failed', failure: { kind, transient, title, facts, hint } }
  }

  async #codeOf({ code }: StageJob): Promise<UserSource | null> {
    if (code === null) return null
    const folder = join(bundleFolder(this.#options.store.places.home), hexOf(code.bundle)!)
    if (!existsSync(folder)) {
      const content = await this.#shared.bundles.get(code.bundle)
      if (content === undefined) throw clusterProblems.noCode(code.bundle)
      unpackBundle(content, code.bundle, folder)
    }
    return sourceIn(folder, code.source)
  }

  /** Makes the data set available: from the store, or else from this machine's own files. */
  async #dataOf({ stage, data }: StageJob): Promise<void> {
    const spec = dataOf(stage)
    if (spec === undefined || data === null) return
    const { data: folder } = this.#options.store
    const { dataSets } = this.#shared
    if (await fetchData(folder, data, (file) => dataSets.fetch(data.digest, file, folder.tmp))) return
    const own = await dataFacts(folder, spec).catch(() => undefined) // its files need not be here
    if (own?.digest !== data.digest) throw clusterProblems.noData(spec.name, data.digest)
  }
}
