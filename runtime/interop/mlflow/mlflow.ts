/**
 * Runs in MLflow: one experiment per study, with one run per arm and seed. A tag identifies the computation of a run. A later run
 * continues after the last step of each metric, so resumed and cached results are not reported twice.
 */
import { canonical } from '../../../dsl/check/canonical.ts'
import { taggedHash } from '../../format/hash.ts'
import { readParts } from '../../store/artifact.ts'
import type { Objects } from '../../store/objects.ts'
import { type ArmNow, type PointsAfter, type TrackedArm, type TrackedStudy, type Tracker, tagged } from '../tracking/tracker.ts'
import { type Metric, MlflowClient, type MlflowRun } from './client.ts'

const statuses = { running: 'RUNNING', finished: 'FINISHED', failed: 'FAILED', stopped: 'KILLED' } as const
const identity = 'espalier.run'
/** Tags with what the server has already: status and results, and the version of the artifacts. */
const [state, uploaded] = ['espalier.state', 'espalier.uploaded']
/** Maximum length of a parameter that all server versions accept. */
const longest = 500

/** The known state of an arm's run on the server. */
interface Told {
  readonly run: MlflowRun
  status: string
  readonly tags: Map<string, string>
  readonly last: Map<string, number>
}

export interface MlflowRequest {
  /** The address without user name and password. */
  readonly url: string
  readonly study: TrackedStudy
  readonly objects: Pick<Objects, 'get'>
  readonly environment: NodeJS.ProcessEnv
}

export function mlflow({ url, study, objects, environment }: MlflowRequest): Tracker {
  const client = new MlflowClient(url, environment)
  const told = new Map<TrackedArm, Told>()
  let experiment: string | undefined
  return {
    name: `MLflow at ${url}`,
    async update(now, points) {
      experiment ??= await client.experiment(environment.MLFLOW_EXPERIMENT_NAME || study.name)
      const at = told.get(now.arm) ?? (await begun(client, experiment, study, now))
      told.set(now.arm, at)
      await bring(client, objects, at, now, points)
    },
  }
}

/** The run of this computation, or a new one. */
async function begun(client: MlflowClient, experiment: string, { file }: TrackedStudy, { arm, began }: ArmNow): Promise<Told> {
  const id = taggedHash('espalier/tracked-run/1', [arm.origin, arm.path])
  const tags = new Map([
    [identity, id],
    ['espalier.arm', arm.path],
    ['mlflow.source.name', file],
    ['mlflow.source.type', 'LOCAL'],
  ])
  const run = (await client.find(experiment, identity, id)) ?? (await client.create(experiment, arm.path, began, tags))
  return { run, status: run.status, tags: new Map(run.tags), last: new Map(run.steps) }
}

async function bring(client: MlflowClient, objects: Pick<Objects, 'get'>, at: Told, now: ArmNow, points: PointsAfter): Promise<void> {
  const { run, tags, last } = at
  const whole = stateOf(now)
  if (tags.get(state) === whole) return
  if (now.status === 'running' && at.status !== statuses.running) await setStatus(client, at, statuses.running)
  const params = new Map([...parametersOf(now.arm)].filter(([name]) => !run.params.has(name)))
  if (!tags.has(state)) await client.log(run.id, 'params', params)
  await setTags(client, at, new Map([[state, statuses.running], ...keyTags(now)]))
  const curves = (await points((tag) => last.get(tag))).map(({ tag, step, value, time }) => ({ key: tag, value, timestamp: time, step }))
  const time = now.ended ?? Date.now()
  const results = Object.entries(now.metrics).filter(([tag]) => !last.has(tag))
  const metrics: Metric[] = [...curves, ...results.map(([key, value]) => ({ key, value, timestamp: time, step: 0 }))]
  await client.logMetrics(run.id, metrics, (batch) => {
    for (const { key, step } of batch) last.set(key, step)
  })
  if (now.status === 'running') return
  const result = [...keyTags(now).values()].join(' ')
  if (now.status === 'finished' && tags.get(uploaded) !== taggedHash('espalier/tracked-files/1', result)) {
    await upload(client, objects, run, now)
    await setTags(client, at, new Map([[uploaded, taggedHash('espalier/tracked-files/1', result)]]))
  }
  await setStatus(client, at, statuses[now.status], time)
  // Last, so that the next run repeats an incomplete report.
  await setTags(client, at, new Map([[state, whole]]))
}

async function setStatus(client: MlflowClient, at: Told, status: string, ended?: number): Promise<void> {
  if (at.status !== status) await client.setStatus(at.run.id, status, ended)
  at.status = status
}

/** Sends the tags that are new or changed. */
async function setTags(client: MlflowClient, at: Told, wanted: ReadonlyMap<string, string>): Promise<void> {
  const changed = new Map([...wanted].filter(([name, value]) => at.tags.get(name) !== value))
  await client.log(at.run.id, 'tags', changed)
  for (const [name, value] of changed) at.tags.set(name, value)
}

/** Changes whenever there is something new to report about an arm that is not running. */
const stateOf = ({ status, metrics, artifact }: ArmNow): string =>
  status === 'running'
    ? ''
    : `${statuses[status]} ${taggedHash('espalier/tracked-state/1', { metrics, artifact: artifact ?? null }).slice(0, 16)}`

function keyTags({ arm: { stages }, keys, artifact }: ArmNow): Map<string, string> {
  const known = stages.flatMap(({ path, name }) => (keys.has(path) ? [[tagged(`espalier.key.${name}`), keys.get(path)!] as const] : []))
  const key = keys.get(stages.at(-1)!.path)
  return new Map([
    ...known,
    ...(key === undefined ? [] : [['espalier.key', key] as const]),
    ...(artifact === undefined ? [] : [['espalier.artifact', artifact] as const]),
  ])
}

/** Labels by axis, and each stage's options: `train.optimizer.lr`. */
function parametersOf({ labels, stages }: TrackedArm): ReadonlyMap<string, string> {
  const options = stages.flatMap(({ name, options: each }) =>
    Object.entries(each).map(([option, value]) => [`${name}.${option}`, value] as const),
  )
  const written = options.map(([name, value]) => [tagged(name), typeof value === 'string' ? value : canonical(value)] as const)
  const all = [...written, ...labels.map(({ axis, value }) => [tagged(axis), value] as const)]
  return new Map(all.map(([name, value]) => [name, value.length > longest ? `${value.slice(0, longest - 1)}…` : value]))
}

/** Uploads the stages with keys and options, and the stored network, if the server accepts artifacts. */
async function upload(client: MlflowClient, objects: Pick<Objects, 'get'>, run: MlflowRun, { arm, keys, artifact }: ArmNow): Promise<void> {
  const stages = arm.stages.map(({ path, name, kind, options }) => ({ name, kind, path, key: keys.get(path) ?? null, options }))
  const content = JSON.stringify({ arm: arm.path, artifact: artifact ?? null, stages }, null, 2)
  const taken = await client.upload(run.artifacts, 'stages.json', new TextEncoder().encode(content))
  if (!taken || artifact === undefined) return
  const { topology, weights, masks } = await readParts(objects, artifact)
  await client.upload(run.artifacts, 'network/topology.json', await objects.get(topology))
  await client.upload(run.artifacts, 'network/weights.safetensors', await objects.get(weights))
  if (masks !== null) await client.upload(run.artifacts, 'network/masks.safetensors', await objects.get(masks))
}
