/** Prepares a run on other machines: uploads its code, and selects the class of machines that may compute. */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { parseTarget } from '../../format/target-name.ts'
import { stageKinds } from '../../kinds/kinds.ts'
import type { Hit } from '../../plan/plan.ts'
import type { SharedWork, WorkerFacts } from '../../store/shared-work.ts'
import type { Store } from '../../store/store.ts'
import { packBundle } from '../../user-code/bundle.ts'
import type { LoadedCode } from '../../user-code/user-modules.ts'
import type { UserSource } from '../../user-code/user-source.ts'
import type { RunRequest } from '../run-request.ts'
import { bringAll } from './bring-data.ts'
import type { DetachedRun } from './coordinator.ts'
import type { ClusterOptions } from './executor.ts'
import { clusterProblems } from './problems.ts'
import { asJson, type StageJob } from './stage-job.ts'

export interface ClusterAsked {
  readonly source: UserSource
  /** Absent when the pipeline has no user functions. */
  readonly code?: LoadedCode | undefined
  readonly sameMachineKind: boolean
  readonly hits: ReadonlyMap<string, Hit>
}

/** @throws StoreProblem, and LoadProblem for code that cannot be sent */
export async function clusterRun(store: Store, asked: ClusterAsked): Promise<Omit<ClusterOptions, 'warn'>> {
  const { shared } = store
  if (shared === undefined) throw clusterProblems.noDatabase(store.location)
  const numerics = asked.sameMachineKind ? await oneKind(shared, asked.hits) : undefined
  return { store, run: randomUUID(), code: await sent(shared, asked), numerics }
}

async function sent({ bundles }: SharedWork, { source, code }: ClusterAsked): Promise<StageJob['code']> {
  if (code === undefined) return null
  const { digest, content, source: within } = packBundle(source, code)
  await bundles.put(digest, content)
  return { bundle: digest, source: within }
}

/** Rejects stages that need files of this machine, before a run is detached. @throws StoreProblem */
export function requireDetachable({ graph, hits }: Pick<RunRequest, 'graph' | 'hits'>): void {
  const atProject = graph.stages.find(({ id, kind }) => stageKinds[kind].files !== undefined && hits?.has(id) !== true)
  if (atProject !== undefined) throw clusterProblems.filesHere(atProject.path)
}

/** Numerics class of the machines that computed most of the cached results; among equals, the one with most slots. */
async function oneKind({ crew }: SharedWork, hits: ReadonlyMap<string, Hit>): Promise<string> {
  const members = (await crew.members()).map(({ facts }) => facts)
  const used = [...hits.values()].flatMap(({ result }) => result.numerics ?? [])
  const kinds = [...Map.groupBy(members, ({ numerics }) => numerics)].map(([kind, alike]) => {
    const [one] = alike as [WorkerFacts]
    const same = used.filter(
      ({ engine, version, device, deviceName, threads }) =>
        `${engine} ${version}` === one.engine && device === one.device && deviceName === one.deviceName && threads === one.threads,
    )
    return { kind, used: same.length, slots: alike.reduce((sum, { slots }) => sum + slots, 0) }
  })
  const [first] = kinds.sort((a, b) => b.used - a.used || b.slots - a.slots)
  if (first === undefined) throw clusterProblems.noKind()
  return first.kind
}

/** Workers that accept stages. */
export async function workersNow({ shared }: Store): Promise<NonNullable<RunRequest['workers']>> {
  const members = (await shared?.crew.members()) ?? []
  return members.flatMap(({ by, facts: { slots, threads, draining } }) => (draining ? [] : [{ by, slots, threads }]))
}

/** Queues a run for the workers to coordinate. @returns its id */
export async function detach(
  options: Omit<ClusterOptions, 'warn'>,
  request: Omit<RunRequest, 'computations' | 'store' | 'interruption' | 'onEvent'>,
): Promise<string> {
  const { store, run, code, numerics = null } = options
  const { graph, part = false, data, file, target = 'default', resources, engine, processor = null } = request
  await bringAll(store, graph, data)
  const detached = {
    ...{ graph, part, file: resolve(parseTarget(file).file), target, host: hostname(), code, numerics, resources, processor },
    data: [...data],
    engine: engine!,
    checkpointEvery: request.checkpointEvery ?? 30,
    retries: request.retries ?? 3,
    failFast: request.failFast ?? false,
  } satisfies DetachedRun
  await store.shared!.coordinations.add({ id: run, file: detached.file, target, request: asJson(detached) })
  return run
}
