/**
 * Runs stages as Slurm jobs, one per stage, which communicate with this process only through files (`tasks.ts`). Slurm is polled rarely, in
 * one call for all jobs. Jobs survive this process when it is killed: the next one finds them by stage key and takes over.
 */
import { randomUUID } from 'node:crypto'
import { lstat, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as Deferred from 'effect/Deferred'
import * as Effect from 'effect/Effect'
import type * as Scope from 'effect/Scope'
import { canonical, type Json } from '../../../dsl/check/canonical.ts'
import type { StageResources } from '../../../dsl/graph/stage.ts'
import type { Resources } from '../../engine/devices.ts'
import type { StageFailure } from '../../problem.ts'
import { makeFolder } from '../../shared-folder.ts'
import type { StoreFiles } from '../../store/store.ts'
import { asFailure } from '../../worker/problems.ts'
import type { Outcome, Stopped } from '../../worker/stage-context.ts'
import type { Asked, Capacity, Demand, Executor, JobEvent } from '../executor.ts'
import { runHere } from '../here.ts'
import type { Job } from '../protocol.ts'
import { cancel, queued, SlurmError } from './commands.ts'
import { type Ending, Follower } from './follower.ts'
import { type SlurmAsked, sbatchOptions } from './options.ts'
import { slurmFailures, slurmProblems } from './problems.ts'
import { namePrefix, Submissions } from './submissions.ts'
import { ownerOf, stageFolder, sweep, TaskFiles, userFolder } from './tasks.ts'

export interface SlurmOptions {
  readonly store: StoreFiles
  readonly asked: SlurmAsked
}

interface Submission {
  readonly job: Job
  readonly demand: Demand
  /** Whether a submission of an earlier coordinator may be reused. */
  readonly mayAttach: boolean
  readonly resources: StageResources | undefined
}

/** Heartbeat interval of a job. */
const beatSeconds = 5
/** Poll interval of job files, in milliseconds, and how many jobs are polled at once. */
const lookEvery = 500
const lookAtMost = 100

/** On scope exit, running jobs are cancelled. Dies with an ExecutorProblem when Slurm or the store cannot be used. */
export function slurmExecutor({ store, asked }: SlurmOptions): Effect.Effect<Executor, never, Scope.Scope> {
  return Effect.gen(function* () {
    yield* Effect.promise(async () => {
      if (store.places.home !== store.places.objects) throw slurmProblems.store(store.location)
      await queued(namePrefix).catch((cause: unknown) => {
        throw cause instanceof SlurmError ? slurmProblems.absent(cause.program, cause.message) : cause
      })
      await ownFolder(userFolder(store.places.home))
      await sweep(store.places.home)
    })
    const executor = new SlurmExecutor(store, asked)
    yield* Effect.addFinalizer(() => executor.close())
    yield* Effect.forkScoped(executor.work())
    return executor
  })
}

/** Creates a folder that only this user may write to; fails if another user owns it. */
async function ownFolder(folder: string): Promise<void> {
  makeFolder(dirname(folder))
  await mkdir(folder, { mode: 0o700 }).catch(() => {})
  const info = await lstat(folder)
  if (!info.isDirectory() || (process.getuid !== undefined && info.uid !== process.getuid())) throw slurmProblems.notOurs(folder)
}

class SlurmExecutor implements Executor {
  readonly #store: StoreFiles
  readonly #asked: SlurmAsked
  readonly #me = randomUUID()
  readonly #submissions: Submissions
  readonly #followed = new Map<Job['id'], Follower>()
  /** A node has begun a stage: from then on, a missing requirement of a node fails only its own stage. */
  #proven = false
  readonly #unfit = new Set<string>()
  #dropped: string[] = []
  #dropping: Promise<void> | undefined

  constructor(store: StoreFiles, asked: SlurmAsked) {
    this.#store = store
    this.#asked = asked
    this.#submissions = new Submissions(store.places, asked.poll)
  }

  capacity({ slots, shares }: Pick<Resources, 'slots' | 'shares'>): Capacity {
    // Slurm allocates memory.
    return { slots, places: { usual: shares?.gpu ?? slots, processor: shares?.processor ?? slots }, bytes: Number.POSITIVE_INFINITY }
  }

  run(
    job: Job,
    demand: Demand | undefined,
    onEvent: (event: JobEvent) => void,
    { lookup }: Asked,
  ): Effect.Effect<Outcome | Stopped, StageFailure> {
    if (demand === undefined) return runHere(this.#store, job, onEvent)
    return Effect.gen({ self: this }, function* () {
      let next = job
      let from = yield* this.#stepOf(job)
      for (let first = true; ; first = false) {
        const ending = yield* this.#submitted({ job: next, demand, mayAttach: first, resources: lookup.stage.resources }, onEvent)
        if (ending.type === 'done') return ending.outcome
        if (ending.type === 'failed') return yield* Effect.fail(ending.failure)
        if (ending.type === 'refused') return yield* this.#refused(ending)
        if (ending.type === 'stopped' && ending.because === 'asked') return { stoppedAt: ending.step, steps: ending.steps }
        const step = yield* this.#stepOf(job)
        if (ending.type !== 'preempted' && ending.because === 'limit' && !(step > from))
          return yield* Effect.fail(slurmFailures.timeTooShort(step))
        from = step
        if (step >= 0) next = { ...job, resume: true, continueFrom: null }
      }
    })
  }

  stop(id: Job['id']): void {
    this.#followed.get(id)?.stop()
  }

  kill(id: Job['id']): void {
    this.#followed.get(id)?.drop(slurmFailures.ended())
  }

  close(): Effect.Effect<void> {
    return Effect.promise(() => this.#submissions.close())
  }

  work(): Effect.Effect<unknown> {
    return Effect.all([this.#submissions.work(), this.#look(), this.#poll()], { concurrency: 'unbounded' })
  }

  /** Step of the stage's last checkpoint; −1 without one. */
  #stepOf({ key }: Job): Effect.Effect<number, StageFailure> {
    return Effect.tryPromise({ try: async () => (await this.#store.checkpoints.list(key))[0]?.step ?? -1, catch: asFailure })
  }

  /** Runs one submission to its end. */
  #submitted({ job, demand, mayAttach, resources }: Submission, onEvent: (event: JobEvent) => void): Effect.Effect<Ending, StageFailure> {
    return Effect.acquireUseRelease(
      Effect.tryPromise({ try: () => this.#taskFor(job, mayAttach), catch: asFailure }),
      ({ files, at }) =>
        Effect.gen({ self: this }, function* () {
          const ended = Deferred.makeUnsafe<Ending>()
          const follower = new Follower({
            ...{ files, onEvent, pollSeconds: this.#asked.poll, drop: (jobName) => this.#drop(files, jobName) },
            onProven: () => {
              this.#proven = true
            },
            settle: (ending) => Deferred.doneUnsafe(ended, Effect.succeed(ending)),
          })
          this.#followed.set(job.id, follower)
          if (at !== undefined) follower.at = at
          else {
            const options = sbatchOptions(job, demand, resources, this.#asked, this.#unfit)
            const submitting = this.#submissions.add(files, options).pipe(
              Effect.flatMap((placed) => {
                follower.at = placed
                return Deferred.await(ended)
              }),
              Effect.catch((error) => this.#notTaken(error, options)),
            )
            return yield* Effect.raceFirst(submitting, Deferred.await(ended))
          }
          return yield* Deferred.await(ended)
        }),
      ({ files }, exit) =>
        Effect.promise(async () => {
          const follower = this.#followed.get(job.id)
          this.#followed.delete(job.id)
          if (exit._tag === 'Failure') await this.#drop(files, follower?.at?.job)
          if (await files.counts(this.#me).catch(() => false)) await files.removeStage()
        }),
    )
  }

  async #taskFor(job: Job, mayAttach: boolean) {
    const stage = stageFolder(this.#store.places.home, job.key)
    const known = await ownerOf(stage).catch(() => undefined)
    if (known !== undefined) {
      const files = new TaskFiles(stage, known.task)
      const [task, at] = await Promise.all([files.task(), files.place()]).catch(() => [])
      if (mayAttach && at !== undefined && task !== undefined && sameWork(task.job, job)) {
        await files.claim(this.#me)
        return { files, at }
      }
      const number = at === undefined ? undefined : (await queued(at.name)).find(({ index }) => index === at.index)?.job
      if (number !== undefined) await cancel([number])
    }
    const files = new TaskFiles(stage, randomUUID())
    await files.writeTask({ job, beatSeconds })
    await files.claim(this.#me)
    return { files, at: undefined }
  }

  #notTaken(error: SlurmError, options: readonly string[]): Effect.Effect<never, StageFailure> {
    if (this.#proven) return Effect.fail(slurmFailures.notTaken(error.message, options))
    return Effect.die(slurmProblems.notTaken(error.message, options))
  }

  #refused({ title, facts, hint }: Extract<Ending, { type: 'refused' }>): Effect.Effect<never, StageFailure> {
    const node = facts.find(([label]) => label === 'node')?.[1]
    if (!this.#proven) return Effect.die(slurmProblems.node(title, facts, hint))
    if (node !== undefined) this.#unfit.add(node)
    return Effect.fail(slurmFailures.refused(title, facts, hint))
  }

  /** Cancels a job, unless another coordinator has taken it over. Cancellations within 50 ms share one call. */
  async #drop(files: TaskFiles, job: string | undefined): Promise<void> {
    if (job === undefined || !(await files.counts(this.#me).catch(() => false))) return
    this.#dropped.push(job)
    this.#dropping ??= new Promise<void>((resolve) => setTimeout(resolve, 50)).then(async () => {
      const jobs = this.#dropped
      this.#dropped = []
      this.#dropping = undefined
      await cancel(jobs)
    })
    await this.#dropping
  }

  /** Polls the files of all jobs, in turn. */
  #look(): Effect.Effect<never> {
    return Effect.gen({ self: this }, function* () {
      for (let last: Follower[] = []; ; yield* Effect.sleep(lookEvery)) {
        if (last.length === 0) last = [...this.#followed.values()]
        yield* Effect.promise(() => Promise.all(last.splice(0, lookAtMost).map((each) => each.look())))
      }
    })
  }

  /** Polls Slurm for all jobs at once. */
  #poll(): Effect.Effect<never> {
    return Effect.gen({ self: this }, function* () {
      for (;;) {
        yield* Effect.sleep(this.#asked.poll * 1000)
        const followers = [...this.#followed.values()].filter(({ at }) => at !== undefined)
        if (followers.length === 0) continue
        yield* Effect.promise(async () => {
          // A controller that does not respond says nothing about jobs.
          const states = await queued(namePrefix).catch(() => undefined)
          if (states === undefined) return
          const byPlace = new Map(states.map((state) => [`${state.name} ${state.index}`, state]))
          await Promise.all(followers.map((each) => each.told(byPlace.get(`${each.at!.name} ${each.at!.index}`))))
        })
      }
    })
  }
}

/** Whether two jobs have the same outcome: ids, path and starting point may differ. */
function sameWork(ours: Job, other: Job): boolean {
  const [a, b] = [ours, other].map(({ id: _, attempt: __, resume: ___, given: ____, expected: _____, path: ______, ...rest }) =>
    canonical(rest as unknown as Json),
  )
  return a === b
}
