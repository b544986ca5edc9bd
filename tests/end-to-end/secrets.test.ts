import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AwsClient } from 'aws4fetch'
import { expect, onTestFinished, test } from 'vitest'
import { processesIn } from '../crash-sweep/processes.ts'
import { noPostgres, PostgresServer } from '../runtime/store/postgres/server.ts'
import { moto, prepareMoto } from '../runtime/store/s3/servers.ts'
import { type Running, temporaryProject } from './command.ts'

const password = 'canary-9b41f7d3'

/** Trains, speaks, and fails at the end. */
const pipeline = `
import { adam, compare, digits, lenet300, stage, task } from 'espalier'
const fail = stage('fail', ({ weights }) => {
  console.log('about to fail')
  if (weights !== undefined) throw new Error('as it is meant to')
  return weights
}, {})
const { init, train } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1.2e-3 }), epochs: 4 })
export default compare({ trained: train(), failed: init().pipe(fail) })
`

const missing = noPostgres ?? (await prepareMoto())

test.skipIf(missing !== undefined)(
  `no password and no key is in any table, object, file, log, event, error or command line (${missing ?? 'PostgreSQL and moto'})`,
  async () => {
    const server = new PostgresServer('scram-sha-256', password)
    onTestFinished(() => server.remove())
    const s3 = await moto()
    onTestFinished(() => s3.stop())
    const secrets = [password, s3.env.AWS_SECRET_ACCESS_KEY]
    const withPassword = (address: string) => address.replace('@', `:${password}@`)
    const database = server.createDatabase()
    // The password in the address, where it is longest on its way.
    const env = { ...s3.env, ESPALIER_STORE: withPassword(database), ESPALIER_OBJECTS: `s3://${s3.bucket}/store` }
    const [here, there] = [temporaryProject({ 'a.pipeline.ts': pipeline }), temporaryProject()]
    const said: Running[] = []
    const start = (project: typeof here, ...args: string[]) => {
      const running = project.start(args, env)
      onTestFinished(() => running.killAll('SIGKILL'))
      said.push(running)
      return running
    }
    const worker = start(there, 'worker', '--threads', '1')
    await new Promise<void>((resolve) => worker.child.stderr!.on('data', (text: string) => text.includes('waits for stages') && resolve()))
    const run = start(here, 'run', 'a.pipeline.ts', '--on', 'cluster', '--json', '--checkpoint-every', '0.2')
    const commands = new Set<string>()
    let over = false
    void run.ended.finally(() => {
      over = true
    })
    while (!over) {
      for (const { command } of [here, there].flatMap(({ folder }) => processesIn(folder))) commands.add(command)
      await sleep(50)
    }
    expect((await run.ended).code).toBe(1) // the stage that fails
    for (const args of [['runs', '--json'], ['show', '1', '--json'], ['logs', 'failed/fail'], ['workers'], ['store', 'verify'], ['doctor']])
      await start(here, ...args).ended
    // What is refused is told with the address.
    const refused = here.start(['runs'], { ...env, ESPALIER_STORE: withPassword(server.address('not-there')) })
    const wrong = here.start(['runs'], { ...env, ESPALIER_S3_ENDPOINT: `${s3.env.ESPALIER_S3_ENDPOINT}/elsewhere` })
    said.push(refused, wrong)
    await Promise.all([refused.ended, wrong.ended])
    worker.child.kill('SIGTERM')
    const texts = new Map<string, string>()
    for (const [i, running] of said.entries()) {
      const { stdout, stderr } = await running.ended
      texts.set(`output ${i}`, stdout + stderr)
    }
    texts.set('command lines', [...commands].join('\n'))

    const name = new URL(database).pathname.slice(1)
    const tables = server.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'espalier'", name).split('\n')
    expect(tables.length).toBeGreaterThan(15)
    for (const table of tables) texts.set(table, server.sql(`SELECT t::text FROM espalier.${table} AS t`, name))
    texts.set("the database's log", readFileSync(join(server.folder, 'log'), 'utf8'))

    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, ESPALIER_S3_ENDPOINT: endpoint } = s3.env
    const client = new AwsClient({ accessKeyId, secretAccessKey, service: 's3', region: 'us-east-1' })
    const listed = await (await client.fetch(`${endpoint}/${s3.bucket}?list-type=2`)).text()
    const keys = Array.from(listed.matchAll(/<Key>(.*?)<\/Key>/g), ([, key]) => key!)
    expect(keys.length).toBeGreaterThan(5)
    for (const key of keys)
      texts.set(key, Buffer.from(await (await client.fetch(`${endpoint}/${s3.bucket}/${key}`)).arrayBuffer()).toString('latin1'))

    // The search finds what is there.
    expect(texts.get('results')).toContain('trained')
    expect(texts.get('jobs') !== undefined && texts.get('holders') !== undefined && texts.get('run_log')).toContain('as it is meant to')
    for (const [what, text] of texts) for (const secret of secrets) expect(text.includes(secret), what).toBe(false)
    for (const { folder } of [here, there]) {
      expect(readdirSync(folder)).toContain('.espalier')
      for (const secret of secrets)
        expect(spawnSync('grep', ['-rlF', secret, folder, '--exclude-dir=node_modules'], { encoding: 'utf8' }).stdout).toBe('')
    }
  },
  120_000,
)
