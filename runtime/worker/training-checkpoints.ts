/** A training's checkpoints: everything that continues it exactly, written beside it. */
import type { Numerics } from '../../stdlib/engine.ts'
import type { Trainer } from '../../stdlib/training/trainer.ts'
import { latestCheckpoint, writeCheckpoint } from '../store/checkpoints.ts'
import type { StoredTensor } from '../store/safetensors.ts'
import type { Digest, MetricPoint } from '../store/store.ts'
import type { StageContext } from './stages/stage.ts'

/** What a training counts; all of it is in a checkpoint. */
export interface TrainingCounters {
  /** Steps done in this stage. */
  step: number
  /** Sums over the epoch so far. */
  loss: number
  correct: number
  /** Points of all curves so far: those after the last checkpoint are computed again. */
  points: MetricPoint[]
  snapshots: { [epoch: string]: Digest }
}

/** Puts the trainer where the last checkpoint left it; without one, counts from 0. */
export async function resumed(context: StageContext, trainer: Trainer, numerics: Numerics): Promise<TrainingCounters> {
  const { job, layout } = context
  const fresh: TrainingCounters = { step: 0, loss: 0, correct: 0, points: [], snapshots: {} }
  if (!job.resume) return fresh
  const { checkpoint } = await latestCheckpoint(layout.checkpoints, job.key, numerics)
  const { counters } = (checkpoint ?? {}) as unknown as { counters?: TrainingCounters } // written by TrainingCheckpoints below, its digest checked
  if (checkpoint === undefined || counters === undefined) return fresh
  trainer.resume(new Map([...checkpoint.tensors].map(([name, { data }]) => [name, data as Float32Array])))
  return { ...counters, snapshots: { ...checkpoint.snapshots } }
}

/** Writes checkpoints beside the training: the state is copied out between two steps, the file is written while the next ones run. */
export class TrainingCheckpoints {
  readonly #context: StageContext
  readonly #trainer: Trainer
  readonly #numerics: Numerics
  #last = performance.now()
  #writing: Promise<void> | undefined

  constructor(context: StageContext, trainer: Trainer, numerics: Numerics) {
    this.#context = context
    this.#trainer = trainer
    this.#numerics = numerics
  }

  /** Never two at once: when the disk is slower than the interval, the interval grows. */
  due(): boolean {
    return this.#writing === undefined && performance.now() - this.#last >= this.#context.job.checkpointEvery * 1000
  }

  async write({ snapshots, ...counters }: TrainingCounters): Promise<void> {
    const { job, layout } = this.#context
    const state = await this.#trainer.state()
    const tensors = new Map<string, StoredTensor>([...state].map(([name, data]) => [name, { dtype: 'F32', shape: [data.length], data }]))
    // The points are copied: the training goes on adding to the list.
    const content = { ...counters, points: counters.points.map((point) => ({ ...point })) }
    this.#writing = writeCheckpoint(layout.checkpoints, job.key, {
      step: counters.step,
      tensors,
      counters: content,
      snapshots: { ...snapshots },
      numerics: this.#numerics,
    }).finally(() => {
      this.#writing = undefined
      this.#last = performance.now()
    })
    // A failure is raised by settle(); until then it must not count as unhandled.
    this.#failed = this.#writing.then(
      () => undefined,
      (cause: unknown) => cause,
    )
  }
  #failed: Promise<unknown> = Promise.resolve(undefined)

  /** Waits for the file being written. @throws what went wrong with it */
  async settle(): Promise<void> {
    const cause = await this.#failed
    if (cause !== undefined) throw cause
  }
}
