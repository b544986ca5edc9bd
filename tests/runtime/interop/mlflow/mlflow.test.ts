import { execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { mlflow } from '../../../../runtime/interop/mlflow/mlflow.ts'
import { RunFollower } from '../../../../runtime/interop/tracking/follow-run.ts'
import { type TrackedArm, tagged } from '../../../../runtime/interop/tracking/tracker.ts'
import type { RunEvent } from '../../../../runtime/run-event.ts'
import type { Store } from '../../../../runtime/store/store.ts'
import { answers, freePort } from '../../../loopback.ts'
import { pythonWith } from '../../../python-packages.ts'
import { temporaryFolder, temporaryStore } from '../../store/temporary-store.ts'
import { nobody } from '../otlp/receiver.ts'
import { arm, cached, done, hit, kept, putCurve, started } from '../tracking/tracked.ts'
import { mlflowServer, type Run } from './server.ts'

interface Asked {
  readonly arms?: readonly TrackedArm[]
  readonly environment?: NodeJS.ProcessEnv
}

/** @returns what was warned of */
async function follow(
  url: string,
  store: Store,
  events: readonly RunEvent[],
  { arms = [arm], environment = {} }: Asked = {},
): Promise<string[]> {
  const warnings: string[] = []
  const study = { file: 'hybrid.pipeline.ts', name: 'hybrid', arms }
  const tracker = mlflow({ url, study, objects: store.objects, environment })
  const follower = new RunFollower({ arms, results: store.results, tracker, warn: ({ title }) => warnings.push(title) })
  for (const event of events) follower.note(event)
  await follower.close()
  return warnings
}

const curve = ({ metrics }: Run, name: string) =>
  metrics.filter(({ key }) => key === name).map(({ step, value, timestamp }) => [timestamp, step, value])

test('an arm with a seed is a run of the study: parameters, keys, curves, results and files', async () => {
  const [{ url, experiments }, store] = [await mlflowServer(), await temporaryStore()]
  const made = await kept(store)
  expect(await follow(url, store, cached(made))).toEqual([])
  expect([...experiments.keys()]).toEqual(['hybrid'])
  const [run, ...others] = experiments.get('hybrid')!
  expect(others).toEqual([])
  expect(run).toMatchObject({ name: arm.path, status: 'FINISHED', started: 1_699_999_998_000, ended: 1_700_000_000_000 })
  expect(Object.fromEntries(run!.params)).toEqual({
    seed: '0',
    arm: 'hybrid',
    'train.epochs': '3',
    'train.optimizer.kind': 'adam',
    'finetune.2.epochs': '2',
    'evaluate.splits': '["test"]',
  })
  expect(Object.fromEntries(run!.tags)).toMatchObject({
    'espalier.arm': arm.path,
    'espalier.key': made.evaluate.key,
    'espalier.key.train': made.train.key,
    'espalier.key.finetune.2': made.finetune.key,
    'espalier.artifact': made.evaluate.artifact,
    'mlflow.source.name': 'hybrid.pipeline.ts',
  })
  expect(curve(run!, 'train/loss.train')).toEqual([1, 2, 3, 4].map((step) => [1_699_999_998_000 + 500 * step, step, 1 / step]))
  expect(curve(run!, 'test/accuracy')).toEqual([[1_700_000_000_000, 0, 0.75]])
  expect([...run!.files.keys()]).toEqual([
    'stages.json',
    'network/topology.json',
    'network/weights.safetensors',
    'network/masks.safetensors',
  ])
  expect(JSON.parse(String(run!.files.get('stages.json')))).toMatchObject({
    arm: arm.path,
    stages: [{ name: 'init', key: null }, { name: 'train', key: made.train.key, options: { epochs: 3 } }, {}, {}],
  })
})

test('a run that was interrupted goes on in the same run, and what is found again is not told again', async () => {
  const [{ url, experiments, requests }, store] = [await mlflowServer(), await temporaryStore()]
  const made = await kept(store, { train: 2 })
  expect(await follow(url, store, [started(made.train), done([])])).toEqual([])
  const run = experiments.get('hybrid')![0]!
  expect(run).toMatchObject({ status: 'KILLED', files: new Map() })
  await putCurve(store, made.train.key, 4)
  for (let again = 0; again < 2; again++) {
    requests.length = 0
    expect(await follow(url, store, cached(made))).toEqual([])
    expect(experiments.get('hybrid')).toEqual([run])
    expect(run.status).toBe('FINISHED')
    expect(curve(run, 'train/loss.train').map(([, step]) => step)).toEqual([1, 2, 3, 4])
    expect(curve(run, 'train/loss.finetune.2').map(([, step]) => step)).toEqual([1, 2])
    expect(curve(run, 'test/accuracy')).toHaveLength(1)
    expect(requests.some((request) => request.startsWith('PUT'))).toBe(again === 0)
  }
})

test('another computation under the same name, or the same under another, is another run', async () => {
  const [{ url, experiments }, store] = [await mlflowServer(), await temporaryStore()]
  const made = await kept(store)
  for (const arms of [[arm], [{ ...arm, origin: 'cd'.repeat(32) }], [{ ...arm, path: 'seed=0/renamed' }]])
    expect(await follow(url, store, [hit(made.train), done([])], { arms })).toEqual([])
  expect(experiments.get('hybrid')!.map(({ name }) => name)).toEqual([arm.path, arm.path, 'seed=0/renamed'])
})

test('curves go in batches of at most 1,000 points, parameters of 100; one that is too long is cut', async () => {
  const [{ url, experiments, batches }, store] = [await mlflowServer(), await temporaryStore()]
  const made = await kept(store, { train: 2500, finetune: 0 })
  const options = Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`option${i}`, 'x'.repeat(600)]))
  const arms = [{ ...arm, stages: arm.stages.map((stage) => ({ ...stage, options })) }]
  expect(await follow(url, store, [hit(made.train), done([])], { arms })).toEqual([])
  expect(batches).toEqual([1000, 1000, 500])
  const { params } = experiments.get('hybrid')![0]!
  expect(params.size).toBe(4 * 250 + 2)
  expect(params.get('train.option0')).toBe(`${'x'.repeat(499)}…`)
})

