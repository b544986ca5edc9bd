import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe } from 'vitest'
import { openStore } from '../../../../runtime/store/open.ts'
import { s3Address } from '../../../../runtime/store/s3/address.ts'
import { S3Client } from '../../../../runtime/store/s3/client.ts'
import { conformance, type Place } from '../conformance.ts'
import { databaseClock, noPostgres, postgresForFile } from '../postgres/server.ts'
import { temporaryFolder } from '../temporary-store.ts'
import { inEnvironment, moto, prepareMoto, type S3Server, s3rver } from './servers.ts'

const noMoto = await prepareMoto()
const postgres = postgresForFile()

describe.each([
  ['s3rver', s3rver, noPostgres],
  ['moto', moto, noPostgres ?? noMoto],
] as const)('with %s', (name, start, none) => {
  let s3: S3Server | undefined
  beforeAll(async () => {
    if (none === undefined) s3 = await start()
  }, 60_000)
  afterAll(() => s3?.stop())

  async function place(): Promise<Place> {
    inEnvironment({ ...s3!.env })
    const home = join(await temporaryFolder(), 'home')
    const objects = `s3://${s3!.bucket}/${randomUUID()}`
    const client = new S3Client(s3Address(objects))
    const at = { home, objects, database: postgres().createDatabase() }
    const clock = databaseClock(postgres(), at.database)
    const nameOf = (digest: string) => `objects/${digest.slice('sha256:'.length)}`
    const forget = (digest: string) => rm(join(home, 'cache', digest.slice('sha256:'.length)), { force: true })
    return {
      async open(options) {
        const store = await openStore(at, options)
        if (options?.leases?.clock !== undefined) clock.stop()
        return store
      },
      openReadOnly: () => openStore(at, { readOnly: true }),
      async damage(digest) {
        await forget(digest)
        const content = (await client.get(nameOf(digest)))!
        await client.put(
          nameOf(digest),
          content.map((byte, i) => (i === content.length - 1 ? byte ^ 1 : byte)),
        )
      },
      async remove(digest) {
        await forget(digest)
        await client.remove(nameOf(digest))
      },
      nextSecond: () => sleep(1001),
      elapse: clock.elapse,
      beaten: clock.beaten,
    }
  }

  describe.skipIf(none !== undefined)(none ?? 'both servers', () => {
    conformance({ name: `in PostgreSQL and ${name}`, place, full: undefined, newer: undefined })
  })
})
