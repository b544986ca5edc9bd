import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openStore } from '../../../../runtime/store/open.ts'
import { databaseAddress } from '../../../../runtime/store/postgres/address.ts'
import { Database } from '../../../../runtime/store/postgres/database.ts'
import { PostgresJobs } from '../../../../runtime/store/postgres/jobs.ts'
import { schema } from '../../../../runtime/store/postgres/migrations.ts'
import { Presence } from '../../../../runtime/store/postgres/presence.ts'
import type { JobOffer, WorkerAbilities, WorkerFacts } from '../../../../runtime/store/shared-work.ts'
import { temporaryFolder } from '../temporary-store.ts'
import { databaseClock, noPostgres, postgresForFile } from './server.ts'

const server = postgresForFile()

const able: WorkerAbilities = { queues: ['any/1'], version: '1', numerics: 'a' }
const keyOf = (name: string) => Buffer.from(name).toString('hex').padEnd(64, '0')
const offer = (name: string, more: Partial<JobOffer> = {}): JobOffer => ({
  ...{ key: keyOf(name), queue: 'any/1', version: '1', numerics: null, run: 'run', arm: 0, depth: 0, bundle: null },
  ask: { stage: { path: name } },
  ...more,
})

/** Processes that share a store, of which this machine cannot see whether they live. */
async function processes<const N extends string>(...names: readonly N[]) {
  const folder = await temporaryFolder()
  const database = server().createDatabase()
  const opened = {} as { [name in N]: Awaited<ReturnType<typeof open>> }
  const open = async (name: string) => {
    const store = await openStore({ home: join(folder, name), objects: join(folder, 'objects'), database })
    onTestFinished(() => store.close())
    return { ...store.shared!, leases: store.leases, close: () => store.close() }
  }
  for (const name of names) opened[name] = await open(name)
  const sql = (statement: string) => server().sql(statement, new URL(database).pathname.slice(1))
  return { ...opened, clock: databaseClock(server(), database), sql, address: database }
}

const pathsOf = (jobs: readonly ({ readonly ask: unknown } | undefined)[]) =>
  jobs.map((job) => (job as { ask: { stage: { path: string } } } | undefined)?.ask.stage.path)