test('who asks is said by the environment alone, and in no message', async () => {
  const secrets = { MLFLOW_TRACKING_USERNAME: 'ada', MLFLOW_TRACKING_PASSWORD: 'lovelace' }
  const [server, store] = [await mlflowServer(), await temporaryStore()]
  const made = await kept(store)
  const environments: readonly NodeJS.ProcessEnv[] = [
    {},
    secrets,
    { ...secrets, MLFLOW_TRACKING_TOKEN: 'sesame', MLFLOW_EXPERIMENT_NAME: 'mine' },
  ]
  for (const environment of environments) expect(await follow(server.url, store, cached(made), { environment })).toEqual([])
  expect([...server.authorizations]).toEqual([undefined, 'Basic YWRhOmxvdmVsYWNl', 'Bearer sesame'])
  expect([...server.experiments.keys()]).toEqual(['hybrid', 'mine'])
  const warnings = await follow((await mlflowServer(() => false)).url, store, cached(made), { environment: environments[2]! })
  expect(warnings.join()).toMatch(
    /^MLflow at http:\/\/127\.0\.0\.1:\d+ could not be reached: it answered 503 Service Unavailable: it is in trouble\.$/,
  )
})

test.each([
  ['is not there', async () => nobody(), /ECONNREFUSED/],
  ['refuses curves', async () => (await mlflowServer((path) => !path.endsWith('/log-batch'))).url, /503/],
  ['refuses files', async () => (await mlflowServer((path) => !path.includes('/mlflow-artifacts/'))).url, /503/],
])('a server that %s costs one warning', async (_, open, reason) => {
  const store = await temporaryStore()
  expect(await follow(await open(), store, cached(await kept(store)))).toEqual([expect.stringMatching(reason)])
})

const { python, missing } = await pythonWith('mlflow-3.17.2', ['mlflow==3.17.2'])
describe.skipIf(missing !== undefined)(`a real server${missing === undefined ? '' : `: ${missing}`}`, () => {
  test('has what its own client reads back', async () => {
    const [folder, port, store] = [await temporaryFolder(), await freePort(), await temporaryStore()]
    const url = `http://127.0.0.1:${port}`
    const words = ['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1']
    const places = ['--backend-store-uri', `sqlite:///${join(folder, 'runs.db')}`, '--artifacts-destination', join(folder, 'files')]
    const server = spawn(python, [...words, ...places], { cwd: folder, stdio: 'ignore', detached: true })
    onTestFinished(() => void process.kill(-server.pid!, 'SIGKILL'))
    while (!(await answers(`${url}/health`))) {
      if (server.exitCode !== null) throw new Error('the server has ended')
      await sleep(100)
    }
    const made = await kept(store, { train: 1500 })
    expect(await follow(url, store, [started(made.train), done([])])).toEqual([])
    for (let again = 0; again < 2; again++) expect(await follow(url, store, cached(made))).toEqual([])
    const read = JSON.parse(
      execFileSync(python, [join(import.meta.dirname, 'read_runs.py'), url, 'hybrid'], { encoding: 'utf8', maxBuffer: 1e8 }),
    ) as {
      readonly metrics: { readonly [name: string]: readonly (readonly number[])[] }
    }[]
    expect(read).toHaveLength(1)
    expect(read[0]).toMatchObject({
      name: arm.path,
      status: 'FINISHED',
      params: { 'train.optimizer.kind': 'adam', seed: '0' },
      tags: { 'espalier.key': made.evaluate.key },
      files: ['network', 'stages.json', 'network/masks.safetensors', 'network/topology.json', 'network/weights.safetensors'],
    })
    const { metrics } = read[0]!
    expect(metrics['train/loss.train']!.map(([, step, value]) => [step, value])).toEqual(
      Array.from({ length: 1500 }, (_, i) => [i + 1, 1 / (i + 1)]),
    )
    expect(metrics['train/loss.finetune.2']).toEqual([
      [1_699_999_999_000, 1, 1],
      [1_700_000_000_000, 2, 0.5],
    ])
    expect(metrics[tagged('test/accuracy')]).toEqual([[1_700_000_000_000, 0, 0.75]])
  })
})
