/** The workers of a store, and its detached runs. */
import type { WorkerFacts } from '../store/shared-work.ts'
import type { Store } from '../store/store.ts'

export interface WorkersView {
  readonly workers: readonly (WorkerFacts & {
    /** `process 12 on b` */
    readonly by: string
    /** Seconds since it connected. */
    readonly seconds: number
    readonly stages: readonly { readonly path: string; readonly seconds: number }[]
  })[]
  /** Stages in the queue, not yet taken by a worker. */
  readonly waiting: number
  /** Runs without an attached terminal. */
  readonly runs: readonly { readonly id: string; readonly file: string; readonly target: string; readonly coordinatedBy: string | null }[]
}

export async function workersOf({ shared }: Store): Promise<WorkersView> {
  if (shared === undefined) return { workers: [], waiting: 0, runs: [] }
  const members = await shared.crew.members()
  return {
    workers: members.map(({ facts, by, since, now, jobs }) => ({
      ...facts,
      by,
      seconds: (now - since) / 1000,
      stages: jobs.map(({ path, since: taken }) => ({ path, seconds: (now - taken) / 1000 })),
    })),
    waiting: await shared.jobs.waiting(),
    runs: (await shared.coordinations.all()).map(({ id, file, target, by }) => ({ id, file, target, coordinatedBy: by })),
  }
}
