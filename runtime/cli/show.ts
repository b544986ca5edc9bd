/** `espalier show`: one run, or one stage, with all that the store knows of it. */

import { type StoreOptions, withStore } from '../project/existing-store.ts'
import { readRunLog, runLogFile } from '../store/folder/run-log.ts'
import { stagesOf } from '../store/sqlite/journal.ts'
import { find } from '../views/find.ts'
import { resultsIn, runRecord } from '../views/run-record.ts'
import { stageRecord } from '../views/stage-record.ts'
import { exitCodes } from './exit.ts'
import { show as print } from './skins.ts'

export interface ShowOptions extends StoreOptions {
  readonly what: string
}

export async function show({ what, json, store: directory }: ShowOptions): Promise<number> {
  await withStore({ store: directory }, async (store) => {
    const found = find(store, what)
    if (found.found === 'stage') return print({ json }, 'stage', await stageRecord(store, found.stage))
    const { run } = found
    const { index, layout } = store
    const results = resultsIn(readRunLog(layout, run.id))
    print({ json }, 'run', runRecord({ run, stages: stagesOf(index, layout, run.id), results, log: runLogFile(layout, run.id) }))
  })
  return exitCodes.done
}
