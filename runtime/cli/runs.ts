/** `espalier runs`: what was run in a store, the newest first. */

import { withStore } from '../project/existing-store.ts'
import type { RunsAsked } from '../store/journal.ts'
import type { StoreAsked } from '../store/place.ts'
import { listedRun } from '../views/run-record.ts'
import { exitCodes } from './exit.ts'
import type { Asked } from './skin-flags.ts'
import { show } from './skins.ts'

export interface RunsOptions extends StoreAsked, Asked, Pick<RunsAsked, 'status' | 'file'> {
  readonly last: number
}

export async function runs({ status, file, last, ...options }: RunsOptions): Promise<number> {
  const found = await withStore(options, ({ journal }) => journal.runs({ status, file, most: last }))
  show(options, 'runs', { runs: found.map(listedRun) })
  return exitCodes.done
}
