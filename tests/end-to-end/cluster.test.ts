import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noPostgres, PostgresServer } from '../runtime/store/postgres/server.ts'
import { artifactsOf, eventsNamed, temporaryProject } from './command.ts'
import { Machines } from './machines.ts'
import { ownFiles } from './own-files.ts'

describe.skipIf(noPostgres !== undefined)(`a run on other machines (${noPostgres ?? 'PostgreSQL'})`, () => {
  let server: PostgresServer
  beforeAll(() => {
    server = new PostgresServer()
  })
  afterAll(() => server?.remove())

  test('a worker that has neither the files nor the data computes what is all of the user’s own, to the bits of one machine', async () => {
    const machines = await Machines.of(server)
    const [here, alone] = [machines.machine(ownFiles), temporaryProject(ownFiles)]
    const worker = await machines.worker()
    const end = await machines.run(here).ended
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect(eventsNamed(end.stdout, 'stage-start').some(({ by }) => by !== undefined)).toBe(true)
    worker.child.kill('SIGTERM')
    expect(await worker.ended).toMatchObject({ code: 0 })
    expect((await alone.espalier('run', 'a.pipeline.ts', '--threads', '1')).code).toBe(0)
    expect(await artifactsOf(alone, 'a.pipeline.ts')).toEqual(
      Object.fromEntries(
        (
          JSON.parse((await machines.espalier(here, 'plan', 'a.pipeline.ts', '--json').ended).stdout).stages as {
            path: string
            artifact: string | null
          }[]
        ).map(({ path, artifact }) => [path, artifact]),
      ),
    )
  }, 120_000)
})
