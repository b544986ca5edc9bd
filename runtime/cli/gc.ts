/** `espalier gc`: removes what no pipeline, recent run or pin needs. */
import { collect, findGarbage } from '../store/maintenance/gc.ts'
import { garbageLines } from '../terminal/care-view.ts'
import { exitCodes } from './exit.ts'
import { print, type StoreOptions, withStore } from './open-existing.ts'

export interface GcCommand extends StoreOptions {
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
  print(
    options.json,
    () => ({ removed: !dryRun, ...garbage }),
    () => garbageLines(garbage, budget, !dryRun),
  )
  return exitCodes.done
}
