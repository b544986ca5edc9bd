/** How a run has ended: what failed and what stopped, the table, and what is left to do. */
import type { MachineKind, RunEvent, StageCounts } from '../run-event.ts'
import { type ArmCounts, Progress } from './progress.ts'
import { type ResultsTable, resultsTable } from './results-table.ts'

type EventOf<E extends RunEvent['event']> = Extract<RunEvent, { event: E }>

export interface RunEndView {
  readonly failed: readonly EventOf<'stage-failed'>[]
  readonly stopped: readonly EventOf<'stage-stopped'>[]
  readonly table: ResultsTable
  /** When there are several. */
  readonly machineKinds: readonly MachineKind[]
  readonly arms: ArmCounts
  readonly counts: StageCounts
  /** Stages that have not come to an end. */
  readonly left: number
  readonly seconds: number
  readonly interrupted: boolean
}

/** Listens to a run for what its end has to tell. */
export class RunStory {
  readonly #progress = new Progress()
  readonly #failed: EventOf<'stage-failed'>[] = []
  readonly #stopped: EventOf<'stage-stopped'>[] = []

  note(event: RunEvent): void {
    this.#progress.note(event, 0)
    if (event.event === 'stage-failed') this.#failed.push(event)
    else if (event.event === 'stage-stopped') this.#stopped.push(event)
  }

  end({ results, stages: counts, seconds, interrupted, machineKinds = [] }: EventOf<'done'>): RunEndView {
    const { total, hit, run, resumed, failed, skipped } = counts
    return {
      failed: this.#failed,
      stopped: this.#stopped,
      table: resultsTable(results),
      machineKinds,
      arms: this.#progress.view(0).armCounts,
      counts,
      left: total - hit - run - resumed - failed - skipped,
      seconds,
      interrupted,
    }
  }
}
