/** `espalier show`: one run, or one stage, with all that the store knows of it. */

import type { ArmResult } from '../run-event.ts'
import { readRunLog, runLogFile } from '../store/folder/run-log.ts'
import { stagesOf } from '../store/sqlite/journal.ts'
import { runDetails } from '../terminal/run-view.ts'
import { stageDetails } from '../terminal/stage-view.ts'
import { armStatistics } from '../terminal/statistics.ts'
import { find } from '../views/find.ts'
import { stageRecord } from '../views/stage-record.ts'
import { exitCodes } from './exit.ts'
import { print, type StoreOptions, withStore } from './open-existing.ts'

export interface ShowOptions extends StoreOptions {
  readonly what: string
}

export async function show({ what, json, store: directory }: ShowOptions): Promise<number> {
  await withStore({ store: directory }, async (store) => {
    const found = find(store, what)
    if (found.found === 'run') {
      const { run } = found
      const { index, layout } = store
      const end = readRunLog(layout, run.id).findLast(({ event }) => event === 'done')
      const results = Array.isArray(end?.results) ? (end.results as unknown as ArmResult[]) : [] // as the scheduler told them
      const shown = { run, stages: stagesOf(index, layout, run.id), results, log: runLogFile(layout, run.id) }
      print(
        json,
        () => ({
          found: 'run',
          ...run,
          started: new Date(run.started).toISOString(),
          stages: shown.stages,
          counts: run.stages,
          results,
          statistics: armStatistics(results),
          log: shown.log,
        }),
        () => runDetails(shown),
      )
    } else {
      const record = await stageRecord(store, found.stage)
      print(
        json,
        () => ({ found: 'stage', ...record }),
        () => stageDetails(record, process.stdout.columns || 80),
      )
    }
  })
  return exitCodes.done
}
