/** Coordinates detached runs in a worker. Their state is in the store, so that any other worker can continue them. */
import * as Effect from 'effect/Effect'
import type { Graph } from '../../../dsl/graph/stage.ts'
import type { DataFacts } from '../../data/facts.ts'
import type { EngineSettings } from '../../engine/choice.ts'
import type { Resources } from '../../engine/devices.ts'
import { StoreProblem } from '../../problem.ts'
import type { Coordination } from '../../store/shared-work.ts'
import type { Store } from '../../store/store.ts'
import { Interruption } from '../interruption.ts'
import { runOn } from '../scheduler.ts'
import { type ClusterExecutor, clusterExecutor } from './executor.ts'
import type { StageJob } from './stage-job.ts'

/** A detached run, with everything that a worker needs to coordinate it. */
export interface DetachedRun {
  readonly graph: Graph
  /** Whether the run covers only some arms of the target. */
  readonly part: boolean
  readonly data: readonly (readonly [key: string, facts: DataFacts])[]
  readonly file: string
  readonly target: string
  /** Host name of the machine that has the file. */
  readonly host: string
  readonly code: StageJob['code']
  readonly numerics: string | null
  readonly resources: Resources
  readonly engine: EngineSettings
  readonly processor: EngineSettings | null
  readonly checkpointEvery: number
  readonly retries: number
  readonly failFast: boolean
}

interface Running {
  readonly interruption: Interruption
  executor?: ClusterExecutor
  /** Lost, cancelled or handed back: this worker no longer coordinates it. */
  left: boolean
}

export class Coordinator {
  readonly #store: Store
  readonly #say: (line: string) => void
  readonly #changed: () => void
  readonly #running = new Map<string, Running>()

  /** @param changed called when a run has ended */
  constructor(store: Store, say: (line: string) => void, changed: () => void) {
    this.#store = store
    this.#say = say
    this.#changed = changed
  }

  get busy(): boolean {
    return this.#running.size > 0
  }

  /** Stops runs that were lost or cancelled, and takes one that nobody coordinates. */
  async look(): Promise<void> {
    const { coordinations } = this.#store.shared!
    const held = await coordinations.held()
    for (const [id, running] of this.#running) if (!running.left && !held.has(id)) this.#let(running)
    // Taken or ended by a query that the database did not answer.
    for (const id of held) if (!this.#running.has(id)) await coordinations.handBack(id)
    const taken = await coordinations.take()
    if (taken !== undefined) void this.#coordinate(taken)
  }

  /** Hands all runs back. */
  leave(): void {
    for (const running of this.#running.values()) this.#let(running)
  }

  #let(running: Running): void {
    running.left = true
    running.executor?.abandon()
    running.interruption.request()
  }

  async #coordinate({ id, request }: Coordination): Promise<void> {
    const { coordinations } = this.#store.shared!
    const { graph, data, code, numerics, processor, ...rest } = request as unknown as DetachedRun // as `run --detach` of this library wrote it
    const running: Running = { interruption: new Interruption(), left: false }
    this.#running.set(id, running)
    this.#say(`coordinates ${rest.file}`)
    const options = { store: this.#store, wanter: id, run: id, code, numerics: numerics ?? undefined, warn: () => {} }
    const executor = Effect.map(clusterExecutor(options), (opened) => {
      running.executor = opened
      if (running.left) opened.abandon()
      return opened
    })
    const { interruption } = running
    const run = runOn(executor, {
      ...{ ...rest, graph, data: new Map(data), store: this.#store, elsewhere: true, interruption, onEvent: () => {} },
      ...(processor === null ? {} : { processor }),
    })
    await Effect.runPromise(run).catch((cause: unknown) => {
      if (!(cause instanceof StoreProblem)) throw cause
      this.#let(running)
    })
    // A `look` that finds the removed run gone takes it for lost.
    const { left } = running
    await (left ? coordinations.handBack(id) : coordinations.remove(id)).catch(() => {}) // `look` hands it back later
    this.#running.delete(id)
    this.#say(`${left ? 'leaves' : 'has run'} ${rest.file}`)
    this.#changed()
  }
}
