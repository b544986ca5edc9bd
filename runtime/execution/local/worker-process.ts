/** The scheduler's side of a worker: a child process that takes one job at a time, is listened to, and is ended when it goes silent. */

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import * as Effect from 'effect/Effect'
import * as Exit from 'effect/Exit'
import * as Schema from 'effect/Schema'
import { StageFailure } from '../../problem.ts'
import { oomKills, saysOutOfMemory } from '../../worker/oom-kills.ts'
import { failures } from '../../worker/problems.ts'
import type { Outcome, Stopped } from '../../worker/stage-context.ts'
import { FromWorker, type Job, type ToWorker } from '../protocol.ts'
import { AttemptLog } from './attempt-log.ts'

export type WorkerReport = Extract<FromWorker, { type: 'started' | 'progress' | 'metrics' }>

export interface WorkerOptions {
  /** Module that the process runs. Default: the worker beside this module. */
  readonly entry?: string
  /** Silence after which the process is ended. Default 60. */
  readonly silenceSeconds?: number
  /** Variables of its environment, beside those of this process. */
  readonly env?: NodeJS.ProcessEnv | undefined
}

const decode = Schema.decodeUnknownExit(FromWorker)

export class WorkerProcess {
  readonly #child: ChildProcess
  readonly #silenceMs: number
  readonly #oomBefore = oomKills()
  #lastWords = ''
  /** Of the running job, or the last one: what it wrote may come after it has ended. */
  #log: AttemptLog | undefined

  private constructor(child: ChildProcess, silenceSeconds: number) {
    this.#child = child
    this.#silenceMs = silenceSeconds * 1000
    child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#log?.output(text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      const said = withoutNoise(text)
      this.#lastWords = (this.#lastWords + said).slice(-2000)
      this.#log?.output(said)
    })
    child.once('close', () => this.#log?.close())
  }

  /** Starts a process; it is ended when the scope closes. */
  static start({
    entry = defaultEntry(),
    silenceSeconds = 60,
    env,
  }: WorkerOptions = {}): Effect.Effect<WorkerProcess, StageFailure, import('effect/Scope').Scope> {
    return Effect.acquireRelease(
      Effect.try({
        try: () =>
          new WorkerProcess(
            fork(entry, [], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [], env: { ...process.env, ...env } }),
            silenceSeconds,
          ),
        catch: (cause) => failures.notStarted(String(cause)),
      }),
      (worker) => Effect.promise(() => worker.#end()),
    )
  }

  /** Whether it can take another job. */
  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && this.#child.connected
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Runs a job to its end. Ended by its fiber's interruption, by silence, or by a message that does not decode. */
  run(job: Job, onReport: (report: WorkerReport) => void): Effect.Effect<Outcome | Stopped, StageFailure> {
    return Effect.suspend(() => {
      this.#log?.close()
      const log = new AttemptLog(job, this.pid)
      this.#log = log
      const listener = (report: WorkerReport) => {
        log.report(report)
        onReport(report)
      }
      return Effect.onExit(this.#carryOut(job, listener), (exit) => Effect.sync(() => log.end(exit)))
    })
  }

  #carryOut(job: Job, onReport: (report: WorkerReport) => void): Effect.Effect<Outcome | Stopped, StageFailure> {
    return Effect.callback<Outcome | Stopped, StageFailure>((resume) => {
      const child = this.#child
      const settle = (effect: Effect.Effect<Outcome | Stopped, StageFailure>) => {
        clearTimeout(silence)
        child.off('message', listen).off('exit', ended).off('error', broken)
        resume(effect)
      }
      const giveUp = (failure: StageFailure) => {
        settle(Effect.fail(failure))
        child.kill('SIGKILL')
      }
      const silent = () => giveUp(failures.silent(this.#silenceMs / 1000))
      let silence = setTimeout(silent, this.#silenceMs)
      const listen = (message: unknown) => {
        clearTimeout(silence)
        silence = setTimeout(silent, this.#silenceMs)
        const decoded = decode(message)
        if (Exit.isFailure(decoded)) {
          giveUp(failures.notUnderstood(String(decoded.cause)))
          return
        }
        const { value } = decoded
        if (value.type === 'started' || value.type === 'progress' || value.type === 'metrics') onReport(value)
        else if (value.type === 'done') settle(Effect.succeed(value.outcome))
        else if (value.type === 'stopped') settle(Effect.succeed({ stoppedAt: value.step, steps: value.steps }))
        else if (value.type === 'failed') settle(Effect.fail(failureOf(value)))
      }
      const ended = (code: number | null, signal: NodeJS.Signals | null) => settle(Effect.fail(this.#deathOf(code, signal)))
      const broken = (error: Error) => settle(Effect.fail(failures.notStarted(error.message)))
      child.on('message', listen).on('exit', ended).on('error', broken)
      if (this.alive) this.#send({ type: 'run', job })
      else if (child.exitCode !== null || child.signalCode !== null) ended(child.exitCode, child.signalCode)
      return Effect.sync(() => settle(Effect.interrupt))
    })
  }

  /** Asks for a checkpoint at the next step. */
  stop(): void {
    if (this.alive) this.#send({ type: 'stop' })
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #send(message: ToWorker): void {
    // A worker that ends meanwhile is noticed by its exit.
    this.#child.send(message, () => {})
  }

  async #end(): Promise<void> {
    const child = this.#child
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    // Losing its scheduler ends it; a hung one is killed.
    if (child.connected) child.disconnect()
    const hung = setTimeout(() => child.kill('SIGKILL'), 1000)
    await exited
    clearTimeout(hung)
  }

  #deathOf(code: number | null, signal: NodeJS.Signals | null): StageFailure {
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`
    if (signal === 'SIGKILL' && oomKills() > this.#oomBefore) return failures.outOfMemory(how)
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

/** TensorFlow announces itself on stderr whatever its log level. */
function withoutNoise(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/absl::InitializeLog|oneDNN custom operations/.test(line))
    .join('\n')
}
