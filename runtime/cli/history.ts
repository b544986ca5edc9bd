/** `espalier runs`, `show` and `diff`: the runs of a store. */
import { withStore } from '../project/existing-store.ts'
import type { RunsAsked } from '../store/journal.ts'
import type { StoreAsked } from '../store/store-place.ts'
import { compareRuns, compareStages } from '../views/compare.ts'
import { find } from '../views/find.ts'
import { maskPictures } from '../views/masks.ts'
import { historyProblems } from '../views/problems.ts'
import { listedRun, type RunAsked, resultsIn, runRecord } from '../views/run-record.ts'
import { stageRecord } from '../views/stage-record.ts'
import { timeline } from '../views/timeline.ts'
import { type Asked, show as print } from './skins.ts'

interface RunsOptions extends StoreAsked, Asked, Pick<RunsAsked, 'status' | 'file'> {
  readonly last: number
}

/** Newest first. */
export async function runs({ status, file, last, ...options }: RunsOptions): Promise<void> {
  const found = await withStore(options, ({ journal }) => journal.runs({ status, file, most: last }))
  await print(options, 'runs', { runs: found.map(listedRun) })
}

/** One run or one stage, with everything that the store has about it. */
interface ShowOptions extends StoreAsked, Asked, RunAsked {
  readonly what: string
  /** When the stages of a run were computed. */
  readonly timeline?: boolean
  /** The remaining weights of a stage's network, as pictures. */
  readonly masks?: boolean
  readonly layer?: string | undefined
}

export function show({ what, metric, arm, timeline: slots = false, masks = false, layer, ...options }: ShowOptions): Promise<void> {
  return withStore(options, async (store) => {
    const found = await find(store, what)
    if (found.found === 'stage') {
      const { path } = found.stage
      if (arm !== undefined) throw historyProblems.notOfStages('--arm', path)
      if (slots) throw historyProblems.notOfStages('--timeline', path)
      if (masks || layer !== undefined) return print(options, 'masks', await maskPictures(store, found.stage, layer))
      return print(options, 'stage', await stageRecord(store, found.stage, metric))
    }
    const { run } = found
    if (masks || layer !== undefined) throw historyProblems.notOfRuns('--masks', what)
    const { journal } = store
    const log = await journal.readLog(run.id)
    if (slots) return print(options, 'timeline', timeline(run, log))
    const results = resultsIn(log)
    const record = runRecord({ run, stages: await journal.stagesOf(run.id), results, log: journal.whereIs(run.id) }, { metric, arm })
    return print(options, 'run', record)
  })
}

export function diff({ a, b, ...options }: StoreAsked & Asked & { readonly a: string; readonly b: string }): Promise<void> {
  return withStore(options, async (store) => {
    const [one, other] = [await find(store, a), await find(store, b)]
    if (one.found === 'run' && other.found === 'run') return print(options, 'run-comparison', await compareRuns(store, one.run, other.run))
    if (one.found === 'stage' && other.found === 'stage')
      return print(options, 'stage-comparison', await compareStages(store, one.stage, other.stage))
    throw one.found === 'run' ? historyProblems.notAlike(a, b) : historyProblems.notAlike(b, a)
  })
}
