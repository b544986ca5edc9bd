import { expect, test } from 'vitest'
import { studyResults } from '../../../runtime/project/study-results.ts'
import { dataIn, graphOf, small } from '../execution/running.ts'
import { numerics, temporaryStore } from '../store/temporary-store.ts'

test('of an arm without a result its trainings are told all the same, along a chain of any length', async () => {
  const graph = graphOf(
    small()
      .train()
      .repeat(9000, (p) => p.prune(1e-4))
      .finetune(),
  )
  const store = await temporaryStore()
  const [arm, ...others] = await studyResults({ graph, store, data: await dataIn(store, graph), numerics: () => numerics })
  expect(others).toEqual([])
  expect(arm).toMatchObject({ measured: false, metrics: {}, artifact: null })
  expect(arm!.trainings.map(({ path }) => path)).toEqual(['train', 'finetune'])
})
