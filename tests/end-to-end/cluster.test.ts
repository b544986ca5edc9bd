import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { processesIn, signal } from '../crash-sweep/processes.ts'
import { noPostgres, PostgresServer } from '../runtime/store/postgres/server.ts'
import { temporaryFolder } from '../runtime/store/temporary-store.ts'
import { artifactsOf, eventsNamed, newCheckpoint, temporaryProject } from './command.ts'
import { Machines } from './machines.ts'
import { ownFiles } from './own-files.ts'

const training = (epochs: number) => `
import { adam, digits, lenet300, task } from 'espalier'
export default task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1.2e-3 }), epochs: ${epochs} }).train()
`

const canary = 'canary-51d0e8'

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
    expect(await machines.artifacts(here)).toEqual(await artifactsOf(alone, 'a.pipeline.ts'))
  }, 120_000)

  test('docs/cluster.md leads from nothing to a second worker in five commands; no password is told to anybody', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/cluster.md'), 'utf8')
    const blocks = Array.from(page.matchAll(/```sh\n(.*?)```/gs), ([, text]) => text!)
    expect(blocks.flatMap((block) => block.trim().split('\n'))).toHaveLength(5)
    const secured = new PostgresServer('scram-sha-256', canary)
    onTestFinished(() => secured.remove())
    const objects = join(await temporaryFolder(), 'objects')
    const here = (text: string) =>
      text
        .replaceAll('postgres://me@db.example:5432/espalier', `'${secured.address('espalier')}'`)
        .replaceAll('-h db.example -U me', `-h ${secured.folder} -U ${secured.user}`)
        .replaceAll('/shared/espalier', objects)
        .replace(/^espalier worker/m, 'exec espalier worker')
    const projects = blocks.map(() => temporaryProject({ 'first.pipeline.ts': training(1) }))
    const begun = blocks.map((block, i) => {
      const [program, ...args] = projects[i]!.commandLine([])
      const bin = join(projects[i]!.folder, 'bin')
      mkdirSync(bin)
      writeFileSync(join(bin, 'espalier'), `#!/bin/sh\nexec '${program}' ${args.map((arg) => `'${arg}'`).join(' ')} "$@"\n`, {
        mode: 0o755,
      })
      return () => {
        const env = {
          ...process.env,
          PGPASSWORD: canary,
          PATH: `${bin}:${secured.bin}:${process.env.PATH}`,
          ...(i > 0 ? { ESPALIER_STORE: secured.address('espalier') } : {}),
        }
        const child = spawn('sh', ['-euc', here(block)], { cwd: projects[i]!.folder, env, detached: true })
        onTestFinished(() => void signal(-child.pid!, 'SIGKILL'))
        let said = ''
        for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text))
        return {
          child,
          said: () => said,
          until: async (text: string) => {
            while (!said.includes(text)) await sleep(50)
          },
        }
      }
    })
    const first = begun[0]!()
    await first.until('waits for stages')
    const second = begun[1]!()
    await second.until('waits for stages')
    const run = begun[2]!()
    await run.until('3 run')
    const processes = projects.slice(0, 2).flatMap(({ folder }) => processesIn(folder))
    expect(processes.length).toBeGreaterThanOrEqual(3) // two workers, and a process that computes
    expect(processes.map(({ command }) => command).join('\n')).not.toContain(canary)
    for (const { child } of [first, second]) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    const everything = [first, second, run].map(({ said }) => said()).join('\n')
    expect(everything).not.toContain(canary)
    expect(secured.sql("SELECT string_agg(event, '') FROM espalier.run_log", 'espalier')).not.toContain(canary)
    for (const folder of [...projects.map((project) => project.folder), objects])
      expect(() => execFileSync('grep', ['-rlF', canary, folder, '--exclude-dir=node_modules'])).toThrow()
  }, 60_000)

  test('what a worker had that was killed, or was told to go, another one continues from the last checkpoint, to the same bits', async () => {
    const machines = await Machines.of(server)
    const here = machines.machine({ 'a.pipeline.ts': training(8) })
    const workers = await Promise.all([machines.worker(), machines.worker(), machines.worker()])
    const atWork = async () => {
      await newCheckpoint({ folder: machines.objects }, '.')
      const by = (await machines.workers()).workers.find(({ stages }) => stages.length > 0)!.by
      return workers.find(({ child }) => by === `process ${child.pid}`)!
    }
    const run = machines.run(here, '--checkpoint-every', '0.2')
    const first = await atWork()
    first.killAll('SIGKILL')
    const killed = performance.now()
    await run.saysTimes('stage-start', 3) // init, train, train again
    expect((performance.now() - killed) / 1000).toBeLessThan(15)
    const second = await atWork()
    second.child.kill('SIGTERM')
    expect(await second.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('train is handed back') })
    const end = await run.ended
    expect(end).toMatchObject({ code: 0, stderr: '' })
    const starts = eventsNamed(end.stdout, 'stage-start').filter(({ path }) => path === 'train')
    // The last part may be over before anybody hears that it began.
    expect(starts.map(({ resumedAt = 0 }) => resumedAt > 0).slice(0, 2)).toEqual([false, true])
    expect(eventsNamed(end.stdout, 'done')[0]?.stages).toMatchObject({ resumed: 1, failed: 0 })
    const alone = temporaryProject({ 'a.pipeline.ts': training(8) })
    expect((await alone.espalier('run', 'a.pipeline.ts', '--threads', '1')).code).toBe(0)
    expect(await machines.artifacts(here)).toEqual(await artifactsOf(alone, 'a.pipeline.ts'))
  }, 120_000)

  test('a run says who computes it; a worker that is sooner than the database waits for it', async () => {
    const down = new PostgresServer()
    onTestFinished(() => down.remove())
    const machines = await Machines.of(down)
    const here = machines.machine({ 'a.pipeline.ts': training(1) })
    await machines.espalier(here, 'run', 'a.pipeline.ts', '--on', 'cluster', '--detach', '--objects', machines.objects).ended
    down.stop()
    const worker = machines.espalier(machines.machine(), 'worker', '--objects', machines.objects, '--slots', '2', '--threads', '1')
    const said = () => new Promise((resolve) => worker.child.stderr!.once('data', resolve))
    await said()
    down.start()
    while ((await machines.workers()).workers.length === 0) await sleep(100)
    const { code, stdout } = await machines.espalier(here, 'run', 'a.pipeline.ts', '--on', 'cluster').ended
    expect({ code, first: stdout.split('\n')[0] }).toEqual({ code: 0, first: 'a.pipeline.ts: 3 stages, 1 worker: 2 × 1 thread' })
    worker.child.kill('SIGTERM')
    const { stderr } = await worker.ended
    expect(stderr).toMatch(/ The store's database cannot be reached\.\n/)
    expect(stderr.match(/ The worker waits for it; Ctrl-C ends it\.\n/g)).toHaveLength(1)
  }, 240_000)

  test('--force computes all of it again, and leaves everything in the store where the run is refused', async () => {
    const machines = await Machines.of(server)
    const here = machines.machine({ 'a.pipeline.ts': training(1) })
    const worker = await machines.worker()
    expect(await machines.run(here).ended).toMatchObject({ code: 0 })
    const again = await machines.run(here, '--force').ended
    expect(eventsNamed(again.stdout, 'done')[0]?.stages).toMatchObject({ run: 3, hit: 0, failed: 0 })
    worker.child.kill('SIGTERM')
    await worker.ended
    // No worker is there, so none of one kind.
    expect(await machines.run(here, '--force', '--same-machine-kind').ended).toMatchObject({ code: 2 })
    const made = eventsNamed(again.stdout, 'stage-done').map(({ path, artifact }) => [path, artifact])
    expect(await machines.artifacts(here)).toEqual(Object.fromEntries(made))
  }, 240_000)

  test('Ctrl-C ends what a run alone wants at a checkpoint; what another one wants goes on', async () => {
    const machines = await Machines.of(server)
    const [a, b] = [machines.machine({ 'a.pipeline.ts': training(40) }), machines.machine({ 'a.pipeline.ts': training(40) })]
    const worker = await machines.worker()
    const [one, two] = [machines.run(a, '--checkpoint-every', '0.2'), machines.run(b, '--checkpoint-every', '0.2')]
    await Promise.all([one, two].map((run) => run.says('"event":"progress"')))
    one.child.kill('SIGINT')
    expect(await one.ended).toMatchObject({ code: 130 })
    const step = () => eventsNamed(two.written(), 'progress').at(-1)!.step
    const then = step()
    while (step() === then) await sleep(50)
    expect(eventsNamed(two.written(), 'stage-start').filter(({ path }) => path === 'train')).toHaveLength(1)
    two.child.kill('SIGINT')
    expect(await two.ended).toMatchObject({ code: 130 })
    await machines.idle()
    const plan = await machines.espalier(a, 'plan', 'a.pipeline.ts', '--threads', '1').ended
    expect(plan.stdout).toMatch(/resumes at step \d+/)
    expect(worker.child.exitCode).toBeNull()
  }, 60_000)

  test('a run that was left to the workers goes on when the one dies that coordinates it, and can be cancelled', async () => {
    const machines = await Machines.of(server)
    const here = machines.machine({ 'a.pipeline.ts': training(6) })
    const [first, second] = [await machines.worker(), await machines.worker()]
    const left = await machines.run(here, '--checkpoint-every', '0.2', '--detach').ended
    expect(left).toMatchObject({ code: 0, stderr: '' })
    await newCheckpoint({ folder: machines.objects }, '.')
    const before = await machines.workers()
    expect(before.runs).toHaveLength(1)
    const coordinator = [first, second].find(({ child }) => before.runs[0]!.coordinatedBy === `process ${child.pid}`)!
    coordinator.killAll('SIGKILL')
    while ((await machines.workers()).runs.length > 0) await sleep(200)
    expect((await machines.espalier(here, 'plan', 'a.pipeline.ts', '--json').ended).stdout).not.toContain('"status": "run"')

    here.write('a.pipeline.ts', training(200))
    const { run } = JSON.parse((await machines.run(here, '--detach').ended).stdout) as { run: string }
    while ((await machines.workers()).workers[0]!.stages.length === 0) await sleep(200)
    expect(await machines.espalier(here, 'cancel', run.slice(0, 8)).ended).toMatchObject({ code: 0 })
    await machines.idle()
    expect((await machines.workers()).runs).toEqual([])
  }, 120_000)
})
