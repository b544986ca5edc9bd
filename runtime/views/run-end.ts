/** How a run has ended: what failed and what stopped, the table, what every arm has made, and what is left to do. */
import type { RunEvent, StageCounts } from '../run-event.ts'
import { armGroups } from './arms.ts'
import { type ResultsTable, resultsTable } from './results-table.ts'

type EventOf<E extends RunEvent['event']> = Extract<RunEvent, { event: E }>

export interface RunEndView {
  readonly failed: readonly EventOf<'stage-failed'>[]
  readonly stopped: readonly EventOf<'stage-stopped'>[]
  readonly table: ResultsTable
  /** The store's folder. */
  readonly store: string
  /** Content addresses of the arms' networks, in the order of `seeds`; null where there is none. */
  readonly artifacts: {
    readonly seeds: readonly string[]
    readonly arms: readonly { readonly name: string; readonly bySeed: readonly (string | null)[] }[]
  }
  readonly counts: StageCounts
  /** Stages that have not come to an end. */
  readonly left: number
  readonly seconds: number
  readonly interrupted: boolean
}

/** Listens to a run for what its end has to tell. */
export class RunStory {
  readonly #store: string
  readonly #failed: EventOf<'stage-failed'>[] = []
  readonly #stopped: EventOf<'stage-stopped'>[] = []

  /** @param store its folder */
  constructor(store: string) {
    this.#store = store
  }

  note(event: RunEvent): void {
    if (event.event === 'stage-failed') this.#failed.push(event)
    else if (event.event === 'stage-stopped') this.#stopped.push(event)
  }

  end({ results, stages: counts, seconds, interrupted }: EventOf<'done'>): RunEndView {
    const groups = armGroups(results.filter(({ artifact }) => artifact !== null))
    const seeds = [...new Set(groups.flatMap(({ bySeed }) => [...bySeed.keys()]))]
    const { total, hit, run, resumed, failed, skipped } = counts
    return {
      failed: this.#failed,
      stopped: this.#stopped,
      table: resultsTable(results),
      store: this.#store,
      artifacts: {
        seeds,
        arms: groups.map(({ name, bySeed }) => ({ name, bySeed: seeds.map((seed) => bySeed.get(seed)?.artifact ?? null) })),
      },
      counts,
      left: total - hit - run - resumed - failed - skipped,
      seconds,
      interrupted,
    }
  }
}
