/**
 * Runs a graph: one fiber looks stages up as their inputs become known, as many fibers as slots run those that are not in the store.
 * A look-up never waits for a slot, equal keys are computed once, and a result is in the store before any stage after it starts.
 */
import type * as Cause from 'effect/Cause'
import * as Effect from 'effect/Effect'
import * as Queue from 'effect/Queue'
import * as Schedule from 'effect/Schedule'
import type * as Scope from 'effect/Scope'
import type { Graph, Stage } from '../../dsl/stage.ts'
import type { EngineSettings } from '../engine/choice.ts'
import { numericsOf } from '../engine/numerics.ts'
import { RunJournal } from '../history/journal.ts'
import { type Lookup, lookup, snapshotsNeeded } from '../plan/lookup.ts'
import { dataOf } from '../plan/manifest.ts'
import { type DataFactsByKey, dataKey, outputOf } from '../plan/plan.ts'
import { planProblems } from '../plan/problems.ts'
import type { Resources } from '../plan/width.ts'
import { type StageFailure, StoreProblem } from '../problem.ts'
import type { StageResult, Store } from '../store/store.ts'
import { failures } from '../worker/problems.ts'
import { type Job, type Outcome, workOf } from '../worker/protocol.ts'
import { needsWorker } from '../worker/run-stage.ts'
import type { WorkerReport } from '../worker/worker-process.ts'
import type { ArmResult, RunEvent, StageCounts } from './event.ts'
import type { Interruption } from './interruption.ts'
import { type End, Ledger } from './ledger.ts'
import { runHere, type StageRunner, workerRunner } from './stage-runner.ts'

export interface RunRequest {
  readonly graph: Graph
  readonly store: Store
  /** Facts of every data set in the graph. */
  readonly data: DataFactsByKey
  /** The pipeline file and the target in it, for the record. */
  readonly file: string
  readonly target?: string
  readonly resources: Resources
  /** What stages compute with. Default: the native engine. */
  readonly engine?: EngineSettings
  readonly interruption: Interruption
  readonly onEvent: (event: RunEvent) => void
  /** Seconds between checkpoints of a training stage. Default 30. */
  readonly checkpointEvery?: number
  /** Attempts after the first for failures that may pass. Default 3. */
  readonly retries?: number
  /** One for each slot. Default: a worker process. */
  readonly runner?: Effect.Effect<StageRunner, never, Scope.Scope>
}

export type RunEnd = Extract<RunEvent, { event: 'done' }>

/** A stage that must run. */
interface Ready {
  readonly stage: Stage
  readonly found: Exclude<Lookup, { status: 'hit' }>
}

/** Fails only when the store does. */
export function runGraph(request: RunRequest): Effect.Effect<RunEnd, StoreProblem> {
  return Effect.scoped(Effect.suspend(() => new Run(request).go()))
}

class Run {
  readonly #request: RunRequest
  readonly #ledger: Ledger
  readonly #snapshots: ReadonlyMap<string, readonly number[]>
  /** Stages that wait for another one with their key. */
  readonly #running = new Map<string, Stage[]>()
  readonly #active = new Set<StageRunner>()
  /** Stages whose producers were run again for them: once each. */
  readonly #repaired = new Set<string>()
  readonly #began = performance.now()
  readonly #journal: RunJournal

  constructor(request: RunRequest) {
    const { store, file, target = 'default', onEvent } = request
    const journal = new RunJournal({ store, file, target, onWarning: onEvent })
    this.#journal = journal
    const tell = (event: RunEvent) => {
      journal.note(event)
      onEvent(event)
    }
    this.#request = { ...request, onEvent: tell }
    this.#ledger = new Ledger(request.graph)
    this.#snapshots = snapshotsNeeded(request.graph)
  }

