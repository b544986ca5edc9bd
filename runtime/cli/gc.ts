/** `espalier gc`: removes what no pipeline, recent run or pin needs. */

import { withStore } from '../project/existing-store.ts'
import { collect, findGarbage } from '../store/maintenance/gc.ts'
import type { StoreAsked } from '../store/place.ts'
import { garbageView } from '../views/maintenance.ts'
import { exitCodes } from './exit.ts'
import type { Asked } from './skin-flags.ts'
import { show } from './skins.ts'

export interface GcCommand extends StoreAsked, Asked {
  readonly dryRun: boolean
  /** Bytes. */
  readonly budget: number
  readonly keepRuns: number
}

export async function gc({ dryRun, budget, keepRuns, ...options }: GcCommand): Promise<number> {
  const garbage = await withStore(options, async (store) => {
    const found = await findGarbage(store, { budget, keepRuns })
    if (!dryRun) await collect(store, found)
    return found
  })
  show(options, 'garbage', garbageView(garbage, { removed: !dryRun, budget }))
  return exitCodes.done
}
