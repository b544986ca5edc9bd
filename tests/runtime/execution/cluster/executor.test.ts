import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as Effect from 'effect/Effect'
import { expect, onTestFinished, test } from 'vitest'
import { topologyOf } from '../../../../bench/scheduling.ts'
import { Coordinator, type DetachedRun } from '../../../../runtime/execution/cluster/coordinator.ts'
import { clusterExecutor } from '../../../../runtime/execution/cluster/executor.ts'
import { asJson, queuesServed, type StageJob } from '../../../../runtime/execution/cluster/stage-job.ts'
import { Interruption } from '../../../../runtime/execution/interruption.ts'
import { runOn } from '../../../../runtime/execution/scheduler.ts'
import { libraryVersion } from '../../../../runtime/fingerprint/boundary.ts'
import { identityOf } from '../../../../runtime/plan/manifest.ts'
import { dataKey } from '../../../../runtime/plan/plan.ts'
import { StoreProblem } from '../../../../runtime/problem.ts'
import type { RunEvent } from '../../../../runtime/run-event.ts'
import { writeArtifact } from '../../../../runtime/store/artifact.ts'
import { openStore } from '../../../../runtime/store/open.ts'
import type { Store } from '../../../../runtime/store/store.ts'
import { adam, compare, digits, lenet300, task } from '../../../../stdlib/index.ts'
import { facts } from '../../plan/stages.ts'
import { noPostgres, postgresForFile } from '../../store/postgres/server.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'
import { graphOf } from '../running.ts'

const server = postgresForFile()
const data = new Map([[dataKey({ name: 'digits', options: {} }), facts]])

/** A study whose arms are ready at once. */
const study = (arms: number) =>
  graphOf(
    compare(
      Object.fromEntries(
        Array.from({ length: arms }, (_, arm) => [
          `arm${arm}`,
          task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 * (1 + arm) }), epochs: 1 }).train(),
        ]),
      ),
    ),
  )

/** Takes a stage and keeps a result that was computed in no time. @returns its path; undefined when nothing waits */
async function computeOne({ shared, results, objects }: Store): Promise<string | undefined> {
  const abilities = { queues: queuesServed('cpu', 64e9), version: libraryVersion(), numerics: 'any' }
  const job = await shared!.jobs.take(abilities)
  if (job === undefined) return undefined
  const { stage, inputs, data: read } = job.ask as unknown as StageJob
  const { path, kind } = stage
  const { key, manifest } = identityOf(stage, inputs, read?.digest)
  const artifact =
    kind === 'evaluate' ? undefined : await writeArtifact(objects, { topology: topologyOf(path), weights: new Map(), masks: new Map() })
  await results.put({ key, kind, path, manifest, artifact, snapshots: {}, metrics: {}, numerics: undefined, finished: 0, seconds: 1 })
  await shared!.jobs.end(job.claim, { end: 'done', how: 'run' }, null)
  return path
}

async function stores() {
  const [folder, database] = [await temporaryFolder(), server().createDatabase()]
  const opened: Store[] = []
  for (const name of ['run', 'worker'])
    opened.push(await openStore({ home: join(folder, name), objects: join(folder, 'objects'), database }))
  onTestFinished(() => {
    for (const store of opened) store.close()
  })
  const sql = (statement: string) => server().sql(statement, new URL(database).pathname.slice(1))
  return { run: opened[0]!, worker: opened[1]!, sql }
}

function running(store: Store, graph: ReturnType<typeof study>) {
  const interruption = new Interruption()
  const events: RunEvent[] = []
  const executor = clusterExecutor({ store, run: 'run', code: null, warn: () => {} })
  const request = { graph, store, data, file: 'a.pipeline.ts', resources: { slots: 1, threads: 1 }, elsewhere: true, interruption }
  let over = false
  const end = Effect.runPromise(runOn(executor, { ...request, onEvent: (event) => void events.push(event) })).finally(() => {
    over = true
  })
  return { end, interruption, events, isOver: () => over }
}

