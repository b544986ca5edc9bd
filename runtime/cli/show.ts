/** `espalier show`: one run, or one stage, with all that the store knows of it. */

import { withStore } from '../project/existing-store.ts'
import type { StoreAsked } from '../store/place.ts'
import { find } from '../views/find.ts'
import { resultsIn, runRecord } from '../views/run-record.ts'
import { stageRecord } from '../views/stage-record.ts'
import { exitCodes } from './exit.ts'
import type { Asked } from './skin-flags.ts'
import { show as print } from './skins.ts'

export interface ShowOptions extends StoreAsked, Asked {
  readonly what: string
}

export async function show({ what, ...options }: ShowOptions): Promise<number> {
  await withStore(options, async (store) => {
    const found = await find(store, what)
    if (found.found === 'stage') return print(options, 'stage', await stageRecord(store, found.stage))
    const { run } = found
    const { journal } = store
    const results = resultsIn(await journal.readLog(run.id))
    print(options, 'run', runRecord({ run, stages: await journal.stagesOf(run.id), results, log: journal.whereIs(run.id) }))
  })
  return exitCodes.done
}
