/** A runner whose jobs go as far as a test lets them: they begin, and end when told to or when asked to stop. */

import * as Effect from 'effect/Effect'
import type { StageRunner } from '../../../runtime/execution/local/stage-runner.ts'
import type { Job } from '../../../runtime/execution/protocol.ts'
import { StageFailure } from '../../../runtime/problem.ts'
import { writeArtifact } from '../../../runtime/store/artifact.ts'
import type { Store } from '../../../runtime/store/store.ts'
import { snapshotName, stepAt } from '../../../runtime/training/positions.ts'
import type { Outcome, Stopped } from '../../../runtime/worker/stage-context.ts'
import { smallNetwork } from '../store/temporary-store.ts'

type End = Outcome | Stopped | StageFailure

export class ByHand {
  /** Paths of the jobs, in the order they began. */
  readonly began: string[] = []
  readonly stopped: string[] = []
  /** Jobs in progress by path. */
  readonly #open = new Map<string, (end: End) => void>()
  readonly #store: Store
  readonly #automatic: (job: Job) => boolean

  /** @param automatic jobs that end by themselves. Default: those without steps */
  constructor(store: Store, automatic: (job: Job) => boolean = ({ work }) => work.kind !== 'train') {
    this.#store = store
    this.#automatic = automatic
  }

  /** For each slot one. */
  get runner(): Effect.Effect<StageRunner> {
    return Effect.sync(() => {
      let stop = () => {}
      return {
        run: (job, onReport) =>
          Effect.promise(async (): Promise<End> => {
            const outcome = await this.#outcomeOf(job)
            this.began.push(job.path)
            if (this.#automatic(job)) return outcome
            const ended = new Promise<End>((resolve) => this.#open.set(job.path, resolve))
            stop = () => {
              this.stopped.push(job.path)
              this.#open.get(job.path)?.({ stoppedAt: 50, steps: 100 })
              stop = () => {}
            }
            onReport({ type: 'started', steps: 100, resumedAt: job.resume ? 50 : null })
            onReport({ type: 'progress', step: 50, steps: 100, epoch: 1, epochs: 2, loss: 1, accuracy: null, stepsPerSecond: null })
            const end = await ended
            return 'artifact' in end ? outcome : end
          }).pipe(Effect.flatMap((end) => (end instanceof StageFailure ? Effect.fail(end) : Effect.succeed(end)))),
        stop: () => stop(),
        kill: () => {},
      }
    })
  }

  /** Lets a job come to its end. */
  finish(path: string): void {
    this.#open.get(path)!({ artifact: null, snapshots: {}, metrics: {}, numerics: null })
  }

  fail(path: string, failure: StageFailure): void {
    this.#open.get(path)!(failure)
  }

  async #outcomeOf({ work, key, keep }: Job): Promise<Outcome> {
    const seed = Number.parseInt(key.slice(0, 6), 16)
    const write = (n: number) => writeArtifact(this.#store.objects, smallNetwork(seed + n))
    const snapshots = Object.fromEntries(await Promise.all(keep.map(async (at) => [snapshotName(at), await write(stepAt(at, 1))])))
    return { artifact: work.kind === 'evaluate' ? null : await write(0), snapshots, metrics: {}, numerics: null }
  }
}

/** Waits, a turn of the event loop at a time, until something holds. */
export async function until(holds: () => boolean): Promise<void> {
  for (let left = 5000; !holds(); left--) {
    if (left === 0) throw new Error('waited in vain')
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
