/** `espalier diff`: two runs or two stages side by side. */

import { withStore } from '../project/existing-store.ts'
import type { StoreAsked } from '../store/place.ts'
import { compareRuns, compareStages } from '../views/compare.ts'
import { find } from '../views/find.ts'
import { historyProblems } from '../views/problems.ts'
import { exitCodes } from './exit.ts'
import type { Asked } from './skin-flags.ts'
import { show } from './skins.ts'

export interface DiffOptions extends StoreAsked, Asked {
  readonly a: string
  readonly b: string
}

export async function diff({ a, b, ...options }: DiffOptions): Promise<number> {
  await withStore(options, async (store) => {
    const [one, other] = [await find(store, a), await find(store, b)]
    if (one.found === 'run' && other.found === 'run') {
      show(options, 'run-comparison', await compareRuns(store, one.run, other.run))
    } else if (one.found === 'stage' && other.found === 'stage') {
      show(options, 'stage-comparison', await compareStages(store, one.stage, other.stage))
    } else throw one.found === 'run' ? historyProblems.notAlike(a, b) : historyProblems.notAlike(b, a)
  })
  return exitCodes.done
}