const left = '(SELECT count(*) FROM espalier.jobs) + (SELECT count(*) FROM espalier.wanted)'

test.skipIf(noPostgres !== undefined)(
  `of a wide study a bounded number of stages waits in the database, all of it is computed, and no arm waits for later ones (${noPostgres ?? 'PostgreSQL'})`,
  async () => {
    const { run, worker, sql } = await stores()
    const { end, isOver } = running(run, study(150))
    const paths: string[] = []
    let most = 0
    while (!isOver()) {
      most = Math.max(most, await worker.shared!.jobs.waiting())
      const path = await computeOne(worker)
      if (path === undefined) await sleep(10)
      else paths.push(path)
    }
    // init, then train and evaluate of each arm
    expect((await end).stages).toMatchObject({ total: 301, run: 301, failed: 0 })
    expect(most).toBeLessThanOrEqual(64)
    expect(most).toBeGreaterThanOrEqual(32)
    expect(paths).toHaveLength(301)
    // The last arms' trainings were offered when the first arms were done.
    const position = (path: string) => paths.findIndex((one) => one.includes(path))
    expect(position('arm0/')).toBeLessThan(position('arm149/'))
    expect(paths.slice(0, 140).some((path) => path.includes('arm149'))).toBe(false)
    expect(sql(`SELECT ${left}`)).toBe('0')
  },
  60_000,
)

test.skipIf(noPostgres !== undefined)(
  'a run that is interrupted wants nothing any more, neither what was offered nor what was not',
  async () => {
    const { run, worker, sql } = await stores()
    const { end, interruption, isOver } = running(run, study(150))
    while ((await computeOne(worker)) === undefined) await sleep(10)
    while ((await worker.shared!.jobs.waiting()) < 32) await sleep(10)
    interruption.request()
    expect((await end).interrupted).toBe(true)
    expect(isOver()).toBe(true)
    expect(sql(`SELECT ${left}`)).toBe('0')
  },
  60_000,
)

test.skipIf(noPostgres !== undefined)(
  'a run whose end the database did not record is taken again by the same worker, and ends',
  async () => {
    const { run, worker, sql } = await stores()
    const request = {
      ...{ graph: study(1), part: false, data: [...data], file: 'a.pipeline.ts', target: 'default', host: 'here' },
      ...{ code: null, numerics: null, resources: { slots: 1, threads: 1 }, engine: { engine: 'portable', xla: false }, processor: null },
      ...{ checkpointEvery: 30, retries: 0, failFast: false },
    } as const satisfies DetachedRun
    await run.shared!.coordinations.add({ id: 'run', file: request.file, target: request.target, request: asJson(request) })
    const { coordinations } = worker.shared!
    let removals = 0
    const unreliable = {
      held: () => coordinations.held(),
      take: () => coordinations.take(),
      handBack: (id: string) => coordinations.handBack(id),
      remove: async (id: string) => {
        if (removals++ === 0) throw new StoreProblem({ kind: 'unreachable', title: 'The database does not answer.', facts: [], hint: '' })
        const removed = await coordinations.remove(id)
        await sleep(100) // until `look` has found it gone
        return removed
      },
    } as typeof coordinations
    const said: string[] = []
    const store = { ...worker, shared: { ...worker.shared!, coordinations: unreliable } }
    const coordinator = new Coordinator(
      store,
      (line) => said.push(line),
      () => {},
    )
    let computed = 0
    while (coordinator.busy || sql('SELECT count(*) FROM espalier.coordinations') !== '0') {
      await coordinator.look()
      if ((await computeOne(worker)) === undefined) await sleep(10)
      else computed++
    }
    expect({ computed, removals }).toEqual({ computed: 3, removals: 2 })
    expect(said).toEqual(['coordinates a.pipeline.ts', 'has run a.pipeline.ts', 'coordinates a.pipeline.ts', 'has run a.pipeline.ts'])
  },
  60_000,
)
