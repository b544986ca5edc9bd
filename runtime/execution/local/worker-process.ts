/** The scheduler's side of a worker: a child process that runs one job at a time and is killed when its heartbeats stop. */

import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Schema from 'effect/Schema'
import type * as Scope from 'effect/Scope'
import { StageFailure } from '../../problem.ts'
import type { StageLogs } from '../../store/stage-logs.ts'
import type { StoreFiles } from '../../store/store.ts'
import { oomKills, saysOutOfMemory } from '../../worker/oom-kills.ts'
import { failures } from '../../worker/problems.ts'
import type { Outcome, Stopped } from '../../worker/stage-context.ts'
import type { JobEvent } from '../executor.ts'
import { FromWorker, isMarked, type Job, type ToWorker } from '../protocol.ts'
import { AttemptLog } from './attempt-log.ts'
import { readMessages } from './channel.ts'

export interface WorkerOptions {
  readonly store: Pick<StoreFiles, 'places' | 'logs'>
  /** Module that the process runs. Default: the worker beside this module. */
  readonly entry?: string
  /** Seconds without a message after which the process is killed. Default 60. */
  readonly silenceSeconds?: number
  /** Environment variables, in addition to those of this process. */
  readonly env?: NodeJS.ProcessEnv
}

type End = Effect.Effect<Outcome | Stopped, StageFailure>

/** The running job. */
interface Current {
  readonly job: Job
  readonly onEvent: (event: JobEvent) => void
  readonly settle: (end: End) => void
}

const decode = Schema.decodeUnknownExit(FromWorker)

export class WorkerProcess {
  readonly #child: ChildProcess
  readonly #logs: StageLogs
  readonly #silenceMs: number
  readonly #nonce: string = randomUUID()
  readonly #oomBefore = oomKills()
  #lastWords = ''
  /** Of the running or last job: output may arrive after the job has ended. */
  #log: AttemptLog | undefined
  #current: Current | undefined
  /** Time since the last message, in tenths of the limit. */
  #quiet = 0
  /** Why the process did not start. */
  #broken: StageFailure | undefined
  /** Killed or shutting down: it gets no more jobs, even if it still runs. */
  #ending = false

