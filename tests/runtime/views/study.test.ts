import { expect, test } from 'vitest'
import { armsOfRun } from '../../../runtime/views/study.ts'

test('the trainings of an arm are those that stand in it, in the order of the run', () => {
  const stage = (path: string, kind: string) => ({ path, kind, key: path, outcome: 'run' as const, seconds: 1, because: null })
  const stages = [
    stage('dense/train', 'train'),
    stage('denser/train', 'train'),
    stage('dense/prune', 'prune'),
    stage('dense/distill', 'distill'),
  ]
  const [arm] = armsOfRun([{ path: 'dense', labels: [], artifact: null, metrics: { sparsity: 0 } }], stages)
  expect(arm).toMatchObject({ path: 'dense', metrics: { sparsity: 0 } })
  expect(arm!.trainings.map(({ path }) => path)).toEqual(['dense/train', 'dense/distill'])
})
