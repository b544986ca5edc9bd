/** The page's pipeline file and its plan, which is recomputed when the file is saved or the store has new results. */
import { resolve } from 'node:path'
import type { ProblemText } from '../../dsl/check/problem.ts'
import { isProblem } from '../engine/problems.ts'
import { parseTarget } from '../format/target-name.ts'
import { expectedSeconds } from '../plan/estimate.ts'
import { makePlan, type Plan } from '../plan/plan.ts'
import { startAhead } from '../project/load/thread.ts'
import { type PlanOptions, type Prepared, prepare } from '../project/prepare.ts'
import type { Store } from '../store/store.ts'
import type { Expected } from '../views/progress.ts'
import { watchSources } from '../watch/sources.ts'

export interface Planned {
  readonly prepared: Prepared
  readonly plan: Plan
}

/** A stale plan is recomputed only when its age exceeds this multiple of the time that planning took. */
const patience = 4

export class Project {
  readonly options: PlanOptions
  /** Absolute path of the file, without a target. */
  readonly path: string
  readonly store: Store
  readonly #onChange: () => void
  readonly #sources = watchSources(() => this.#saved())
  #prepared: Promise<Prepared>
  #planned: { readonly prepared: Prepared; readonly plan: Promise<Plan> } | undefined
  /** Start of the last planning on the monotonic clock, and the least age before a stale plan is recomputed; in milliseconds. */
  #began = 0
  #fresh = 0
  #stale = false
  /** Error in the current version of the file. */
  problem: ProblemText | undefined

  private constructor(options: PlanOptions, first: Prepared, onChange: () => void) {
    this.options = { ...options, noCheck: true }
    this.path = resolve(parseTarget(options.file).file)
    this.store = first.store
    this.#onChange = onChange
    this.#prepared = Promise.resolve(first)
    this.#sources.follow([this.path, ...first.files], Date.now())
    startAhead()
  }

  /** @param onChange called after a saved file was read again @throws as `prepare` */
  static async open(options: PlanOptions, onChange: () => void): Promise<Project> {
    return new Project(options, await prepare({ ...options, noCheck: true }), onChange)
  }

  /** The last version of the file without errors. */
  prepared(): Promise<Prepared> {
    return this.#prepared
  }

  async planned(): Promise<Planned> {
    const prepared = await this.#prepared
    const now = performance.now()
    if (this.#planned?.prepared !== prepared || (this.#stale && now > this.#began + this.#fresh)) {
      this.#stale = false
      this.#began = now
      const { graph, store, data, numerics } = prepared
      const planned = { prepared, plan: makePlan(graph, store, data, numerics) }
      this.#planned = planned
      planned.plan.then(
        () => {
          this.#fresh = patience * (performance.now() - now)
        },
        () => {
          if (this.#planned === planned) this.#planned = undefined
        },
      )
    }
    return { prepared, plan: await this.#planned.plan }
  }

  /** Stages with their durations in earlier runs. */
  async expected(): Promise<readonly Expected[]> {
    const { prepared, plan } = await this.planned()
    const seconds = await expectedSeconds(prepared.graph, plan.stages, this.store.results)
    return prepared.graph.stages.map(({ path }) => ({ path, seconds: seconds.get(path) }))
  }

  /** Marks the plan as stale. */
  storeChanged(): void {
    this.#stale = true
  }

  async close(): Promise<void> {
    await this.#sources.close()
    this.store.close()
  }

  #saved(): void {
    const read = Date.now()
    const before = this.#prepared
    this.#prepared = prepare(this.options, this.store).then(
      (prepared) => {
        this.problem = undefined
        this.#sources.follow([this.path, ...prepared.files], read)
        return prepared
      },
      (cause: unknown) => {
        if (!isProblem(cause)) throw cause
        this.problem = { title: cause.title, facts: cause.facts, hint: cause.hint }
        return before
      },
    )
    this.#prepared.then(this.#onChange, this.#onChange).finally(startAhead) // for the next save
  }
}
