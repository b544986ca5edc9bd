import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { writeArtifact } from '../../../../runtime/store/artifact.ts'
import { collect, findGarbage } from '../../../../runtime/store/maintenance/gc.ts'
import { openStore } from '../../../../runtime/store/open.ts'
import type { Store } from '../../../../runtime/store/store.ts'
import { keep } from '../stored.ts'
import { smallNetwork, temporaryFolder } from '../temporary-store.ts'
import { noPostgres, postgresForFile } from './server.ts'

const server = postgresForFile()

/** A store as two machines have it, and SQL in its database. */
async function machines() {
  const folder = await temporaryFolder()
  const database = server().createDatabase()
  const open = async (home: string): Promise<Store> => {
    const store = await openStore({ home: join(folder, home), objects: join(folder, 'objects'), database })
    onTestFinished(() => store.close())
    return store
  }
  const sql = (statement: string) => server().sql(statement, new URL(database).pathname.slice(1))
  return { here: await open('here'), there: await open('there'), sql }
}

async function gcLater(store: Store): Promise<readonly string[]> {
  vi.useFakeTimers({ now: Date.now() + 7_200_000, toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const garbage = await findGarbage(store)
  await collect(store, garbage)
  return garbage.results.map(({ path }) => path).sort()
}

describe.skipIf(noPostgres !== undefined)(`gc on a shared store (${noPostgres ?? 'PostgreSQL'})`, () => {
  test('leaves what a pipeline of another machine leads to, for 90 days after it was last planned there', async () => {
    const { here, there, sql } = await machines()
    const [wanted, gone] = [await keep(there, 'wanted', { seed: 1 }), await keep(there, 'gone', { seed: 2 })]
    await there.journal.remember({ file: '/there/a.pipeline.ts', target: 'default', keys: { wanted: wanted.key } })
    await there.journal.remember({ file: '/there/old.pipeline.ts', target: 'default', keys: { gone: gone.key } })
    sql("UPDATE espalier.targets SET host = 'another-machine'")
    sql("UPDATE espalier.targets SET seen = seen - interval '91 days' WHERE file = '/there/old.pipeline.ts'")
    expect(await gcLater(here)).toEqual(['gone'])
    expect((await there.results.find(wanted.key)).found).toBe('sound')
  })

  test('leaves what a run of another machine has come to, and the stages that are computed there', async () => {
    const { here, there, sql } = await machines()
    const [met, computed, gone] = [
      await keep(here, 'met', { seed: 1 }),
      await keep(here, 'computed', { seed: 2 }),
      await keep(here, 'gone', { seed: 3 }),
    ]
    const run = await there.journal.begin({ file: '/there/a.pipeline.ts', target: 'default', started: Date.now() })
    const event = { event: 'hit', path: 'met', kind: 'train', key: met.key, artifact: met.artifact } as const
    await there.journal.write(run, [{ event, time: Date.now() }])
    expect(await there.leases.take(computed.key)).toHaveProperty('lease')
    // As far as this machine can see, its process is not one of here; and many runs have come since.
    sql("UPDATE espalier.runs SET process = 'another-machine boot 1 1 -'")
    sql("UPDATE espalier.holders SET process = 'another-machine boot 1 1 -'")
    for (let i = 0; i < 11; i++) {
      const later = await here.journal.begin({ file: '/here/b.pipeline.ts', target: 'default', started: Date.now() })
      const target = { file: '/here/b.pipeline.ts', target: 'default', keys: {} }
      await here.journal.finish(later, { status: 'done', seconds: 1, counts: null, stages: [], target })
    }
    expect(await here.journal.run(run)).toMatchObject({ status: 'running' })
    expect(await gcLater(here)).toEqual(['gone'])
    expect((await here.results.find(gone.key)).found).toBe('none')
  })

  test('an object that another machine is about to name stays', async () => {
    const { here, there } = await machines()
    const artifact = await writeArtifact(there.objects, smallNetwork(1))
    vi.useFakeTimers({ now: Date.now() + 7_200_000, toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const garbage = await findGarbage(here)
    expect(garbage.objects).toHaveLength(3)
    await writeArtifact(there.objects, smallNetwork(1)) // the same network, made again there
    await collect(here, garbage)
    expect(await there.results.whatIsWrongWith(artifact)).toBeUndefined()
  })

  test('of the data sets that runs have sent, those stay that a result, a stage that waits or a run that goes on names', async () => {
    const { here, there, sql } = await machines()
    const file = join(await temporaryFolder(), 'data')
    const sent = async (text: string) => {
      const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`
      await writeFile(file, text)
      await here.shared!.dataSets.put(digest, file)
      return digest
    }
    const [used, waited, going, gone] = [await sent('used'), await sent('waited'), await sent('going'), await sent('gone')]
    const kept = await keep(here, 'kept', { inputs: { data: used } })
    await here.pins.add([kept.key])
    const { me, jobs, coordinations, dataSets } = there.shared!
    const job = { key: 'ab'.repeat(32), queue: 'any/1', version: '1', numerics: null, run: 'run', arm: 0, depth: 0, bundle: null }
    await jobs.offer(me, [{ ...job, ask: { stage: { path: 'waits' }, data: { digest: waited } } }])
    await coordinations.add({
      id: 'run',
      file: '/there/a.pipeline.ts',
      target: 'default',
      request: { data: [['digits', { digest: going }]] },
    })
    await gcLater(here)
    expect(await Promise.all([used, waited, going, gone].map((digest) => dataSets.has(digest)))).toEqual([true, true, true, false])
    // When nobody asks for them any more they go too.
    await jobs.drop(me, [job.key])
    await coordinations.remove('run')
    sql('DELETE FROM espalier.pins')
    await gcLater(here)
    expect(await Promise.all([used, waited, going].map((digest) => dataSets.has(digest)))).toEqual([false, false, false])
  })
})
