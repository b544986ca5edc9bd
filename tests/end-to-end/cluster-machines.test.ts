import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noPostgres, PostgresServer } from '../runtime/store/postgres/server.ts'
import { eventsNamed, type Running } from './command.ts'
import { Machines } from './machines.ts'

/** Arms that differ in their seeds. */
const study = (arms: number) => `
import { adam, compare, digits, lenet300, task } from 'espalier'
export default compare(Object.fromEntries(Array.from({ length: ${arms} }, (_, seed) =>
  ['arm' + seed, task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1.2e-3 }), epochs: 1, seed }).train()])))
`

const speaking = `
import { adam, digits, lenet300, stage, task } from 'espalier'
const speak = stage('speak', ({ weights }) => {
  console.log('what the worker says')
  return weights
}, {})
export default task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1.2e-3 }), epochs: 1 }).init().pipe(speak)
`

async function ended(worker: Running): Promise<void> {
  worker.child.kill('SIGTERM')
  expect(await worker.ended).toMatchObject({ code: 0 })
}

describe.skipIf(noPostgres !== undefined)(`workers of several kinds (${noPostgres ?? 'PostgreSQL'})`, () => {
  let server: PostgresServer
  beforeAll(() => {
    server = new PostgresServer()
  })
  afterAll(() => server?.remove())

  test('a run on machines of two kinds says so beside its table; with --same-machine-kind it keeps to the one that has most of it', async () => {
    const machines = await Machines.of(server)
    const here = machines.machine({ 'a.pipeline.ts': study(1) })
    const threadsOf = () =>
      server.sql(
        "SELECT DISTINCT numerics::json ->> 'threads' FROM espalier.results WHERE numerics IS NOT NULL ORDER BY 1",
        new URL(machines.database).pathname.slice(1),
      )
    const two = await machines.worker(2)
    expect(await machines.run(here).ended).toMatchObject({ code: 0 })
    expect(threadsOf()).toBe('2')

    // The other one has as many slots or more, and nothing of this study.
    const one = await machines.worker(1)
    here.write('a.pipeline.ts', study(4))
    const kept = await machines.run(here, '--same-machine-kind').ended
    expect(kept).toMatchObject({ code: 0, stderr: '' })
    expect(threadsOf()).toBe('2')
    expect(eventsNamed(kept.stdout, 'done')[0]).not.toHaveProperty('machineKinds')

    await ended(two)
    here.write('a.pipeline.ts', study(6))
    const mixed = await machines.run(here).ended
    expect(mixed.code).toBe(0)
    expect(threadsOf()).toBe('1\n2')
    const kinds = eventsNamed(mixed.stdout, 'done')[0]?.machineKinds ?? []
    expect(kinds.map(({ kind }) => kind.replace(/^.*, /, ''))).toEqual(['2 threads', '1 thread'])
    const again = machines.espalier(here, 'run', 'a.pipeline.ts', '--on', 'cluster')
    expect((await again.ended).stdout).toMatch(/Computed on 2 kinds of machines[^\n]*--same-machine-kind/)
    await ended(one)
  }, 120_000)

  test('a run that is to keep to one kind is refused where no worker is, with what to do', async () => {
    const machines = await Machines.of(server)
    const here = machines.machine({ 'a.pipeline.ts': study(1) })
    const none = await machines.run(here, '--same-machine-kind').ended
    expect(none.code).not.toBe(0)
    expect(none.stderr).toContain('omit --same-machine-kind')
  }, 60_000)

  test('what a stage writes on a worker is in its log there, and on the machine of whoever runs', async () => {
    const machines = await Machines.of(server)
    const here = machines.machine({ 'a.pipeline.ts': speaking })
    const worker = await machines.worker(1)
    const run = await machines.run(here).ended
    expect(run).toMatchObject({ code: 0, stderr: '' })
    const logs = await machines.espalier(here, 'logs', 'speak').ended
    expect(logs.stdout).toContain('what the worker says')
    expect(logs.stdout.split('what the worker says')).toHaveLength(2)
    await ended(worker)
  }, 60_000)
})
