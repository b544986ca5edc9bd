/**
 * A session of `espalier watch`: every save replans the file, shows the changes, and starts a run of the new plan in place of the previous
 * one. Stages in both plans keep running; removed ones stop at a checkpoint. A file with an error changes nothing.
 */
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Scope from 'effect/Scope'
import type { ProblemText } from '../../dsl/check/problem.ts'
import type { Graph } from '../../dsl/graph/stage.ts'
import { isProblem } from '../engine/problems.ts'
import { type Computations, makeComputations } from '../execution/computations.ts'
import type { Executor } from '../execution/executor.ts'
import { Interruption } from '../execution/interruption.ts'
import { type RunEnd, type RunRequest, runGraph } from '../execution/scheduler.ts'
import { changesOf } from '../plan/difference.ts'
import { makePlan, type NumericsOf, type Plan } from '../plan/plan.ts'
import { requireArms, restricted } from '../plan/restrict.ts'
import { findStage } from '../plan/stage-name.ts'
import { whyOf } from '../plan/why.ts'
import type { RunEvent } from '../run-event.ts'
import type { Store } from '../store/store.ts'
import { edgesOf } from '../views/graph.ts'
import { planView } from '../views/plan.ts'
import type { ViewName, Views } from '../views/view.ts'
import { changesView } from '../views/watch.ts'
import { whyView } from '../views/why.ts'

const keyLines: readonly string[] = [
  '  a  run all: everything that is not in the store, failed stages again',
  '  f  only arms with a text in their name',
  '  p  pause: what runs goes on, nothing new begins; again: go on',
  '  w  why a stage runs, or not',
  '  l  the plan',
  '  q  quit: what runs stops at a checkpoint',
]

const waiting = (files: number): string => `Watching ${files === 1 ? 'the file' : `${files} files`}. Press h for the keys, q to quit.`

/** A planned file, ready to run. */
export interface Described extends Omit<RunRequest, 'interruption' | 'onEvent' | 'computations' | 'replaces'> {
  readonly store: Store
  /** The first executor is kept for the whole session. */
  readonly executor: Effect.Effect<Executor, never, Scope.Scope>
  readonly plan: Plan
  /** Of the worker that would run a stage; a checkpoint with other numerics is not resumed. */
  readonly numerics: NumericsOf
  /** All files that were read. */
  readonly files: readonly string[]
  /** Shown at the start of a run. */
  readonly warnings: readonly ProblemText[]
  /** An additional listener to the run's events. */
  readonly observe?: () => (event: RunEvent) => void
}

interface Screen {
  /** Creates a view for a new run; the caller closes the previous one first. */
  begin(graph: Graph, plan: Plan): { onEvent(event: RunEvent): void; close(): void }
  /** Prints lines above the live view of the run. */
  say(lines: readonly string[]): void
  show<N extends ViewName>(name: N, content: Views[N]): void
  /** Asks for a line; undefined if cancelled. */
  ask(question: string): Promise<string | undefined>
}

export interface SessionOptions {
  /** Reads, checks and plans the file. Rejects with a problem to show if that fails. */
  readonly describe: () => Promise<Described>
  readonly screen: Screen
  /** Called with the files to watch and the time at which reading began; not called after an error. */
  readonly follow: (files: readonly string[], read: number) => void
}

interface Current {
  readonly described: Described
  readonly interruption: Interruption
  readonly view: ReturnType<Screen['begin']>
  /** Set once the run has ended. */
  end: RunEnd | undefined
}

export class Session {
  readonly #options: SessionOptions
  readonly #scope = Effect.runSync(Scope.make())
  #computations: Computations | undefined
  #described: Described | undefined
  #current: Current | undefined
  /** Unfinished runs, including replaced ones. */
  readonly #running = new Set<Promise<unknown>>()
  #filter = ''
  #files: readonly string[] = []
  /** Serialises reading and starting. */
  #turn: Promise<unknown> = Promise.resolve()
  #changed = false
  #quitting = false
  readonly #left = Promise.withResolvers<boolean>()

  constructor(options: SessionOptions) {
    this.#options = options
  }