describe.skipIf(noPostgres !== undefined)(`jobs (${noPostgres ?? 'PostgreSQL'})`, () => {
  test('a job is taken once, by a worker that serves its queue with its version and numerics', async () => {
    const { a, w, v } = await processes('a', 'w', 'v')
    await a.jobs.offer(a.me, [offer('plain')])
    await a.jobs.offer(a.me, [offer('large', { queue: 'any/64' })])
    await a.jobs.offer(a.me, [offer('newer', { version: '2' })])
    await a.jobs.offer(a.me, [offer('exact', { numerics: 'b' })])
    expect(pathsOf([await w.jobs.take(able), await v.jobs.take(able)])).toEqual(['plain', undefined])
    expect(pathsOf([await v.jobs.take({ ...able, numerics: 'b' })])).toEqual(['exact'])
    expect(await a.jobs.waiting()).toBe(2)
  })

  test('runs take turns, and within a run the first arm comes first', async () => {
    const { a, b, w } = await processes('a', 'b', 'w')
    for (const arm of [1, 0, 2]) await a.jobs.offer(a.me, [offer(`a${arm}`, { run: 'a', arm })])
    for (const arm of [7, 8]) await b.jobs.offer(b.me, [offer(`b${arm}`, { run: 'b', arm })])
    const taken = []
    for (let i = 0; i < 5; i++) taken.push(await w.jobs.take(able))
    expect(pathsOf(taken)).toEqual(['a0', 'b7', 'a1', 'b8', 'a2'])
  })

  test('what it costs to take a stage, to hear of ends and to tidy does not grow with what waits', async () => {
    const { a, sql, address } = await processes('a')
    const database = await Database.open(databaseAddress(address), { schema, readOnly: false })
    onTestFinished(() => database.close())
    sql("INSERT INTO espalier.coordinations VALUES ('run', 'file', 'target', '{}', NULL, espalier.clock())")
    let waiting = 0
    const more = (count: number) => {
      const numbers = `generate_series(${waiting + 1}, ${waiting + count}) AS i`
      waiting += count
      const key = "lpad(to_hex(i), 64, '0')"
      sql(`INSERT INTO espalier.jobs (key, queue, version, run, arm, depth, ask, offered)
        SELECT ${key}, 'any/' || i % 2 + 1, '1', 'run' || i % 3, i, i % 5, '{}', espalier.clock() FROM ${numbers}`)
      sql(`INSERT INTO espalier.wanted SELECT ${key}, 'run' FROM ${numbers}`)
    }
    /** Rows that the work reads in the two tables. */
    const read = (work: (jobs: PostgresJobs) => Promise<unknown>) =>
      database.transaction(async (all) => {
        const within = { all, transaction: (inside: (query: typeof all) => Promise<unknown>) => inside(all) } as unknown as Database
        await work(new PostgresJobs(within, new Presence(database)))
        const counts = "SELECT sum(seq_tup_read + idx_tup_fetch) AS rows FROM pg_stat_xact_user_tables WHERE relname IN ('jobs', 'wanted')"
        return Number((await all(counts))[0]!.rows)
      })
    const costs = async () => ({
      take: await read((jobs) => jobs.take(able)),
      ended: await read((jobs) => jobs.look('run', 'ended')),
      look: await read((jobs) => jobs.look('run')),
      tidy: await read((jobs) => jobs.tidy()),
    })
    more(1000)
    const few = await costs()
    more(20_000)
    for (const each of [few, await costs()]) for (const [what, rows] of Object.entries(each)) expect(rows, what).toBeLessThan(100)
    expect(await a.jobs.waiting()).toBe(20_998)
  })

  test('a stage that somebody takes meanwhile is not given twice, however many take at once', async () => {
    const { a, w, v } = await processes('a', 'w', 'v')
    const names = Array.from({ length: 30 }, (_, i) => `s${i}`)
    await a.jobs.offer(
      a.me,
      names.map((name, i) => offer(name, { run: `run ${i % 2}` })),
    )
    const taken = await Promise.all(Array.from({ length: 30 }, (_, i) => (i % 2 === 0 ? w : v).jobs.take(able)))
    expect(pathsOf(taken).sort()).toEqual(names.sort())
    expect(await w.jobs.take(able)).toBeUndefined()
  })

  test('what is let go of while it ends, or while it is handed back, is forgotten', async () => {
    const { a, w, sql } = await processes('a', 'w')
    for (let i = 0; i < 20; i++) {
      const names = ['one', 'two']
      await a.jobs.offer(
        a.me,
        names.map((name) => offer(name)),
      )
      const claims = [await w.jobs.take(able), await w.jobs.take(able)].map((job) => job!.claim)
      await Promise.all([
        w.jobs.end(claims[0]!, { end: 'done' }, null),
        w.jobs.handBack(claims[1]!),
        a.jobs.drop(
          a.me,
          names.map((name) => keyOf(name)),
        ),
      ])
      await w.jobs.tidy()
      expect(sql('SELECT (SELECT count(*) FROM espalier.jobs) + (SELECT count(*) FROM espalier.wanted)')).toBe('0')
    }
  })

  test('of many processes that tend to the same jobs one does it at a time', async () => {
    const { w, v, clock, sql } = await processes('w', 'v')
    clock.stop()
    await w.jobs.tend()
    const done = () => sql('SELECT chore, done FROM espalier.chores ORDER BY chore')
    const first = done()
    await clock.elapse(0.5)
    await v.jobs.tend()
    expect(done()).toBe(first)
    await clock.elapse(2)
    await v.jobs.tend()
    expect(done()).not.toBe(first)
  })

  test('runs that want the same stage share its job; it is called off when the last of them lets go', async () => {
    const { a, b, w } = await processes('a', 'b', 'w')
    await a.jobs.offer(a.me, [offer('one')])
    await b.jobs.offer(b.me, [offer('one')])
    const { claim } = (await w.jobs.take(able))!
    expect(await w.jobs.take(able)).toBeUndefined()
    await a.jobs.drop(a.me, [keyOf('one')])
    expect(await w.jobs.standing()).toEqual([{ claim, wanted: true }])
    await b.jobs.drop(b.me, [keyOf('one')])
    expect(await w.jobs.standing()).toEqual([{ claim, wanted: false }])
    await w.jobs.handBack(claim)
    expect(await w.jobs.take(able)).toBeUndefined()
    expect(await w.jobs.standing()).toEqual([])
  })

  test('all who want it are told how far it is and how it ended, and nothing is left when they have heard', async () => {
    const { a, b, w, sql } = await processes('a', 'b', 'w')
    for (const wanter of [a, b]) await wanter.jobs.offer(wanter.me, [offer('one')])
    expect(await a.jobs.look(a.me)).toEqual([])
    const { claim } = (await w.jobs.take(able))!
    await w.jobs.tell(claim, { step: 3 })
    expect(await b.jobs.look(b.me)).toMatchObject([{ key: keyOf('one'), told: { step: 3 }, outcome: null }])
    await w.jobs.end(claim, { end: 'done' }, { step: 4 })
    for (const wanter of [a, b]) {
      expect(await wanter.jobs.look(wanter.me)).toMatchObject([{ told: { step: 4 }, outcome: { end: 'done' } }])
      await wanter.jobs.drop(wanter.me, [keyOf('one')])
    }
    expect(sql('SELECT (SELECT count(*) FROM espalier.jobs) + (SELECT count(*) FROM espalier.wanted)')).toBe('0')
  })

  test('what a dead worker had is taken by another one, and what the dead one says when it wakes is not heard', async () => {
    const { a, w, v, clock } = await processes('a', 'w', 'v')
    await a.jobs.offer(a.me, [offer('one')])
    const first = (await w.jobs.take(able))!
    clock.stop()
    for (const alive of [a, v]) await alive.jobs.offer(alive.me, [offer(alive.me)]) // they show that they live
    await clock.elapse(9)
    for (const alive of [a, v]) await alive.jobs.offer(alive.me, [offer(alive.me)])
    await clock.elapse(11)
    for (const alive of [a, v]) await alive.jobs.offer(alive.me, [offer(alive.me)])
    await v.jobs.tend()
    let second: Awaited<ReturnType<typeof v.jobs.take>>
    do second = await v.jobs.take(able)
    while (second !== undefined && second.key !== first.key)
    expect(second).toMatchObject({ key: first.key })
    expect(second!.claim).not.toBe(first.claim)
    await w.jobs.end(first.claim, { end: 'failed' }, null)
    await w.jobs.handBack(first.claim)
    expect(await w.jobs.standing()).toEqual([])
    expect((await a.jobs.look(a.me)).find(({ key }) => key === first.key)).toMatchObject({ outcome: null })
    await v.jobs.end(second!.claim, { end: 'done' }, null)
    expect((await a.jobs.look(a.me)).find(({ key }) => key === first.key)).toMatchObject({ outcome: { end: 'done' } })
  })

  test('what a dead run wanted is forgotten, unless it goes on by itself: then others take its coordination over', async () => {
    const { a, w, clock, sql } = await processes('a', 'w')
    clock.stop()
    await a.coordinations.add({ id: 'run', file: '/a.pipeline.ts', target: 'default', request: {} })
    expect(await a.coordinations.take()).toMatchObject({ id: 'run' })
    await a.jobs.offer('run', [offer('kept')])
    await a.jobs.offer(a.me, [offer('gone')])
    expect(await w.coordinations.take()).toBeUndefined()
    await clock.elapse(11)
    await w.jobs.tidy()
    expect(sql('SELECT key FROM espalier.wanted')).toBe(keyOf('kept'))
    expect(sql('SELECT key FROM espalier.jobs')).toBe(keyOf('kept'))
    expect(await w.coordinations.take()).toMatchObject({ id: 'run' })
    expect([await a.coordinations.held(), await w.coordinations.held()]).toEqual([new Set(), new Set(['run'])])
    expect(await w.coordinations.remove('run')).toBe(true)
    await w.jobs.tidy()
    expect(sql('SELECT count(*) FROM espalier.jobs')).toBe('0')
  })

  test('workers are listed with their stages as long as they live', async () => {
    const { a, w, v, clock } = await processes('a', 'w', 'v')
    const facts: WorkerFacts = {
      ...{
        slots: 1,
        threads: 2,
        device: 'cpu' as const,
        deviceName: 'x',
        engine: 'tensorflow 2',
        numerics: 'a',
        memory: 1e9,
        version: '1',
      },
      draining: false,
    }
    for (const worker of [w, v]) await worker.crew.join(facts)
    await a.jobs.offer(a.me, [offer('one')])
    await w.jobs.take(able)
    expect(await a.crew.members()).toMatchObject([
      { id: w.me, facts, jobs: [{ path: 'one' }] },
      { id: v.me, jobs: [] },
    ])
    await v.crew.leave()
    expect(await a.crew.members()).toHaveLength(1)
    clock.stop()
    await clock.elapse(11)
    expect(await a.crew.members()).toEqual([])
  })

  test('code is kept as long as a job needs it, and a day', async () => {
    const { a, sql } = await processes('a')
    const [one, two, three] = ['1', '2', '3'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string, string]
    await a.bundles.put(one, Buffer.from([0, 255]))
    await a.bundles.put(two, Buffer.from([1]))
    await a.jobs.offer(a.me, [offer('one', { bundle: two })])
    sql("UPDATE espalier.bundles SET used = used - interval '25 hours'")
    await a.bundles.put(three, Buffer.from([2]))
    expect(await a.bundles.get(one)).toBeUndefined()
    expect(await a.bundles.get(two)).toEqual(Buffer.from([1]))
  })
})
