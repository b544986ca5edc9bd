import { readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe } from 'vitest'
import { storeFiles } from '../../../../runtime/store/files.ts'
import { openStore } from '../../../../runtime/store/open.ts'
import { conformance, type Place } from '../conformance.ts'
import { canMount, smallDisk } from '../small-disk.ts'
import { temporaryFolder } from '../temporary-store.ts'
import { databaseClock, noPostgres, postgresForFile } from './server.ts'

const server = postgresForFile()
const flipped = (content: Uint8Array): Uint8Array => content.map((byte, i) => (i === content.length - 1 ? byte ^ 1 : byte))

async function place(objects?: string): Promise<Place & { readonly database: string }> {
  const folder = await temporaryFolder()
  const database = server().createDatabase()
  const name = new URL(database).pathname.slice(1)
  const at = { home: join(folder, 'home'), objects: objects ?? join(folder, 'shared'), database }
  const fileOf = async (digest: string) => (await storeFiles(at.objects).objects.whereIs(digest)).file
  const clock = databaseClock(server(), database)
  return {
    database: name,
    async open(options) {
      const store = await openStore(at, options)
      // Leases are judged by the database's clock, which stands still between two `elapse`.
      if (options?.leases?.clock !== undefined) clock.stop()
      return store
    },
    openReadOnly: () => openStore(at, { readOnly: true }),
    async damage(digest) {
      const file = await fileOf(digest)
      await writeFile(file, flipped(await readFile(file)))
      await utimes(file, 1000, 1000)
    },
    remove: async (digest) => rm(await fileOf(digest)),
    elapse: clock.elapse,
    beaten: clock.beaten,
  }
}

describe.skipIf(noPostgres !== undefined)(noPostgres ?? 'PostgreSQL', () => {
  conformance({
    name: 'in PostgreSQL',
    place,
    full: canMount ? async () => (await place(join(smallDisk(4e6), 'shared'))).open() : undefined,
    async newer() {
      const there = await place()
      const store = await there.open()
      store.close()
      server().sql('UPDATE espalier.store SET version = 1000', there.database)
      return there
    },
  })
})
