import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { tagsIn } from '../../runtime/interop/tensorboard/events.ts'
import { recordsIn } from '../../runtime/interop/tensorboard/records.ts'
import { thisProcess } from '../../runtime/store/process-identity.ts'
import { mlflowServer } from '../runtime/interop/mlflow/server.ts'
import { nobody } from '../runtime/interop/otlp/receiver.ts'
import { noPostgres, PostgresServer } from '../runtime/store/postgres/server.ts'
import { newCheckpoint, Project, temporaryProject } from './command.ts'
import { Machines } from './machines.ts'

const source = (epochs: number) => `
import { compare, digits, lenet300, sgd, task } from 'espalier'
const dense = task({ model: lenet300(), data: digits(), optimizer: sgd({ lr: 0.1 }), epochs: ${epochs} }).train()
export default compare({ dense, pruned: dense.prune(0.8).finetune({ epochs: 1 }) })
`
const project = new Project({ 'a.pipeline.ts': source(1) })
afterAll(() => project.remove())

/** Steps by tag, by the folder of the run. */
function stepsIn(folder: string): { readonly [run: string]: { readonly [tag: string]: readonly number[] } } {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const events = recordsIn(readFileSync(join(parentPath, name))).contents.map(tagsIn)
      const points = events.flatMap(({ step, tags }) => tags.map((tag) => ({ tag, step })))
      const steps = [...Map.groupBy(points, ({ tag }) => tag)].map(([tag, all]) => [tag, all.map(({ step }) => step)])
      return [parentPath.slice(folder.length + 1), Object.fromEntries(steps)]
    }),
  )
}

test('a run tells TensorBoard and MLflow of each arm; the same once more tells nothing twice', async () => {
  const { url, experiments } = await mlflowServer()
  for (let again = 0; again < 2; again++) {
    const { code, stderr } = await project.espalier('run', 'a.pipeline.ts', '--tensorboard', 'curves', '--mlflow', `${url}/`)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const runs = stepsIn(join(project.folder, 'curves'))
    expect(Object.keys(runs).sort()).toEqual(['dense', 'pruned'])
    expect(runs.pruned).toMatchObject({
      'validation/accuracy.train': [124],
      'validation/accuracy.finetune': [124],
      'train/batch-loss.train': [20, 40, 60, 80, 100, 120],
      'test/accuracy': [0],
      sparsity: [0],
    })
    const told = experiments.get('a')!
    expect(told.map(({ name, status }) => [name, status]).sort()).toEqual([
      ['dense', 'FINISHED'],
      ['pruned', 'FINISHED'],
    ])
    const pruned = told.find(({ name }) => name === 'pruned')!
    const steps = pruned.metrics.filter(({ key }) => key === 'train/batch-loss.train').map(({ step }) => step)
    expect(steps).toEqual(runs.pruned!['train/batch-loss.train'])
    expect(pruned.params.get('finetune.optimizer.kind')).toBe('sgd')
    expect([...pruned.files.keys()]).toContain('network/weights.safetensors')
  }
})

test('a run that was killed in the middle of a training, and the one that goes on with it, leave one history', async () => {
  const killed = temporaryProject({ 'a.pipeline.ts': source(12) })
  const { url, experiments } = await mlflowServer()
  const words = ['run', 'a.pipeline.ts', '--json', '--checkpoint-every', '0.1', '--tensorboard', 'curves', '--mlflow', url]
  const running = killed.start(words)
  await running.says('"event":"progress"')
  await newCheckpoint(killed)
  running.killAll('SIGKILL')
  await running.ended
  const { code, stderr } = await killed.espalier(...words)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const every20 = Array.from({ length: Math.floor((12 * 124) / 20) }, (_, i) => 20 * (i + 1))
  expect(stepsIn(join(killed.folder, 'curves')).dense!['train/batch-loss.train']).toEqual(every20)
  const told = experiments.get('a')!
  expect(told.map(({ name }) => name).sort()).toEqual(['dense', 'pruned'])
  for (const { metrics } of told)
    expect(metrics.filter(({ key }) => key === 'train/batch-loss.train').map(({ step }) => step)).toEqual(every20)
})

test('two runs do not write into one folder; that of a run that is gone can be taken', async () => {
  const other = temporaryProject({ 'a.pipeline.ts': source(1), 'curves/espalier-run': thisProcess() })
  const words = ['run', 'a.pipeline.ts', '--tensorboard', 'curves']
  const { code, stdout, stderr } = await other.espalier(...words)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^Another run writes into this folder of TensorBoard\.\n {2}folder +curves\n {2}run +process \d+ on /)
  const [host, boot, , ...rest] = thisProcess().split(' ')
  other.write('curves/espalier-run', [host, boot, 2 ** 22 + 1, ...rest].join(' '))
  expect(await other.espalier(...words)).toMatchObject({ code: 0, stderr: '' })
  expect(Object.keys(stepsIn(join(other.folder, 'curves'))).sort()).toEqual(['dense', 'pruned'])
})

test.skipIf(noPostgres !== undefined)(
  `what another machine computes is told as well (${noPostgres ?? 'PostgreSQL'})`,
  async () => {
    const server = new PostgresServer()
    onTestFinished(() => server.remove())
    const machines = await Machines.of(server)
    const here = machines.machine({ 'a.pipeline.ts': source(2) })
    await machines.worker()
    const { url, experiments } = await mlflowServer()
    const end = await machines.run(here, '--tensorboard', 'curves', '--mlflow', url).ended
    expect(end).toMatchObject({ code: 0, stderr: '' })
    const runs = stepsIn(join(here.folder, 'curves'))
    expect(runs.pruned).toMatchObject({
      'validation/accuracy.train': [124, 248],
      'validation/accuracy.finetune': [124],
      'test/accuracy': [0],
    })
    const told = experiments.get('a')!
    expect(told.map(({ name, status }) => [name, status]).sort()).toEqual([
      ['dense', 'FINISHED'],
      ['pruned', 'FINISHED'],
    ])
    for (const { metrics, files } of told) {
      expect(metrics.filter(({ key }) => key === 'validation/accuracy.train').map(({ step }) => step)).toEqual([124, 248])
      expect([...files.keys()]).toContain('network/weights.safetensors')
    }
  },
  120_000,
)

test('a server that is not there costs one warning, and nothing else; no token is said', async () => {
  const token = 'open sesame'
  const { code, stdout, stderr } = await project.start(['run', 'a.pipeline.ts', '--mlflow', await nobody()], {
    MLFLOW_TRACKING_TOKEN: token,
  }).ended
  expect(code).toBe(0)
  expect(stdout).toContain('6 hit')
  expect(`${stdout}${stderr}`.match(/MLflow at http:\/\/127\.0\.0\.1:\d+ could not be reached: /g)).toHaveLength(1)
  expect(`${stdout}${stderr}`).not.toContain(token)
})

test.each([
  [['--mlflow', 'localhost:5000'], 'an http or https address without a name or password in it'],
  [['--mlflow', 'http://ada:secret@localhost:5000'], 'an http or https address without a name or password in it'],
  [['--tensorboard', ''], 'the path of a folder'],
])('%s is refused before anything starts', async (words, says) => {
  const { code, stdout, stderr } = await project.espalier('run', 'a.pipeline.ts', ...words)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(says)
})

test('a run that is left to workers has nobody here to tell of it', async () => {
  const { code, stderr } = await project.espalier('run', 'a.pipeline.ts', '--on', 'cluster', '--detach', '--tensorboard', 'curves')
  expect(code).toBe(2)
  expect(stderr).toContain('With --detach, this process exits before the run ends and cannot report to a tracker.')
})
