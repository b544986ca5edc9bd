/**
 * `npm run bench -- queue [--waiting 25000] [--seconds 10]`: calls per second that workers and runs make to a PostgreSQL database on this
 * machine, through the store, while so many stages wait. Four workers take stages at once; each call takes a stage that no other gets.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openStore } from '../runtime/store/open.ts'
import type { Jobs, SharedWork } from '../runtime/store/shared-work.ts'
import type { Store } from '../runtime/store/store.ts'
import { noPostgres, PostgresServer } from '../tests/runtime/store/postgres/server.ts'

const workers = 4
/** Stages that are taken during the measurement. */
const atWork = 200
const abilities = { queues: ['any/1', 'any/2', 'cpu/1'], version: '1', numerics: 'a' }

/** Stages of two runs, half each. */
const waiting = (count: number, wanter: string) => [
  `INSERT INTO espalier.jobs (key, queue, version, numerics, run, arm, depth, ask, offered)
   SELECT lpad(to_hex(i), 64, '0'), CASE i % 3 WHEN 0 THEN 'any/1' WHEN 1 THEN 'any/2' ELSE 'gpu/1' END, '1', NULL, 'run' || i % 2, i / 10, i % 10,
     '{"stage":{"path":"dense/train"}}', clock_timestamp() FROM generate_series(1, ${count}) AS i`,
  `INSERT INTO espalier.wanted SELECT key, '${wanter}' FROM espalier.jobs`,
]

async function callsASecond(seconds: number, by: readonly Jobs[], call: (jobs: Jobs) => Promise<unknown>): Promise<number> {
  const began = performance.now()
  let calls = 0
  await Promise.all(
    by.map(async (jobs) => {
      while (performance.now() - began < seconds * 1000) {
        await call(jobs)
        calls++
      }
    }),
  )
  return (1000 * calls) / (performance.now() - began)
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { waiting: { type: 'string', default: '25000' }, seconds: { type: 'string', default: '10' } },
  })
  if (noPostgres !== undefined) throw new Error(noPostgres)
  const [count, seconds] = [Number(values.waiting), Number(values.seconds)]
  const server = new PostgresServer()
  const folder = mkdtempSync(join(tmpdir(), 'espalier-queue-'))
  const database = server.createDatabase()
  const sql = (statement: string) => server.sql(statement, new URL(database).pathname.slice(1))
  const opened: Store[] = []
  try {
    for (let i = 0; i < workers + 1; i++)
      opened.push(await openStore({ home: join(folder, String(i)), objects: join(folder, 'objects'), database }))
    const [run, ...crew] = opened.map(({ shared }) => shared!) as [SharedWork, ...SharedWork[]]
    sql("INSERT INTO espalier.coordinations VALUES ('run', 'file', 'target', '{}', NULL, clock_timestamp())")
    for (const statement of waiting(count, 'run')) sql(statement)
    let none = 0
    const taken = await callsASecond(
      seconds,
      crew.map(({ jobs }) => jobs),
      async (jobs) => {
        if ((await jobs.take(abilities)) === undefined) none++
      },
    )
    // Keeps as many taken as workers would.
    sql(
      `UPDATE espalier.jobs SET worker = NULL, claim = NULL, taken = NULL WHERE key IN (
         SELECT key FROM espalier.jobs WHERE worker IS NOT NULL ORDER BY claim OFFSET ${atWork})`,
    )
    sql('VACUUM espalier.jobs')
    const rows = [
      [`take, by ${workers} workers at once`, taken],
      ['look of a run, at all', await callsASecond(seconds / 4, [run.jobs], (jobs) => jobs.look('run'))],
      ['look of a run, at what has ended', await callsASecond(seconds / 4, [run.jobs], (jobs) => jobs.look('run', 'ended'))],
      ['standing, of a worker with some of them', await callsASecond(seconds / 4, [crew[0]!.jobs], (jobs) => jobs.standing())],
      ['tidy', await callsASecond(seconds / 4, [crew[0]!.jobs], (jobs) => jobs.tidy())],
    ] as const
    console.log(
      `${count} stages wait; PostgreSQL without fsync in a socket's distance; calls a second, ${none} of those that take without a stage`,
    )
    for (const [what, rate] of rows) console.log(`${what.padEnd(45)} ${rate.toFixed(rate < 100 ? 1 : 0)}`)
  } finally {
    for (const store of opened) store.close()
    server.remove()
    rmSync(folder, { recursive: true, force: true })
  }
}