  go(): Effect.Effect<RunEnd, StoreProblem, Scope.Scope> {
    const self = this
    return Effect.gen(function* () {
      const { graph, resources, file, interruption, onEvent } = self.#request
      yield* Effect.addFinalizer(() => Effect.sync(() => self.#journal.close()))
      onEvent({ event: 'start', file, stages: graph.stages.length, ...resources })
      const lookups = yield* Queue.unbounded<Stage, Cause.Done>()
      const ready = yield* Queue.unbounded<Ready, Cause.Done>()
      const stop = () => {
        Queue.endUnsafe(lookups)
        Queue.endUnsafe(ready)
      }
      const forget = interruption.listen((requests) => {
        stop()
        for (const runner of self.#active) requests === 1 ? runner.stop() : runner.kill()
      })
      yield* Effect.addFinalizer(() => Effect.sync(forget))

      const finish = (stage: Stage, end: End) => {
        const { ready: next, skipped } = self.#ledger.finish(stage, end)
        for (const { path } of skipped) onEvent({ event: 'stage-skipped', path, because: `${stage.path} failed` })
        for (const each of next) Queue.offerUnsafe(lookups, each)
        if (self.#ledger.finished || interruption.requested) stop()
      }
      const looking = forEachOf(lookups, (stage) => self.#look(stage, finish, ready))
      const slot = Effect.gen(function* () {
        const runner = yield* self.#request.runner ?? workerRunner({})
        yield* forEachOf(ready, (next) => self.#take(next, runner, finish, lookups))
      })
      for (const stage of self.#ledger.first()) Queue.offerUnsafe(lookups, stage)
      if (self.#ledger.finished || interruption.requested) stop()
      yield* Effect.all([looking, ...Array.from({ length: resources.slots }, () => slot)], { concurrency: 'unbounded', discard: true })

      const end = self.#end()
      onEvent(end)
      return end
    })
  }

  get #engine(): EngineSettings {
    return this.#request.engine ?? { engine: 'tensorflow', xla: false }
  }

  #lookup(stage: Stage): Effect.Effect<Lookup, StoreProblem> {
    const { store, data } = this.#request
    const spec = dataOf(stage)
    return fromStore(() =>
      lookup(store, {
        stage,
        inputs: this.#ledger.inputsOf(stage),
        data: spec === undefined ? undefined : data.get(dataKey(spec)),
        snapshots: this.#snapshots.get(stage.id) ?? [],
        numerics: numericsOf(this.#engine, this.#request.resources.threads),
      }),
    )
  }

  #look(stage: Stage, finish: (stage: Stage, end: End) => void, ready: Queue.Queue<Ready, Cause.Done>): Effect.Effect<void, StoreProblem> {
    const self = this
    return Effect.gen(function* () {
      const { onEvent } = self.#request
      const found = yield* self.#lookup(stage)
      const { key } = found
      if (found.status === 'hit') {
        onEvent({ event: 'hit', path: stage.path, kind: stage.kind, key, artifact: found.result.artifact ?? null })
        finish(stage, { end: 'hit', result: found.result })
        return
      }
      if (found.ignored.length > 0) onEvent({ event: 'warning', problem: planProblems.checkpointIgnored(stage.path, found) })
      const waiting = self.#running.get(key)
      if (waiting === undefined) {
        self.#running.set(key, [])
        Queue.offerUnsafe(ready, { stage, found })
      } else waiting.push(stage)
    })
  }

  #take(
    { stage, found }: Ready,
    runner: StageRunner,
    finish: (stage: Stage, end: End) => void,
    lookups: Queue.Queue<Stage, Cause.Done>,
  ): Effect.Effect<void, StoreProblem> {
    const self = this
    return Effect.gen(function* () {
      const { interruption, onEvent } = self.#request
      if (interruption.requested) return
      self.#active.add(runner)
      const end = yield* self.#attempts(stage, found, runner)
      self.#active.delete(runner)
      const waiting = self.#running.get(found.key) ?? []
      self.#running.delete(found.key)
      if (end.end === 'failed') {
        const producers = end.failure.kind === 'store' ? yield* self.#damagedProducers(stage) : []
        if (producers.length > 0 && !self.#repaired.has(stage.id)) {
          self.#repaired.add(stage.id)
          self.#ledger.redo(stage, producers)
          for (const producer of producers) Queue.offerUnsafe(lookups, producer)
          return
        }
        const { title, facts, hint } = end.failure
        for (const failed of [stage, ...waiting]) {
          onEvent({ event: 'stage-failed', path: failed.path, kind: failed.kind, problem: { title, facts, hint } })
          finish(failed, end)
        }
        return
      }
      finish(stage, end)
      // They find the result now.
      for (const other of waiting) Queue.offerUnsafe(lookups, other)
    })
  }

  /** Runs a stage until it is done, has failed for good, or was stopped. */
  #attempts(stage: Stage, first: Ready['found'], runner: StageRunner): Effect.Effect<End, StoreProblem> {
    const { interruption, onEvent, retries = 3 } = this.#request
    let attempt = 0
    const one = Effect.suspend(() => {
      attempt++
      return attempt === 1 ? Effect.succeed<Lookup>(first) : this.#lookup(stage)
    }).pipe(
      Effect.flatMap((found) =>
        found.status === 'hit' ? Effect.succeed<End>({ end: 'hit', result: found.result }) : this.#attempt(stage, found, runner),
      ),
    )
    const again = (failure: StageFailure | StoreProblem) =>
      failure._tag === 'StageFailure' && failure.transient && failure.kind !== 'store' && !interruption.requested
    return one.pipe(
      Effect.tapError((failure) =>
        Effect.sync(() => {
          if (again(failure) && attempt <= retries)
            onEvent({
              event: 'retry',
              path: stage.path,
              attempt,
              problem: { title: failure.title, facts: failure.facts, hint: failure.hint },
            })
        }),
      ),
      Effect.retry({ while: again, times: retries, schedule: Schedule.jittered(Schedule.exponential('500 millis')) }),
      Effect.catchTag('StageFailure', (failure) =>
        Effect.succeed<End>(interruption.requested ? { end: 'stopped' } : { end: 'failed', failure }),
      ),
    )
  }

  #attempt(stage: Stage, found: Ready['found'], runner: StageRunner): Effect.Effect<End, StageFailure | StoreProblem> {
    const self = this
    return Effect.gen(function* () {
      const { store, onEvent, interruption } = self.#request
      const began = performance.now()
      const { key, steps } = found
      let resumedAt: number | undefined
      let writes: Promise<void> = Promise.resolve()
      const onReport = (report: WorkerReport) => {
        if (report.type === 'metrics') writes = writes.then(() => store.putMetrics(key, report.points))
        else if (report.type === 'progress') onEvent(progressOf(stage, report))
        else {
          resumedAt = report.resumedAt ?? undefined
          onEvent({
            event: 'stage-start',
            path: stage.path,
            kind: stage.kind,
            key,
            steps: report.steps,
            ...(resumedAt === undefined ? {} : { resumedAt }),
          })
          // The request to stop may have come while the worker was starting.
          if (interruption.requested) runner.stop()
        }
        writes.catch(() => {}) // raised below
      }
      const withSteps = stage.kind === 'train' || stage.kind === 'distill'
      if (!withSteps) onEvent({ event: 'stage-start', path: stage.path, kind: stage.kind, key, steps: 0 })
      const job = self.#jobOf(stage, found)
      const outcome = yield* needsWorker(stage.kind) ? runner.run(job, onReport) : runHere(job)
      yield* fromStore(() => writes)
      if ('stoppedAt' in outcome) {
        // Somebody else ended the worker, after it had written a checkpoint.
        if (!interruption.requested) return yield* Effect.fail(failures.lost('it was told to terminate', ''))
        onEvent({ event: 'stage-stopped', path: stage.path, step: outcome.stoppedAt, steps })
        return { end: 'stopped' } as End
      }
      const result = resultOf(stage, found, outcome, (performance.now() - began) / 1000)
      yield* fromStore(async () => {
        await store.putResult(result)
        await store.removeCheckpoints(key)
      })
      const { artifact = null, metrics, seconds } = result
      onEvent({ event: 'stage-done', path: stage.path, kind: stage.kind, key, artifact, metrics, seconds })
      return { end: resumedAt === undefined ? 'run' : 'resumed', result } as End
    })
  }

  #jobOf(stage: Stage, { key, status, result }: Ready['found']): Job {
    const { store, resources, checkpointEvery = 30 } = this.#request
    const keep = this.#snapshots.get(stage.id) ?? []
    const missing = keep.filter((epoch) => result?.snapshots[epoch] === undefined)
    return {
      work: workOf(stage, this.#ledger.inputsOf(stage)),
      key,
      path: stage.path,
      resume: status === 'resume',
      keep,
      stopAfter: result === undefined ? null : Math.max(...missing),
      store: store.layout.root,
      engine: this.#engine,
      threads: resources.threads,
      checkpointEvery,
    }
  }

  /** Producers of a stage's inputs whose outputs are not sound any more. */
  #damagedProducers(stage: Stage): Effect.Effect<Stage[], StoreProblem> {
    const { store } = this.#request
    return fromStore(async () => {
      const damaged: Stage[] = []
      for (const { stage: producer, ref } of this.#ledger.producersOf(stage)) {
        const digest = outputOf(this.#ledger.resultOf(producer.id), ref)
        if (digest !== undefined && (await store.whatIsWrongWith(digest)) !== undefined) damaged.push(producer)
      }
      return damaged
    })
  }

  #end(): RunEnd {
    const { graph, interruption } = this.#request
    const ends = graph.stages.map(({ id }) => this.#ledger.endOf(id)?.end)
    const count = (end: End['end']) => ends.filter((one) => one === end).length
    const stages: StageCounts = {
      total: ends.length,
      hit: count('hit'),
      run: count('run'),
      resumed: count('resumed'),
      failed: count('failed'),
      skipped: count('skipped'),
    }
    const complete = stages.hit + stages.run + stages.resumed === stages.total
    return {
      event: 'done',
      ok: complete,
      interrupted: interruption.requested && !complete,
      seconds: (performance.now() - this.#began) / 1000,
      stages,
      results: graph.targets.flatMap(({ arms }) =>
        arms.flatMap(({ path, labels, model, metrics }): ArmResult[] => {
          const measured = this.#ledger.resultOf(metrics)
          return measured === undefined
            ? []
            : [{ path, labels, artifact: this.#ledger.resultOf(model)?.artifact ?? null, metrics: measured.metrics }]
        }),
      ),
    }
  }
}

function resultOf(stage: Stage, { key, manifest, result: earlier }: Ready['found'], outcome: Outcome, seconds: number): StageResult {
  // A replay adds snapshots to a result that is known.
  if (earlier !== undefined) return { ...earlier, snapshots: { ...earlier.snapshots, ...outcome.snapshots } }
  return {
    key,
    kind: stage.kind,
    path: stage.path,
    manifest,
    artifact: outcome.artifact ?? undefined,
    snapshots: outcome.snapshots,
    metrics: outcome.metrics,
    numerics: outcome.numerics ?? undefined,
    finished: Date.now(),
    seconds,
  }
}

function progressOf(
  { path }: Stage,
  { loss, accuracy, stepsPerSecond, step, steps, epoch, epochs }: Extract<WorkerReport, { type: 'progress' }>,
): RunEvent {
  return {
    event: 'progress',
    path,
    step,
    steps,
    epoch,
    epochs,
    ...(loss === null ? {} : { loss }),
    ...(accuracy === null ? {} : { accuracy }),
    ...(stepsPerSecond === null ? {} : { stepsPerSecond }),
  }
}

/** Takes from a queue until it ends. */
function forEachOf<A, E, R>(queue: Queue.Dequeue<A, Cause.Done>, body: (value: A) => Effect.Effect<void, E, R>): Effect.Effect<void, E, R> {
  return Queue.take(queue).pipe(
    Effect.map((value) => ({ value })),
    Effect.catchCause(() => Effect.succeed(undefined)), // ended: there is nothing else it can fail with
    Effect.flatMap((next) => (next === undefined ? Effect.succeed(false) : Effect.as(body(next.value), true))),
    Effect.repeat({ while: (more) => more }),
    Effect.asVoid,
  )
}

function fromStore<A>(work: () => Promise<A>): Effect.Effect<A, StoreProblem> {
  return Effect.tryPromise({ try: work, catch: (cause) => cause }).pipe(
    Effect.catch((cause) => (cause instanceof StoreProblem ? Effect.fail(cause) : Effect.die(cause))),
  )
}
