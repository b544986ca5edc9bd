/** A run as OpenTelemetry spans: one for the run, with a child span per stage. Derived only from the run's events. */
import * as Context from 'effect/Context'
import * as Exit from 'effect/Exit'
import * as Option from 'effect/Option'
import type * as Tracer from 'effect/Tracer'
import type { ProblemText } from '../../../dsl/check/problem.ts'
import type { Numerics } from '../../../stdlib/engine.ts'
import { renderProblem } from '../../problem.ts'
import type { RunEvent } from '../../run-event.ts'

interface Open {
  readonly span: Tracer.Span
  readonly resumed: boolean
  retries: number
}

interface StageFacts {
  readonly path: string
  readonly kind?: string
  readonly key?: string
}

type Attributes = { readonly [name: string]: string | number | boolean | undefined }

/** Engine and device of the worker of the stage with this path. */
export type NumericsOfStage = (path: string) => Numerics

export class RunSpans {
  readonly #tracer: Tracer.Tracer
  readonly #numericsOf: NumericsOfStage
  #run: Tracer.Span | undefined
  #count = 0
  /** Spans of running stages, by path. */
  readonly #open = new Map<string, Open>()

  constructor(tracer: Tracer.Tracer, numericsOf: NumericsOfStage) {
    this.#tracer = tracer
    this.#numericsOf = numericsOf
  }

  /** Number of spans so far. */
  get count(): number {
    return this.#count
  }

  note(event: RunEvent): void {
    if (event.event === 'start') {
      const { file, stages, slots, threads } = event
      this.#run = this.#begin('run', { file, stages, slots, threads })
    } else if (event.event === 'stage-start') this.#started(event)
    else if (event.event === 'retry') this.#retried(event)
    else if (event.event === 'hit') this.#end(event, 'hit', Exit.void, { artifact: event.artifact ?? undefined })
    else if (event.event === 'stage-done') {
      const how = this.#open.get(event.path)?.resumed === true ? 'resumed' : 'run'
      this.#end(event, how, Exit.void, { artifact: event.artifact ?? undefined })
    } else if (event.event === 'stage-failed') this.#end(event, 'failed', failed(event.problem))
    else if (event.event === 'stage-skipped') this.#end(event, 'skipped', Exit.interrupt(), { because: event.because })
    else if (event.event === 'stage-stopped') this.#end(event, 'stopped', Exit.interrupt(), { step: event.step })
    else if (event.event === 'done') this.#done(event)
  }

  /** Ends the spans of a run without a `done` event, which failed because of its store or an internal error. */
  close(): void {
    this.#over(failed({ title: 'The run did not finish.', facts: [], hint: 'Run the same command again: it continues.' }))
  }

  #started({ path, kind, key, resumedAt, by, worker }: Extract<RunEvent, { event: 'stage-start' }>): void {
    const before = this.#open.get(path)
    const span = before?.span ?? this.#begin(path, { path, kind, key })
    this.#open.set(path, { span, resumed: resumedAt !== undefined, retries: before?.retries ?? 0 })
    const { engine, version, device, deviceName, threads } = this.#numericsOf(path)
    set(span, { resumed_at: resumedAt, computed_by: by, 'worker.pid': worker })
    if (worker !== undefined) set(span, { engine, 'engine.version': version, device, 'device.name': deviceName, threads })
  }

  #retried({ path, attempt, problem }: Extract<RunEvent, { event: 'retry' }>): void {
    const open = this.#open.get(path)
    if (open === undefined) return
    open.retries++
    open.span.event('retry', now(), { attempt, because: problem.title })
  }

  #done({ ok, interrupted, stages }: Extract<RunEvent, { event: 'done' }>): void {
    for (const [name, count] of Object.entries(stages)) this.#run?.attribute(`espalier.stages.${name}`, count)
    const title = `${stages.failed} of ${stages.total} stages failed.`
    const hint = 'The spans of these stages say why; the same command runs them again.'
    this.#over(interrupted ? Exit.interrupt() : ok ? Exit.void : failed({ title, facts: [], hint }))
  }

  #end({ path, kind, key }: StageFacts, cache: string, exit: Exit.Exit<void, Error>, more: Attributes = {}): void {
    const open = this.#open.get(path)
    this.#open.delete(path)
    const span = open?.span ?? this.#begin(path, { path, kind, key })
    set(span, { cache, retries: open?.retries ?? 0, ...more })
    span.end(now(), exit)
  }

  #over(exit: Exit.Exit<void, Error>): void {
    for (const path of this.#open.keys()) this.#end({ path }, 'stopped', Exit.interrupt())
    this.#run?.end(now(), exit)
    this.#run = undefined
  }

  #begin(name: string, attributes: Attributes): Tracer.Span {
    this.#count++
    const span = this.#tracer.span({
      name,
      parent: Option.fromUndefinedOr(this.#run),
      annotations: Context.empty(),
      links: [],
      startTime: now(),
      kind: 'internal',
      root: this.#run === undefined,
      sampled: true,
    })
    set(span, attributes)
    return span
  }
}

function set(span: Tracer.Span, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) span.attribute(`espalier.${name}`, value)
}

/** An error with the user's message as its stack, because the internal stack is not useful. */
function failed(problem: ProblemText): Exit.Exit<void, Error> {
  const error = new Error(problem.title)
  error.name = 'StageFailure'
  error.stack = renderProblem(problem)
  return Exit.fail(error)
}

/** Nanoseconds with microsecond resolution. A clock change during a span does not make it negative. */
function now(): bigint {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n
}
