import { expect, test } from 'vitest'
import { trackedStudy } from '../../../runtime/project/tracked-study.ts'
import { compare, seeds } from '../../../stdlib/index.ts'
import { dataIn, graphOf, small } from '../execution/running.ts'
import { temporaryStore } from '../store/temporary-store.ts'

test('an arm is what became its network, with names of its own, options and labels; the study has the name of its file', async () => {
  const study = seeds(2, () => {
    const dense = small().train()
    return compare({ dense, pruned: dense.prune(0.5).finetune().prune(0.5).finetune() })
  })
  const graph = graphOf(study)
  const data = await dataIn(await temporaryStore(), graph)
  const { name, arms } = trackedStudy({ file: 'studies/my.pipeline.ts', target: 'default', graph, data })
  expect(name).toBe('my')
  expect(arms.map(({ path }) => path)).toEqual(['seed=0/dense', 'seed=0/pruned', 'seed=1/dense', 'seed=1/pruned'])
  expect(arms[1]!.labels.map(({ axis, value }) => [axis, value])).toEqual([
    ['seed', '0'],
    ['arm', 'pruned'],
  ])
  // Its first training stands in the other arm.
  expect(arms[1]!.stages.map(({ path, name: short, trains }) => [path, short, trains])).toEqual([
    ['seed=0/dense/init', 'init', false],
    ['seed=0/dense/train', 'train', true],
    ['seed=0/pruned/prune', 'prune', false],
    ['seed=0/pruned/finetune', 'finetune', true],
    ['seed=0/pruned/prune#2', 'prune#2', false],
    ['seed=0/pruned/finetune#2', 'finetune#2', true],
    ['seed=0/pruned/evaluate', 'evaluate', false],
  ])
  expect(arms[1]!.stages[1]!.options).toMatchObject({ epochs: 1, 'optimizer.kind': 'adam', 'data.name': 'digits' })
  expect(trackedStudy({ file: 'my.ts#sweep', target: 'sweep', graph, data }).name).toBe('my#sweep')
})