  private constructor(child: ChildProcess, { store, silenceSeconds = 60 }: WorkerOptions) {
    this.#child = child
    this.#logs = store.logs
    this.#silenceMs = silenceSeconds * 1000
    child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#log?.output(text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      const said = withoutNoise(text)
      this.#lastWords = (this.#lastWords + said).slice(-2000)
      this.#log?.output(said)
    })
    child.once('close', () => this.#log?.close())
    child.on('error', ({ message }) => {
      this.#broken = failures.notStarted(message)
      this.#give(Effect.fail(this.#broken))
    })
    const [toWorker, fromWorker] = [child.stdio?.[3] as Writable | undefined, child.stdio?.[4] as Readable | undefined]
    toWorker?.on('error', () => {}) // a worker that ends meanwhile is detected by its exit
    if (fromWorker === undefined) return // it did not start, and 'error' reports it
    readMessages(fromWorker, (message) => this.#hear(message))
    // Messages that it sent before its end are read first.
    fromWorker.once('close', () => {
      this.kill()
      this.#exited(() => this.#silenced(() => this.#give(Effect.fail(this.#death()))))
    })
    this.#send({ type: 'begin', nonce: this.#nonce })
  }

  /** Starts a process; it is ended when the scope closes. */
  static start(options: WorkerOptions): Effect.Effect<WorkerProcess, StageFailure, Scope.Scope> {
    const { entry = defaultEntry(), store, env } = options
    return Effect.acquireRelease(
      Effect.try({
        try: () => {
          const stdio = ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'] as const
          return new WorkerProcess(
            // Its heap is small, and threads of the garbage collector would take time from other trainings.
            spawn(process.execPath, ['--single-threaded-gc', entry, store.places.home, store.places.objects], {
              stdio: [...stdio],
              env: { ...process.env, ...env },
            }),
            options,
          )
        },
        catch: (cause) => failures.notStarted(String(cause)),
      }),
      (worker) => worker.#end(),
    )
  }

  /** Whether it can take another job. */
  get usable(): boolean {
    return !this.#ending && !this.#isOver
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Runs a job to its end. Interruption, a timeout and a message of another job kill the process; interruption waits for its exit. */
  run(job: Job, onEvent: (event: JobEvent) => void): End {
    return Effect.suspend(() => {
      this.#log?.close()
      const log = new AttemptLog(this.#logs, job, this.pid)
      this.#log = log
      const heard = (event: JobEvent) => {
        log.event(event)
        onEvent(event)
      }
      return Effect.onExit(Effect.raceFirst(this.#carryOut(job, heard), this.#silence()), (exit) => Effect.sync(() => log.end(exit)))
    })
  }

  /** Requests a checkpoint at the next step. */
  stop(): void {
    if (this.#current === undefined) return
    const { id, attempt } = this.#current.job
    this.#send({ type: 'stop', id, attempt })
  }

  kill(): void {
    this.#ending = true
    this.#child.kill('SIGKILL')
  }

  #carryOut(job: Job, onEvent: (event: JobEvent) => void): End {
    return Effect.callback<Outcome | Stopped, StageFailure>((resume) => {
      const settle = (end: End) => {
        this.#current = undefined
        resume(end)
      }
      if (!this.usable) return settle(Effect.fail(this.#death()))
      this.#current = { job, onEvent, settle }
      this.#send({ type: 'run', job })
      onEvent({ type: 'assigned', worker: this.pid })
      const over = Effect.callback<void>((gone) => {
        this.#current = undefined
        this.kill()
        this.#exited(() => gone(Effect.void))
      })
      return Effect.raceFirst(over, Effect.sleep(1000)) // a system call of the worker may hang
    })
  }

  /** Fails after too long without a message. Counts sleeps, so that time in which this machine was suspended does not count. */
  #silence(): Effect.Effect<never, StageFailure> {
    return Effect.gen({ self: this }, function* () {
      for (this.#quiet = 0; this.#quiet < 10; this.#quiet++) yield* Effect.sleep(this.#silenceMs / 10)
      return yield* Effect.fail(failures.silent(this.#silenceMs / 1000))
    })
  }

  #hear(sent: unknown): void {
    this.#quiet = 0
    const current = this.#current
    if (current === undefined || !isMarked(sent, { nonce: this.#nonce, ...current.job })) {
      this.#refuse(failures.notOfTheJob())
      return
    }
    const decoded = decode(sent.message)
    if (Exit.isFailure(decoded)) this.#refuse(failures.notUnderstood(String(decoded.cause)))
    else this.#take(decoded.value, current)
  }

  #take(message: FromWorker, { onEvent, settle }: Current): void {
    if (message.type === 'started' || message.type === 'progress' || message.type === 'metrics') onEvent(message)
    else if (message.type === 'done') settle(Effect.succeed(message.outcome))
    else if (message.type === 'stopped') settle(Effect.succeed({ stoppedAt: message.step, steps: message.steps }))
    else if (message.type === 'failed') settle(Effect.fail(failureOf(message)))
  }

  #refuse(failure: StageFailure): void {
    this.kill()
    this.#give(Effect.fail(failure))
  }

  #give(end: End): void {
    this.#current?.settle(end)
  }

  #send(message: ToWorker): void {
    const toWorker = this.#child.stdio[3] as Writable
    toWorker.write(`${JSON.stringify(message)}\n`)
  }

  get #isOver(): boolean {
    return this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  #exited(then: () => void): void {
    if (this.#isOver) then()
    else this.#child.once('exit', then)
  }

  /** Waits for the end of stderr, which may come after the exit; at most 1 s, since a child of the worker may keep it open. */
  #silenced(then: () => void): void {
    const { stderr } = this.#child
    if (stderr === null || stderr.closed) {
      then()
      return
    }
    const patience = setTimeout(() => stderr.destroy(), 1000)
    stderr.once('close', () => {
      clearTimeout(patience)
      then()
    })
  }

  /** Closes the worker's pipe, on which it exits; kills it after 1 s. */
  #end(): Effect.Effect<void> {
    this.#ending = true
    const toWorker = this.#child.stdio?.[3] as Writable | undefined
    toWorker?.end()
    const over = Effect.callback<void>((resume) => this.#exited(() => resume(Effect.void)))
    const hung = Effect.andThen(
      Effect.sleep(1000),
      Effect.sync(() => this.kill()),
    )
    return Effect.raceFirst(over, Effect.andThen(hung, over))
  }

  #death(): StageFailure {
    if (this.#broken !== undefined) return this.#broken
    const { exitCode, signalCode } = this.#child
    const how = signalCode === null ? `exit code ${exitCode}` : `signal ${signalCode}`
    if (signalCode === 'SIGKILL' && oomKills() > this.#oomBefore) return failures.outOfMemory(how)
    const lastWords = this.#lastWords.trim()
    return saysOutOfMemory(lastWords) ? failures.outOfMemory(how, lastWords) : failures.lost(how, lastWords)
  }
}

function failureOf({ type: _, ...fields }: Extract<FromWorker, { type: 'failed' }>): StageFailure {
  return new StageFailure(fields)
}

/** Beside this module: bundled, or in the source tree. */
function defaultEntry(): string {
  return fileURLToPath(import.meta.url.endsWith('.ts') ? new URL('./main.ts', import.meta.url) : new URL('./worker.js', import.meta.url))
}

/** Without lines that TensorFlow prints at every log level. */
function withoutNoise(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/absl::InitializeLog|oneDNN custom operations/.test(line))
    .join('\n')
}
