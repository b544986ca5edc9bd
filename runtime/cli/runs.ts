/** `espalier runs`: what was run in a store, the newest first. */

import type { RunsAsked } from '../store/journal.ts'
import { runsOf } from '../store/sqlite/journal.ts'
import { runLines } from '../terminal/run-view.ts'
import { exitCodes } from './exit.ts'
import { print, type StoreOptions, withStore } from './open-existing.ts'

export interface RunsOptions extends StoreOptions, Pick<RunsAsked, 'status' | 'file'> {
  readonly last: number
}

export async function runs({ status, file, last, ...options }: RunsOptions): Promise<number> {
  const found = await withStore(options, async ({ index }) => runsOf(index, { status, file, most: last }))
  print(
    options.json,
    () => found.map((run) => ({ ...run, started: new Date(run.started).toISOString() })),
    () => (found.length === 0 ? ['No runs to show.'] : runLines(found)),
  )
  return exitCodes.done
}
