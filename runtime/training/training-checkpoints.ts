/** A training's checkpoints: everything that continues it exactly, written beside it. */

import type { Numerics } from '../../stdlib/engine.ts'
import type { Trainer } from '../../stdlib/training/trainer.ts'
import { StoreProblem } from '../problem.ts'
import type { Digest } from '../store/address.ts'
import { decodeCheckpoint, encodeCheckpoint } from '../store/checkpoint-file.ts'
import { type Checkpoint, latestCheckpoint, numericsDiffer } from '../store/checkpoints.ts'
import type { StoredTensor } from '../store/safetensors.ts'
import type { StageContext } from '../worker/stage-context.ts'
import type { TrainingCounters } from './counters.ts'
import { snapshotName } from './step.ts'

type Resuming = Pick<StageContext, 'job' | 'objects' | 'checkpoints'>

/** Puts the trainer where the last checkpoint left it, or where a shorter training ended; without either, counts from 0. */
export async function resumed(context: Resuming, trainer: Pick<Trainer, 'resume'>, numerics: Numerics): Promise<TrainingCounters> {
  const { job, checkpoints } = context
  const fresh: TrainingCounters = { step: 0, loss: 0, correct: 0, points: [], snapshots: { ...job.given }, weights: {} }
  const checkpoint = job.resume ? (await latestCheckpoint(checkpoints, job.key, numerics)).checkpoint : await shorter(context, numerics)
  const { counters } = (checkpoint ?? {}) as unknown as { counters?: TrainingCounters } // written by TrainingCheckpoints below, its digest checked
  if (checkpoint === undefined || counters === undefined) return fresh
  trainer.resume(new Map([...checkpoint.tensors].map(([name, { data }]) => [name, data as Float32Array])))
  return { ...fresh, ...counters, snapshots: { ...job.given, ...checkpoint.snapshots } }
}

/** A cache: when it has gone since it was planned with, or is another machine's, the training starts over. */
async function shorter({ job, objects }: Resuming, numerics: Numerics): Promise<Checkpoint | undefined> {
  if (job.continueFrom === null) return undefined
  try {
    const state = decodeCheckpoint(await objects.get(job.continueFrom), `training state ${job.continueFrom}`)
    return state === undefined || numericsDiffer(state.numerics, numerics).length > 0 ? undefined : state
  } catch (problem) {
    if (problem instanceof StoreProblem) return undefined
    throw problem
  }
}

/** Writes checkpoints beside the training: the state is copied out between two steps, the file is written while the next ones run. */
export class TrainingCheckpoints {
  readonly #context: Resuming
  readonly #trainer: Pick<Trainer, 'state'>
  readonly #numerics: Numerics
  readonly #counters: TrainingCounters
  #last = performance.now()
  #writing: Promise<void> | undefined

  constructor(context: Resuming, trainer: Pick<Trainer, 'state'>, numerics: Numerics, counters: TrainingCounters) {
    this.#context = context
    this.#trainer = trainer
    this.#numerics = numerics
    this.#counters = counters
  }

  /** Never two at once: when the disk is slower than the interval, the interval grows. @throws what went wrong with the last one */
  due(): boolean {
    if (this.#problem !== undefined) throw this.#problem
    return this.#writing === undefined && performance.now() - this.#last >= this.#context.job.checkpointEvery * 1000
  }

  async write(): Promise<void> {
    const { job, checkpoints } = this.#context
    const replays = job.stopAfter === null ? {} : { replays: snapshotName(job.stopAfter) }
    this.#writing = checkpoints.write(job.key, { ...(await this.#checkpoint(this.#counters)), ...replays }).finally(() => {
      this.#writing = undefined
      this.#last = performance.now()
    })
    // A failure is raised by due() or settle(); until then it must not count as unhandled.
    this.#settled = this.#writing.catch((cause: unknown) => {
      this.#problem = cause
    })
  }
  #settled: Promise<void> = Promise.resolve()
  #problem: unknown

  /** The end of the training as an object, for longer ones; there is none when there is no room for it. */
  async keep(): Promise<void> {
    try {
      // Which snapshots this one kept is its own affair.
      this.kept = await this.#context.objects.put(encodeCheckpoint(await this.#checkpoint({ ...this.#counters, snapshots: {} })))
    } catch (problem) {
      if (!(problem instanceof StoreProblem && problem.kind === 'disk-full')) throw problem
    }
  }
  kept: Digest | undefined

  async #checkpoint({ snapshots, best, ...counters }: TrainingCounters): Promise<Checkpoint> {
    const state = await this.#trainer.state()
    const tensors = new Map<string, StoredTensor>([...state].map(([name, data]) => [name, { dtype: 'F32', shape: [data.length], data }]))
    // Copied: the training goes on adding to them.
    const lowest = best === undefined ? {} : { best: { ...best, validation: { ...best.validation }, test: { ...best.test } } }
    const content = { ...counters, ...lowest, points: counters.points.map((point) => ({ ...point })), weights: { ...counters.weights } }
    return { step: counters.step, tensors, counters: content, snapshots: { ...snapshots }, numerics: this.#numerics }
  }

  /** Waits for the file being written. @throws what went wrong with it */
  async settle(): Promise<void> {
    await this.#settled
    if (this.#problem !== undefined) throw this.#problem
  }
}