  /** Runs until the user quits. Resolves to whether the last run was complete. */
  async live(): Promise<boolean> {
    this.reload()
    const complete = await this.#left.promise
    await this.#turn
    await Promise.allSettled(this.#running)
    await Effect.runPromise(Scope.close(this.#scope, Exit.void))
    return complete
  }

  /** Called when a file was saved. Saves during a read are coalesced into one further read. */
  reload(): void {
    if (this.#changed || this.#quitting) return
    this.#changed = true
    this.#inTurn(async () => {
      this.#changed = false
      await this.#read()
    })
  }

  /** @param key as typed; '\u0003' is Ctrl-C */
  key(key: string): void {
    const { screen } = this.#options
    if (key === 'q' || key === '\u0003') this.quit()
    else if (key === 'a' || key === '\r') this.#inTurn(() => this.#runAll())
    else if (key === 'f') void this.#ask('Arms with this in their name (empty: all): ', (text) => this.#inTurn(() => this.#restrict(text)))
    else if (key === 'w') void this.#ask('Why which stage: ', (name) => this.#inTurn(() => this.#why(name)))
    else if (key === 'l') this.#inTurn(() => this.#plan())
    else if (key === 'p') this.#pause()
    else if (key === 'h' || key === '?') screen.say(keyLines)
  }

  /** The first call stops running stages at a checkpoint, the second at once. */
  quit(): void {
    const current = this.#current
    this.#quitting = true
    if (current === undefined || current.end !== undefined) this.#left.resolve(current?.end?.ok ?? false)
    else current.interruption.request()
  }

  async #ask(question: string, answered: (line: string) => void): Promise<void> {
    const line = await this.#options.screen.ask(question)
    if (line !== undefined) answered(line.trim())
  }

  #inTurn(work: () => Promise<void>): void {
    this.#turn = this.#turn.then(work).catch((cause: unknown) => {
      if (isProblem(cause)) this.#options.screen.show('broken', { problem: cause, running: this.#computations?.keys().length ?? 0 })
      else this.#left.reject(cause)
    })
  }

  async #read(): Promise<void> {
    if (this.#quitting) return
    const began = performance.now()
    const read = Date.now()
    const described = await this.#options.describe()
    const before = this.#described
    this.#described = described
    this.#files = described.files
    this.#options.follow(described.files, read)
    const changes = changesOf(before, described)
    const same = before !== undefined && changes.begins.length + changes.found.length + changes.falls === 0
    if (same && this.#current?.end?.ok !== false) {
      this.#options.screen.say([`Saved, and no stage changed: ${described.plan.stages.length} as before.`])
      return
    }
    if (before !== undefined) this.#options.screen.show('changes', changesView(changes, (performance.now() - began) / 1000))
    if (this.#filter !== '') this.#options.screen.say([`Of these, arms with '${this.#filter}' in their names run; a runs all.`])
    await this.#start()
  }

  async #runAll(): Promise<void> {
    this.#filter = ''
    if (this.#described === undefined) return this.#read()
    await this.#replan()
    await this.#start()
  }

  async #restrict(text: string): Promise<void> {
    const graph = this.#described?.graph
    if (graph === undefined) return
    requireArms(graph, text)
    this.#filter = text
    await this.#start()
  }

  /** Plans again, because the store may have new results. */
  async #replan(): Promise<Described | undefined> {
    const described = this.#described
    if (described === undefined) return undefined
    const plan = await makePlan(described.graph, described.store, described.data, described.numerics)
    this.#described = { ...described, plan }
    return this.#described
  }

  async #plan(): Promise<void> {
    const described = await this.#replan()
    if (described === undefined) return
    const { file, target = 'default', plan, graph } = described
    this.#options.screen.say([''])
    this.#options.screen.show('plan', planView(plan.stages, { file, target, edges: edgesOf(graph) }))
  }

  async #why(name: string): Promise<void> {
    const described = await this.#replan()
    if (described === undefined) return
    const { graph, plan, store } = described
    this.#options.screen.say([''])
    this.#options.screen.show('why', whyView(await whyOf(graph, plan, store, findStage(name, plan.stages))))
  }

  #pause(): void {
    const computations = this.#computations
    if (computations === undefined) return
    computations.paused = !computations.paused
    this.#options.screen.say([computations.paused ? 'Paused: nothing new begins. p goes on.' : 'Going on.'])
  }

  async #start(): Promise<void> {
    const { screen } = this.#options
    const described = this.#described!
    const graph = this.#filter === '' ? described.graph : restricted(described.graph, this.#filter)
    if (this.#quitting || graph === undefined) {
      if (graph === undefined) screen.say([`No arm has '${this.#filter}' in its name any more; a runs all.`])
      return
    }
    const { store, resources } = described
    this.#computations ??= await Effect.runPromise(
      Scope.provide(
        Effect.flatMap(described.executor, (executor) => makeComputations({ store, executor, ...resources })),
        this.#scope,
      ),
    )
    const before = this.#current
    before?.view.close()
    const view = screen.begin(graph, described.plan)
    const interruption = new Interruption()
    const observer = described.observe?.()
    const request: RunRequest = {
      ...described,
      graph,
      part: graph !== described.graph,
      interruption,
      computations: this.#computations,
      ...(before === undefined || before.end !== undefined ? {} : { replaces: before.interruption }),
      onEvent: (event) => {
        observer?.(event)
        this.#tell(interruption, event)
      },
    }
    const current: Current = { described, interruption, view, end: undefined }
    this.#current = current
    const run = Effect.runPromise(runGraph(request)).then(
      (end) => this.#ended(current, end),
      (cause: unknown) => this.#left.reject(cause),
    )
    this.#running.add(run)
    void run.finally(() => this.#running.delete(run))
  }

  #tell(of: Interruption, event: RunEvent): void {
    const current = this.#current
    if (current?.interruption === of) {
      current.view.onEvent(event)
      if (event.event === 'start') for (const problem of current.described.warnings) current.view.onEvent({ event: 'warning', problem })
    } else if (event.event === 'stage-stopped')
      this.#options.screen.say([`Stopped ${event.path} at step ${event.step}/${event.steps}; taken up again, it continues there.`])
  }

  #ended(current: Current, end: RunEnd): void {
    current.end = end
    if (this.#current !== current) return
    if (this.#quitting) this.#left.resolve(end.ok)
    else this.#options.screen.say(['', waiting(this.#files.length)])
  }
}
