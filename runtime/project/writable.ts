/** Checks that results can be stored. */
import type { Plan } from '../plan/plan.ts'
import { problems as storeProblems } from '../store/problems.ts'
import type { Store } from '../store/store.ts'

/** Call it before anything is computed. @throws StoreProblem */
export function requireWritable(store: Store, { stages }: Plan): void {
  const open = stages.filter(({ status }) => status !== 'hit')
  if (!store.readOnly || open.length === 0) return
  const what = open.length === 1 ? '1 stage' : `${open.length} stages`
  throw storeProblems.readOnly(store.location, 'compute what is not in it yet', [
    ...(store.unwritable ?? []),
    ['missing', `${what}, the first is ${open[0]!.path}`],
  ])
}
