/** `espalier workers` and `espalier cancel`: the workers of a store, and its detached runs. */
import { clusterProblems } from '../execution/cluster/problems.ts'
import { standardError } from '../format/output.ts'
import { withStore } from '../project/existing-store.ts'
import type { StoreAsked } from '../store/store-place.ts'
import { workersOf } from '../views/workers.ts'
import { type Asked, show } from './skins.ts'

export async function workers(options: StoreAsked & Asked): Promise<void> {
  const content = await withStore(options, async (store) => {
    if (store.shared === undefined) throw clusterProblems.noDatabase(store.location)
    return workersOf(store)
  })
  await show(options, 'workers', content)
}

export async function cancel({ run, ...options }: StoreAsked & Asked & { readonly run: string }): Promise<void> {
  const file = await withStore(options, async (store) => {
    if (store.shared === undefined) throw clusterProblems.noDatabase(store.location)
    const { coordinations } = store.shared
    const all = await coordinations.all()
    const [found, ...others] = all.filter(({ id }) => id.startsWith(run))
    if (found === undefined || others.length > 0)
      throw clusterProblems.unknownRun(
        run,
        all.map(({ id }) => id.slice(0, 8)),
      )
    await coordinations.remove(found.id)
    await store.shared.jobs.tidy()
    return found.file
  })
  standardError.print([`The run of ${file} ends: what the workers have begun of it stops at a checkpoint.`])
}
