import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryProject } from './command.ts'

const study = `/** Which fraction can go? */
import { adam, digits, lenet300, seeds, sweep, task } from 'espalier'

const { init } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 1 })
/** The fraction, over two seeds. */
export const fraction = seeds(2, (seed) => sweep({ sparsity: [0.5, 0.99] }, ({ sparsity }) => init({ seed }).prune(sparsity)))
export const untried = sweep({ sparsity: [0.1, 0.2] }, ({ sparsity }) => init({ seed: 7 }).prune(sparsity))
`

test('ls lists what there is, for people and programs, and runs nothing', async () => {
  const project = temporaryProject({ 'a.pipeline.ts': study })
  const { code, stdout } = await project.espalier('ls', 'a.pipeline.ts')
  expect(code).toBe(0)
  expect(stdout.split('\n')).toEqual([
    'a.pipeline.ts',
    '  Which fraction can go?',
    '',
    'fraction  4 arms · 10 stages',
    '          seed: 0, 1',
    '          sparsity: 0.5, 0.99',
    '          The fraction, over two seeds.',
    '',
    'untried   2 arms · 5 stages',
    '          sparsity: 0.1, 0.2',
    '',
  ])
  const { stdout: json } = await project.espalier('ls', 'a.pipeline.ts', '--json')
  expect(JSON.parse(json)).toMatchObject({
    file: 'a.pipeline.ts',
    comment: 'Which fraction can go?',
    targets: [
      { name: 'fraction', kind: 'study', arms: 4, stages: 10, comment: 'The fraction, over two seeds.', at: { line: 6, column: 25 } },
      { name: 'untried', comment: null, axes: [{ axis: 'sparsity', labels: ['0.1', '0.2'] }] },
    ],
  })
})

test('pick shows the change first, refuses the test split unless it is asked for, and writes when told; then all is still in the store', async () => {
  const project = temporaryProject({ 'a.pipeline.ts': study })
  const text = () => readFileSync(join(project.folder, 'a.pipeline.ts'), 'utf8')
  const early = await project.espalier('pick', 'a.pipeline.ts#fraction')
  expect(early).toMatchObject({ code: 2, stdout: '' })
  expect(early.stderr).toBe('a.pipeline.ts#fraction has no results yet.\nRun it first: espalier run a.pipeline.ts#fraction\n')

  await project.espalier('run', 'a.pipeline.ts#fraction')
  const refused = await project.espalier('pick', 'a.pipeline.ts#fraction', '--best', 'test/accuracy')
  expect(refused).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^'test\/accuracy' is measured on the test split.*\n.*--select-on-test/),
  })
  const shown = await project.espalier('pick', 'a.pipeline.ts#fraction', '--best', 'test/accuracy', '--select-on-test')
  expect(shown.code).toBe(0)
  expect(shown.stdout).toMatch(/^Best by test\/accuracy of 2 arms:\n {2}→ {2}sparsity=0\.\d+ .* ± .* 2 seeds\n/)
  expect(shown.stdout).toContain('a biased estimate')
  expect(shown.stdout).toMatch(/\n-export const fraction = .*\[0\.5, 0\.99\].*\n\+export const fraction = .*\[0\.\d+\].*\n/)
  expect(shown.stdout).toMatch(/Nothing is written yet: --write does it\.\n$/)
  expect(text()).toBe(study)

  const json = await project.espalier('pick', 'a.pipeline.ts#fraction', '--best', 'validation/loss', '--json')
  expect({ code: json.code, stderr: json.stderr }).toEqual({ code: 0, stderr: '' })
  const picked = JSON.parse(json.stdout)
  const means = picked.arms.map(({ mean }: { mean: number }) => mean)
  expect(means).toEqual(means.toSorted((a: number, b: number) => a - b))
  expect(picked).toMatchObject({
    metric: 'validation/loss',
    warnings: [],
    written: false,
    changes: [{ path: expect.stringMatching(/a\.pipeline\.ts$/), diff: expect.stringMatching(/^--- a\.pipeline\.ts\n/) }],
  })
  expect(picked.arms[0]).toMatchObject({ name: expect.any(String), labels: expect.any(Array), mean: expect.any(Number) })
  const { stdout } = await project.espalier('pick', 'a.pipeline.ts#fraction', '--best', 'validation/loss', '--write')
  expect(stdout).toMatch(/Written\.\n$/)
  expect(stdout).not.toContain('a biased estimate')
  const [, best] = /→ {2}sparsity=(0\.\d+)/.exec(stdout) ?? []
  expect(text()).toBe(study.replace('[0.5, 0.99]', `[${best}]`))
  expect((await project.espalier('plan', 'a.pipeline.ts#fraction')).stdout).toMatch(/^6 stages: 6 hit\n/)
})
