/** Summary of a finished run: failed and stopped stages, the table, and what is left to do. */
import type { MachineKind, RunEvent, StageCounts } from '../run-event.ts'
import { type ArmCounts, Progress } from './progress.ts'
import { type ResultsTable, resultsTable } from './results-table.ts'

type EventOf<E extends RunEvent['event']> = Extract<RunEvent, { event: E }>

export interface RunEndView {
  readonly failed: readonly EventOf<'stage-failed'>[]
  readonly stopped: readonly EventOf<'stage-stopped'>[]
  readonly table: ResultsTable
  /** If there is more than one. */
  readonly machineKinds: readonly MachineKind[]
  readonly arms: ArmCounts
  readonly counts: StageCounts
  /** Stages that did not finish. */
  readonly left: number
  readonly seconds: number
  readonly interrupted: boolean
}

/** Collects the events that the summary needs. */
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
