import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openStore } from '../../../../runtime/store/open.ts'
import { migrations } from '../../../../runtime/store/postgres/migrations.ts'
import { temporaryFolder } from '../temporary-store.ts'
import { noPostgres, postgresForFile } from './server.ts'

const server = postgresForFile()
const key = 'ab'.repeat(32)

test.skipIf(noPostgres !== undefined).each(migrations.map((_, i) => i + 1))(
  'a database of version %i is brought up to date, and keeps what it knows',
  async (version) => {
    const folder = await temporaryFolder()
    const database = server().createDatabase()
    const place = { home: join(folder, 'home'), objects: join(folder, 'objects'), database }
    const sql = (statement: string) => server().sql(statement, new URL(database).pathname.slice(1))
    ;(await openStore(place)).close() // marks the objects' folder
    const [id, objects] = sql('SELECT id, objects FROM espalier.store').split('|')
    sql('SET client_min_messages = warning; DROP SCHEMA espalier CASCADE; CREATE SCHEMA espalier')
    for (const migration of migrations.slice(0, version)) sql(`SET search_path = espalier; ${migration}`)
    sql(`SET search_path = espalier;
      CREATE TABLE store (one boolean PRIMARY KEY CHECK (one), version integer NOT NULL, id text NOT NULL, objects text NOT NULL);
      INSERT INTO store VALUES (true, ${version}, '${id}', '${objects}');
      INSERT INTO results VALUES ('${key}', 'train', 'dense/train', '{"n":1}', NULL, '{}', '{"loss":0.5}', NULL, 1700000000000, 1.5, NULL)`)
    if (version >= 2)
      sql(`SET search_path = espalier;
        INSERT INTO coordinations VALUES ('run', 'a.pipeline.ts', 'default', '{}', NULL, now());
        INSERT INTO wanted VALUES ('${key}', 'run');
        INSERT INTO jobs (key, queue, version, run, arm, depth, ask, offered) VALUES ('${key}', 'any/1', '1', 'run', 0, 0, '{}', now())`)
    const store = await openStore(place)
    onTestFinished(() => store.close())
    expect(await store.results.find(key)).toMatchObject({ found: 'sound', result: { path: 'dense/train', metrics: { loss: 0.5 } } })
    expect(sql('SELECT version FROM espalier.store')).toBe(String(migrations.length))
    const taken = await store.shared!.jobs.take({ queues: ['any/1'], version: '1', numerics: 'a' })
    expect(taken?.key).toBe(version >= 2 ? key : undefined)
  },
)
