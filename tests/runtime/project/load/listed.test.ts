import { expect, test } from 'vitest'
import { listTargets } from '../../../../runtime/project/load/loader.ts'
import { fileOf, head } from './pipeline-files.ts'

test('all targets are told with their arms, stages and what they try, and where', async () => {
  const file = fileOf(`${head.replace('adam,', 'adam, seeds, sweep,')}export const dense = train()
export const grid = seeds(2, () =>
  sweep({ sparsity: [0.5, 0.9] }, ({ sparsity }) => compare({ ticket: train().prune(sparsity).rewind().train(), dense })))
export const note = 'nothing to run'
export const written = dense.export({ format: 'safetensors', path: 'a.safetensors' })
`)
  const targets = await listTargets(file)
  expect(targets.map(({ name, kind, arms, stages }) => ({ name, kind, arms, stages }))).toEqual([
    { name: 'dense', kind: 'pipeline', arms: 1, stages: 3 },
    { name: 'grid', kind: 'study', arms: 8, stages: 11 },
    { name: 'written', kind: 'artifact', arms: 1, stages: 4 },
  ])
  expect(targets[1]?.choices[7]).toEqual([
    { axis: 'seed', label: '1', at: { file, line: 4, column: 21 } },
    { axis: 'sparsity', label: '0.9', at: { file, line: 5, column: 3 } },
    { axis: 'arm', label: 'dense', at: { file, line: 5, column: 53 } },
  ])
})

test('functions of the user’s are told apart without being read', async () => {
  const file =
    fileOf(`${head.replace('adam,', 'adam, criterion,')}const own = (seed) => criterion(0.5, ({ weights }) => weights.map(() => Math.random() + seed))
export const two = compare({ a: train().prune(own(1)), b: train().prune(own(2)) })
`)
  const [target] = await listTargets(file)
  expect(target).toMatchObject({ arms: 2, stages: 6 })
})
