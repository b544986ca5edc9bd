/** Uploads data sets for workers that do not have their files. */
import type { Graph, Stage } from '../../../dsl/graph/stage.ts'
import { convertedFile } from '../../data/datasets.ts'
import { dataOf } from '../../kinds/kinds.ts'
import { type DataFactsByKey, factsOf } from '../../plan/plan.ts'
import type { Digest } from '../../store/address.ts'
import type { Store } from '../../store/store.ts'

/** No-op for a data set that is already in the store or comes with the library. @throws DataProblem, StoreProblem */
export async function bringData({ data, shared }: Store, stage: Pick<Stage, 'kind' | 'options'>, digest: Digest): Promise<void> {
  if (await shared!.dataSets.has(digest)) return
  const file = await convertedFile(data, dataOf(stage)!)
  if (file !== undefined) await shared!.dataSets.put(digest, file)
}

export async function bringAll(store: Store, { stages }: Graph, data: DataFactsByKey): Promise<void> {
  const reading = new Map(stages.map((stage) => [factsOf(stage, data)?.digest, stage]))
  for (const [digest, stage] of reading) if (digest !== undefined) await bringData(store, stage, digest)
}
