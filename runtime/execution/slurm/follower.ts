/** The coordinator's view of one submission: its files, and the state of its job in Slurm. */
import { readFile } from 'node:fs/promises'
import { StageFailure } from '../../problem.ts'
import { asFailure } from '../../worker/problems.ts'
import type { JobEvent } from '../executor.ts'
import { accounted, type JobState } from './commands.ts'
import type { Ended } from './messages.ts'
import { slurmFailures } from './problems.ts'
import type { Place, TaskFiles } from './tasks.ts'

export type Ending =
  | Extract<Ended['end'], { type: 'done' | 'refused' }>
  | (Pick<Extract<Ended['end'], { type: 'stopped' }>, 'step' | 'steps' | 'because'> & { readonly type: 'stopped' })
  | { readonly type: 'failed'; readonly failure: StageFailure }
  /** Slurm gave the node to another job. */
  | { readonly type: 'preempted' }
  /** Ended at its time limit, without a message. */
  | { readonly type: 'timeout'; readonly because: 'limit' }

export interface FollowerOptions {
  readonly files: TaskFiles
  readonly onEvent: (event: JobEvent) => void
  readonly pollSeconds: number
  /** Cancels the job. */
  readonly drop: (job: string | undefined) => Promise<void>
  /** Called at the first heartbeat. */
  readonly onProven: () => void
  readonly settle: (ending: Ending) => void
}

/** Final states of jobs; in all others a job may still finish. */
const over = ['COMPLETED', 'CANCELLED', 'FAILED', 'TIMEOUT', 'PREEMPTED', 'NODE_FAIL', 'BOOT_FAIL', 'DEADLINE', 'OUT_OF_MEMORY']

/** Seconds without a heartbeat after which a job that Slurm lists as running is given up: network file systems may be a minute late. */
const silenceSeconds = 180

export class Follower {
  readonly #options: FollowerOptions
  /** Known once Slurm has accepted it. */
  at: Place | undefined
  #node: string | undefined
  #settled = false
  #stopping = false
  /** The start that is followed, and what has been read from it. */
  #run: number | undefined
  #beat = -1
  #started = false
  #step = -1
  #points = 0
  /** It ended on a signal of Slurm, which may restart it. */
  #terminated: Extract<Ending, { type: 'stopped' }> | undefined
  /** Polls in which Slurm listed the job as over or not at all, and seconds without a heartbeat. */
  #overFor = 0
  #quiet = 0

  constructor(options: FollowerOptions) {
    this.#options = options
  }

  /** Requests a checkpoint from a running job; cancels a pending one. */
  stop(): void {
    this.#stopping = true
    if (this.#run === undefined) this.drop(slurmFailures.ended())
    else void this.#options.files.askToStop().catch(() => this.drop(slurmFailures.ended()))
  }

  drop(failure: StageFailure): void {
    this.#settle({ type: 'failed', failure })
    void this.#options.drop(this.at?.job)
  }

  async look(): Promise<void> {
    if (this.#settled || this.at === undefined) return
    try {
      await this.#read()
    } catch (cause) {
      this.drop(asFailure(cause))
    }
  }

  /** @param state undefined when Slurm does not list the job */
  async told(state: JobState | undefined): Promise<void> {
    if (this.#settled || this.at === undefined) return
    this.at = { ...this.at, job: state?.job ?? this.at.job }
    this.#node = state?.node ?? this.#node
    if (state !== undefined && !over.includes(state.state)) {
      this.#overFor = 0
      this.#quiet = state.state === 'RUNNING' ? this.#quiet + this.#options.pollSeconds : 0
      if (this.#quiet > silenceSeconds) this.drop(slurmFailures.silent(this.#job, this.#node, this.#quiet))
      return
    }
    // Its last files may not be visible yet, and a job that was just submitted not listed yet.
    this.#overFor++
    await this.look()
    if (this.#settled || this.#overFor < 2) return
    const known = state ?? (this.at.job === undefined ? undefined : (await accounted([this.at.job]))[0])
    this.#settle(await this.#verdict(known?.state))
  }

  get #job(): string {
    return this.at?.job ?? `${this.at?.name}, ${this.at?.index}`
  }

  async #read(): Promise<void> {
    const { files, onEvent } = this.#options
    const last = await files.lastRun()
    if (last === undefined) return
    if (last !== this.#run) {
      this.#run = last
      this.#beat = this.#step = -1
      this.#points = 0
      this.#started = false
      this.#terminated = undefined
    }
    const run = files.run(last)
    // In this order: reports that precede the end are emitted before it.
    const ended = await run.ended()
    const status = await run.status()
    if (this.#settled) return
    if (status !== undefined && status.beat !== this.#beat) {
      if (this.#beat === -1) {
        this.#options.onProven()
        onEvent({ type: 'assigned', by: `job ${this.#job} on ${status.node}` })
        if (this.#stopping) this.stop()
      }
      this.#beat = status.beat
      this.#quiet = 0
      this.#node = status.node
      if (status.started !== null && !this.#started) {
        this.#started = true
        onEvent(status.started)
      }
      for (; this.#points < status.points; this.#points++) {
        const points = await run.points(this.#points)
        if (points === undefined) break
        onEvent(points)
      }
      if (status.progress !== null && status.progress.step !== this.#step) {
        this.#step = status.progress.step
        onEvent(status.progress)
      }
    }
    if (ended !== undefined) this.#heardEnd(ended.end)
  }

  #heardEnd(end: Ended['end']): void {
    if (end.type === 'failed') {
      const { type: _, ...fields } = end
      this.#settle({ type: 'failed', failure: new StageFailure(fields) })
    } else if (end.type === 'stopped' && end.because === 'terminated' && !this.#stopping) this.#terminated = end
    else if (end.type === 'stopped' && this.#stopping) this.#settle({ ...end, because: 'asked' })
    else this.#settle(end)
  }

  async #verdict(state: string | undefined): Promise<Ending> {
    const [job, node] = [this.#job, this.#node]
    const failed = (failure: StageFailure): Ending => ({ type: 'failed', failure })
    if (state === 'CANCELLED') return failed(slurmFailures.cancelled(job, node))
    if (this.#terminated !== undefined) return this.#terminated
    if (state === 'PREEMPTED') return { type: 'preempted' }
    if (state === 'TIMEOUT' || state === 'DEADLINE') return { type: 'timeout', because: 'limit' }
    if (state === 'NODE_FAIL' || state === 'BOOT_FAIL') return failed(slurmFailures.nodeLost(job, node, state))
    if (state === 'OUT_OF_MEMORY') return failed(slurmFailures.outOfMemory(job, node))
    const words = await this.#lastWords()
    if (this.#run === undefined && state !== undefined)
      return failed(slurmFailures.neverBegan(job, node, state, this.#options.files.folder, words))
    return failed(slurmFailures.gone(job, state, words))
  }

  /** The end of the job's log. */
  async #lastWords(): Promise<string> {
    const text = this.at === undefined ? '' : await readFile(this.#options.files.logFile(this.at), 'utf8').catch(() => '')
    return text.trim().slice(-1000)
  }

  #settle(ending: Ending): void {
    if (this.#settled) return
    this.#settled = true
    this.#options.settle(ending)
  }
}
