import { afterAll, beforeAll, expect, test } from 'vitest'
import { Project, study } from './command.ts'

let project: Project
const json = async (...args: readonly string[]) => JSON.parse((await project.espalier(...args, '--json')).stdout)

beforeAll(async () => {
  project = new Project({ 'a.pipeline.ts': study({ epochs: 2 }) })
  await project.espalier('run', 'a.pipeline.ts')
  project.write('a.pipeline.ts', study({ epochs: 2, sparsity: 0.95 }))
  await project.espalier('run', 'a.pipeline.ts')
})
afterAll(() => project.remove())

test('runs are listed with how they ended and what they found; one that finds everything is not a third', async () => {
  await project.espalier('run', 'a.pipeline.ts')
  const runs = await json('runs')
  expect(runs).toMatchObject([
    { id: 2, status: 'done', target: 'default', stages: { failed: 0 } },
    { id: 1, status: 'done', target: 'default', stages: { hit: 0, failed: 0 } },
  ])
  expect(runs[0].stages.hit).toBeGreaterThan(0)
  expect((await project.espalier('runs', '--last', '1')).stdout).toMatch(/^run +status .*\n +2 +done .*a\.pipeline\.ts\n$/)
  expect((await project.espalier('runs', '--status', 'killed')).stdout).toBe('No runs to show.\n')
})

test('a run is shown with its stages and its table, a stage with its curves and files', async () => {
  const run = (await project.espalier('show', 'last')).stdout
  expect(run).toMatch(/^run 2 · done · /)
  expect(run).toMatch(/\nhit +.*dense\/train/)
  expect(run).toMatch(/\n {8,}test accuracy %/)
  const stage = await json('show', '1:seed=0/dense/train')
  expect(stage).toMatchObject({ found: 'stage', result: { kind: 'train', manifest: { options: { epochs: 2 } } } })
  expect(stage.curves['train/loss'].length).toBeGreaterThanOrEqual(2)
  expect((await project.espalier('show', stage.key.slice(0, 10))).stdout).toMatch(/train\/loss by step\n/)
})

test('runs are put side by side', async () => {
  expect((await project.espalier('diff', '1', '2')).stdout).toMatch(/pruned\/prune {2}run → run\n {2}sparsity 0\.9 → 0\.95/)
})

test('a stage has a log of its attempts; followed, it ends with the stage', async () => {
  const expected = /train in process \d+\n.* begins, \d+ steps\n(.* epoch 1\/2 .*\n)?.* epoch 2\/2 .*\n.* done\n$/
  expect((await project.espalier('logs', 'seed=0/dense/train')).stdout).toMatch(expected)
  expect((await project.espalier('logs', 'seed=0/dense/train', '-f')).stdout).toMatch(expected)
})

test('what is not there is answered with a sentence and exit code 2', async () => {
  const { code, stderr } = await project.espalier('show', 'seed=0/dense/trian')
  expect(code).toBe(2)
  expect(stderr).toMatch(/^There is no run and no stage 'seed=0\/dense\/trian' in this store\.\n {2}near it {2}seed=0\/dense\/train\n/)
  const nowhere = await project.espalier('runs', '--store', 'nowhere')
  expect(nowhere.code).toBe(2)
  expect(nowhere.stderr).toMatch(/^There is no store here\./)
})
