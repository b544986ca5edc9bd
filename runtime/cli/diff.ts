/** `espalier diff`: two runs or two stages side by side. */

import { runComparison, stageComparison } from '../terminal/compare-view.ts'
import { compareRuns, compareStages } from '../views/compare.ts'
import { find } from '../views/find.ts'
import { historyProblems } from '../views/problems.ts'
import { exitCodes } from './exit.ts'
import { print, type StoreOptions, withStore } from './open-existing.ts'

export interface DiffOptions extends StoreOptions {
  readonly a: string
  readonly b: string
}

export async function diff({ a, b, json, store: directory }: DiffOptions): Promise<number> {
  await withStore({ store: directory }, async (store) => {
    const [one, other] = [find(store, a), find(store, b)]
    if (one.found === 'run' && other.found === 'run') {
      const comparison = compareRuns(store, one.run, other.run)
      print(
        json,
        () => ({ compared: 'runs', ...comparison }),
        () => runComparison(comparison),
      )
    } else if (one.found === 'stage' && other.found === 'stage') {
      const comparison = compareStages(store, one.stage, other.stage)
      print(
        json,
        () => ({ compared: 'stages', ...comparison }),
        () => stageComparison(comparison),
      )
    } else throw one.found === 'run' ? historyProblems.notAlike(a, b) : historyProblems.notAlike(b, a)
  })
  return exitCodes.done
}
