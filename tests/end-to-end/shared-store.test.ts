import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { noPostgres, PostgresServer } from '../runtime/store/postgres/server.ts'
import { s3rver } from '../runtime/store/s3/servers.ts'
import { temporaryFolder } from '../runtime/store/temporary-store.ts'
import { artifactsOf, eventsNamed, newCheckpoint, type Project, study, temporaryProject } from './command.ts'

const canary = 'canary-7f3a9c'
const init = `
import { digits, lenet300, sgd, task } from 'espalier'
export default task({ model: lenet300(), data: digits(), optimizer: sgd({ lr: 0.1 }), epochs: 1 }).init()
`
const long = `
import { adam, digits, lenet300, task } from 'espalier'
export default task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1.2e-3 }), epochs: 20 }).train()
`

describe.skipIf(noPostgres !== undefined)(`a shared store (${noPostgres ?? 'PostgreSQL'})`, () => {
  let server: PostgresServer
  beforeAll(() => {
    server = new PostgresServer('scram-sha-256', canary)
  })
  afterAll(() => server?.remove())
  const withPassword = { PGPASSWORD: canary }
  const espalier = (project: Project, args: readonly string[], env: NodeJS.ProcessEnv = withPassword) => project.start(args, env).ended

  test('what one machine has computed is there for the next, with its runs; neither removes what the other needs', async () => {
    const [database, objects] = [server.createDatabase(), join(await temporaryFolder(), 'objects')]
    const [a, b] = [temporaryProject({ 'a.pipeline.ts': study() }), temporaryProject({ 'a.pipeline.ts': study() })]
    const first = await espalier(a, ['run', 'a.pipeline.ts', '--store', database, '--objects', objects, '--json'])
    expect(first).toMatchObject({ code: 0, stderr: '' })

    // The store remembers where its objects are.
    const env = { ...withPassword, ESPALIER_STORE: database }
    const again = await espalier(b, ['run', 'a.pipeline.ts', '--json'], env)
    expect(again).toMatchObject({ code: 0, stderr: '' })
    expect(eventsNamed(again.stdout, 'done')[0]?.stages).toMatchObject({ run: 0, resumed: 0 })
    expect(eventsNamed(again.stdout, 'done')[0]?.results).toEqual(eventsNamed(first.stdout, 'done')[0]?.results)

    b.write('espalier.config.ts', `export default { store: '${database}' }`)
    expect((await espalier(b, ['runs'])).stdout).toContain('a.pipeline.ts')
    expect((await espalier(b, ['show', '1'])).stdout).toContain('dense/train')
    expect(await espalier(b, ['store', 'verify'])).toMatchObject({ code: 0 })
    rmSync(join(a.folder, 'a.pipeline.ts')) // as far as the other can see
    expect((await espalier(b, ['gc', '--dry-run'])).stdout).toMatch(/^Nothing to remove\./)
    expect(readdirSync(objects).sort()).toEqual(expect.arrayContaining(['objects', 'store.json']))
    // What is a machine's own stays with it.
    expect(readdirSync(join(b.folder, '.espalier'))).not.toContain('objects')
  })

  test('a run that was killed is taken over by another machine from its last checkpoint, to the same bits', async () => {
    const [database, objects] = [server.createDatabase(), join(await temporaryFolder(), 'objects')]
    const [a, b] = [temporaryProject({ 'a.pipeline.ts': long }), temporaryProject({ 'a.pipeline.ts': long })]
    const args = ['run', 'a.pipeline.ts', '--store', database, '--objects', objects, '--json', '--checkpoint-every', '0.2']
    const alone = temporaryProject({ 'a.pipeline.ts': long })
    const killed = a.start(args, withPassword)
    await newCheckpoint({ folder: objects }, '.')
    killed.killAll('SIGKILL')
    await killed.ended
    const end = await espalier(b, args)
    expect(end.code).toBe(0)
    expect(eventsNamed(end.stdout, 'done')[0]?.stages.resumed).toBeGreaterThan(0)
    expect((await alone.espalier('run', 'a.pipeline.ts')).code).toBe(0)
    const env = { ...withPassword, ESPALIER_STORE: database }
    const plan = await espalier(b, ['plan', 'a.pipeline.ts', '--json'], env)
    const shared = Object.fromEntries(
      JSON.parse(plan.stdout).stages.map((stage: { path: string; artifact: string }) => [stage.path, stage.artifact]),
    )
    expect(shared).toEqual(await artifactsOf(alone, 'a.pipeline.ts'))
    expect(await espalier(b, ['store', 'verify'], env)).toMatchObject({ code: 0 })
  })

  test('a server that goes down and comes back is waited for', async () => {
    const [database, objects] = [server.createDatabase(), join(await temporaryFolder(), 'objects')]
    const project = temporaryProject({ 'a.pipeline.ts': long })
    const running = project.start(
      ['run', 'a.pipeline.ts', '--store', database, '--objects', objects, '--json', '--checkpoint-every', '0.2'],
      withPassword,
    )
    await newCheckpoint({ folder: objects }, '.')
    server.stop('immediate')
    server.start()
    const end = await running.ended
    expect(end.code).toBe(0)
    expect(eventsNamed(end.stdout, 'done')[0]).toMatchObject({ ok: true })
    const env = { ...withPassword, ESPALIER_STORE: database }
    expect(await espalier(project, ['store', 'verify'], env)).toMatchObject({ code: 0 })
    expect(JSON.parse((await espalier(project, ['runs', '--json'], env)).stdout)).toMatchObject([{ status: 'done' }])
  })

  test('docs/store.md leads from nothing to a store that two machines share', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/store.md'), 'utf8')
    const section = page.split(/^(?=## )/m).find((part) => part.startsWith('## A store that machines share')) ?? ''
    const blocks = Array.from(section.matchAll(/```sh\n(.*?)```/gs), ([, text]) => text!)
    const objects = join(await temporaryFolder(), 'objects')
    const here = (text: string) =>
      text
        .replaceAll('postgres://me@db.example:5432/espalier', `'${server.address('espalier')}'`)
        .replaceAll('-h db.example -U me', `-h ${server.folder} -U ${server.user}`)
        .replaceAll('/shared/espalier', objects)
    const outputs = blocks.map((block) => {
      const project = temporaryProject({ 'first.pipeline.ts': init })
      const [program, ...args] = project.commandLine([])
      const espalier = `espalier() { '${program}' ${args.map((arg) => `'${arg}'`).join(' ')} "$@"; }`
      const env = { ...process.env, ...withPassword, PATH: `${server.bin}${delimiter}${process.env.PATH}` }
      return execFileSync('sh', ['-euc', `${espalier}\n${here(block)}`], { cwd: project.folder, env, encoding: 'utf8' })
    })
    expect(outputs).toHaveLength(2)
    expect(outputs[0]).toMatch(/2 run/)
    expect(outputs[1]).toMatch(/first\.pipeline\.ts/)
  })

  test('a store is copied into another by one command, also from nothing, and then nothing is left to copy', async () => {
    const [database, objects] = [server.createDatabase(), join(await temporaryFolder(), 'objects')]
    const project = temporaryProject({ 'a.pipeline.ts': init })
    expect((await project.espalier('run', 'a.pipeline.ts')).code).toBe(0)
    const push = await espalier(project, ['store', 'copy', '.espalier', database, '--objects', objects])
    expect(push).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Copied 2 results with 3 objects/) })
    const again = await espalier(project, ['store', 'copy', '.espalier', database])
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Nothing to copy; 2 results were there\./) })
    const pull = await espalier(project, ['store', 'copy', database, 'pulled', '--json'])
    expect(JSON.parse(pull.stdout)).toMatchObject({ view: 'copied', results: 2, objects: 3, damaged: [] })
    const hits = await project.espalier('run', 'a.pipeline.ts', '--store', 'pulled', '--json')
    expect(eventsNamed(hits.stdout, 'done')[0]?.stages).toMatchObject({ hit: 2, run: 0 })
    expect(await project.espalier('store', 'copy', 'pulled', 'pulled')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not copied into itself'),
    })
  })

  test('objects can be in S3: what one machine has put there is a hit for the next, and no key is told to anybody', async () => {
    const s3 = await s3rver()
    onTestFinished(() => s3.stop())
    const [database, objects] = [server.createDatabase(), `s3://${s3.bucket}/a/prefix`]
    const [a, b] = [temporaryProject({ 'a.pipeline.ts': init }), temporaryProject({ 'a.pipeline.ts': init })]
    const env = { ...withPassword, ...s3.env, ESPALIER_STORE: database, AWS_SECRET_ACCESS_KEY: canary }
    const wrong: readonly (readonly [string, NodeJS.ProcessEnv, string])[] = [
      [`s3://no-such-bucket/x`, env, 'no bucket of this name'],
      ['s3://B/x', env, 'not the address of a place in S3'],
      ['gs://bucket/x', env, 'neither a folder nor a place in S3'],
      [objects, { ...env, AWS_ACCESS_KEY_ID: `${canary}-id` }, 'does not accept these credentials'],
      [objects, { ...env, AWS_ACCESS_KEY_ID: '', HOME: a.folder }, 'no credentials for S3'],
      [objects, { ...env, ESPALIER_S3_ENDPOINT: 'http://user@127.0.0.1' }, 'address of the S3 server cannot be used'],
    ]
    for (const [place, given, sentence] of wrong) {
      const { code, stdout, stderr } = await espalier(a, ['run', 'a.pipeline.ts', '--objects', place], given)
      expect({ place, code, stderr }).toEqual({ place, code: 2, stderr: expect.stringContaining(sentence) })
      expect(stdout + stderr).not.toContain(canary)
    }
    const first = await espalier(a, ['run', 'a.pipeline.ts', '--objects', objects, '--json'], env)
    expect(first).toMatchObject({ code: 0, stderr: '' })
    const again = await espalier(b, ['run', 'a.pipeline.ts', '--json'], env)
    expect(eventsNamed(again.stdout, 'done')[0]).toMatchObject({
      stages: { run: 0, hit: 2 },
      results: eventsNamed(first.stdout, 'done')[0]?.results,
    })
    expect(await espalier(b, ['store', 'verify'], env)).toMatchObject({ code: 0 })
    const pull = await espalier(b, ['store', 'copy', database, 'pulled', '--json'], env)
    expect(JSON.parse(pull.stdout)).toMatchObject({ results: 2, objects: 3 })
    for (const { folder } of [a, b])
      expect(() => execFileSync('grep', ['-rlF', canary, '.espalier'], { cwd: folder, encoding: 'utf8' })).toThrow()
    expect(first.stdout + again.stdout + pull.stdout).not.toContain(canary)
  })

  test('every wrong address is answered with a sentence, and no password is in one', async () => {
    const database = server.createDatabase()
    const project = temporaryProject({ 'a.pipeline.ts': init })
    const folder = await temporaryFolder()
    const other = join(folder, 'other')
    mkdirSync(other)
    writeFileSync(join(other, 'a-file'), '')
    const pgpass = join(folder, 'pgpass')
    writeFileSync(pgpass, `*:*:*:*:${canary}\n`)
    chmodSync(pgpass, 0o644)
    const addressed = database.replace('espalier@', `espalier:${canary}-too@`)
    const wrong: readonly (readonly [readonly string[], NodeJS.ProcessEnv, string])[] = [
      [['--store', 'mysql://host/db'], withPassword, 'neither a folder nor the address of a database'],
      [['--store', 'postgres://host'], withPassword, 'does not name one database'],
      [['--store', 'postgres://host:no/db'], withPassword, 'it cannot be read'],
      [['--store', 'postgres://host/db?sslmode=maybe'], withPassword, 'sslmode is maybe'],
      [['--store', addressed], {}, 'does not belong on the command line'],
      [['--store', 'postgres://127.0.0.1:1/db', '--objects', other], withPassword, 'cannot be reached'],
      [['--store', server.address('nothing')], withPassword, 'no database of this name'],
      [['--store', database, '--objects', other], { PGPASSWORD: `${canary}-wrong` }, 'does not accept this user with this password'],
      [['--objects', other], { ESPALIER_STORE: addressed }, 'does not accept this user with this password'],
      [['--store', database, '--objects', other], { PGPASSFILE: pgpass, PGPASSWORD: '' }, 'can be read by others'],
      [['--store', database], withPassword, 'not known where this store keeps its objects'],
      [['--store', database, '--objects', other], withPassword, 'not the place of the objects of this store'],
      [['--objects', other], {}, 'keeps its objects in that folder'],
    ]
    for (const [args, env, sentence] of wrong) {
      const { code, stdout, stderr } = await espalier(project, ['run', 'a.pipeline.ts', ...args], env)
      expect({ args, code, stderr }).toEqual({ args, code: 2, stderr: expect.stringContaining(sentence) })
      expect(stdout + stderr).not.toContain(canary)
    }
    expect(await espalier(project, ['runs', '--store', database])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no store in this database yet.'),
    })
    const objects = join(folder, 'objects')
    chmodSync(pgpass, 0o600)
    const right = { PGPASSFILE: pgpass, PGPASSWORD: '' }
    const made = await espalier(project, ['run', 'a.pipeline.ts', '--store', database, '--objects', objects], right)
    expect(made).toMatchObject({ code: 0 })
    const inAddress = { ESPALIER_STORE: database.replace('espalier@', `espalier:${canary}@`), PGPASSWORD: '' }
    expect(await espalier(project, ['run', 'a.pipeline.ts'], inAddress)).toMatchObject({ code: 0 })

    // A folder that is not mounted is not a store that has lost everything.
    const away = await espalier(project, ['plan', 'a.pipeline.ts', '--store', database, '--objects', join(folder, 'away')], right)
    expect(away).toMatchObject({ code: 2, stderr: expect.stringContaining('are not where they should be') })
    const second = await espalier(project, ['plan', 'a.pipeline.ts', '--store', server.createDatabase(), '--objects', objects], right)
    expect(second).toMatchObject({ code: 2, stderr: expect.stringContaining('the objects of postgres://espalier@localhost') })

    // What is in an old index, and in every file.
    const grep = (where: string) => execFileSync('grep', ['-rlF', canary, where, '--exclude=pgpass'], { encoding: 'utf8' })
    for (const where of [folder, join(project.folder, '.espalier')]) expect(() => grep(where)).toThrow()
    const dump = server.sql("SELECT string_agg(event, '') FROM espalier.run_log", new URL(database).pathname.slice(1))
    expect(dump).toContain('stage-done')
    expect(dump).not.toContain(canary)
  })

  test('users who may only read can look, and are told what they cannot do', async () => {
    const [database, objects] = [server.createDatabase(), join(await temporaryFolder(), 'objects')]
    const project = temporaryProject({ 'a.pipeline.ts': init, 'b.pipeline.ts': init.replace('epochs: 1', 'epochs: 1, seed: 9') })
    expect((await espalier(project, ['run', 'a.pipeline.ts', '--store', database, '--objects', objects])).code).toBe(0)
    const name = new URL(database).pathname.slice(1)
    server.sql(
      `CREATE ROLE reader LOGIN PASSWORD '${canary}'; GRANT USAGE ON SCHEMA espalier TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA espalier TO reader`,
      name,
    )
    onTestFinished(() => void server.sql('DROP OWNED BY reader; DROP ROLE reader', name))
    const env = { ...withPassword, ESPALIER_STORE: database.replace('espalier@', 'reader@') }
    expect(await espalier(project, ['run', 'a.pipeline.ts'], env)).toMatchObject({ code: 0 })
    expect((await espalier(project, ['runs'], env)).stdout).toContain('a.pipeline.ts')
    expect(await espalier(project, ['run', 'b.pipeline.ts'], env)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('The store cannot be written'),
    })
  })
})
