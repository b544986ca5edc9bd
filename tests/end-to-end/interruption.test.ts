import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { artifactsOf, eventsNamed, newCheckpoint, Project, type Running, study, temporaryProject } from './command.ts'
import { inShell, type Terminal, typed } from './terminal.ts'

const files = { 'a.pipeline.ts': study({ epochs: 5 }) }
const command = ['run', 'a.pipeline.ts', '--json', '--threads', '1', '--checkpoint-every', '0.1']

const undisturbed = new Project(files)
afterAll(() => undisturbed.remove())
let expected: Awaited<ReturnType<typeof artifactsOf>>
beforeAll(async () => {
  const run = await undisturbed.espalier(...command, '--slots', '2')
  if (run.code !== 0) throw new Error(`the undisturbed run failed:\n${run.stdout}\n${run.stderr}`)
  expected = await artifactsOf(undisturbed, 'a.pipeline.ts')
})

test('two slots of one thread give the same digests as one', async () => {
  const project = temporaryProject(files)
  expect((await project.espalier(...command, '--slots', '1')).code).toBe(0)
  expect(await artifactsOf(project, 'a.pipeline.ts')).toEqual(expected)
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s stops at a checkpoint with exit code 130, and the same command continues to the same digests',
  async (signal) => {
    const project = temporaryProject(files)
    const running = project.start(command)
    await running.says('"event":"progress"')
    // As a terminal does: to all of the group.
    running.killAll(signal)
    const stopped = await running.ended
    expect({ code: stopped.code, signal: stopped.signal }).toEqual({ code: 130, signal: null })
    const at = eventsNamed(stopped.stdout, 'stage-stopped')
    expect(at.length).toBeGreaterThan(0)
    for (const { step, steps } of at) expect(step).toBeLessThan(steps)
    expect(eventsNamed(stopped.stdout, 'done')[0]).toMatchObject({ ok: false, interrupted: true })

    const continued = await project.espalier(...command)
    expect(continued.code).toBe(0)
    const resumed = eventsNamed(continued.stdout, 'stage-start').filter(({ resumedAt }) => resumedAt !== undefined)
    expect(resumed.map(({ path, resumedAt }) => [path, resumedAt]).sort()).toEqual(at.map(({ path, step }) => [path, step]).sort())
    expect(eventsNamed(continued.stdout, 'done')[0]!.stages.resumed).toBe(at.length)
    expect(await artifactsOf(project, 'a.pipeline.ts')).toEqual(expected)
  },
)

test('a person is told where the stages stopped and what to do', async () => {
  const project = temporaryProject(files)
  const running = project.start(['run', 'a.pipeline.ts'])
  await running.says('start   seed=0/dense/train')
  running.child.kill('SIGINT')
  const { code, stdout } = await running.ended
  expect(code).toBe(130)
  expect(stdout).toMatch(/Interrupted with \d+ stages to go\. The same command continues where it stopped\.\n.*stopped at step \d+\/\d+/)
})

/** As a terminal does that was told to show it, or to hide it, the last time. */
const showsCursor = (shell: Terminal) => shell.written().lastIndexOf('[?25h') > shell.written().lastIndexOf('[?25l')

test('Ctrl-Z gives the terminal back to the shell, and fg goes on', async () => {
  const project = temporaryProject({ 'a.pipeline.ts': study({ epochs: 400 }) })
  const shell = inShell(project)
  onTestFinished(() => shell.end())
  shell.type(`${typed(project, ['run', 'a.pipeline.ts', '--no-check', '--threads', '1'])}\r`)
  await shell.says(/epoch \d+\/400/)
  expect(showsCursor(shell)).toBe(false)
  shell.type('\u001a')
  await shell.says('Stopped')
  expect(showsCursor(shell)).toBe(true)
  const mark = shell.mark()
  shell.type('fg\r')
  await shell.says(/epoch \d+\/400/, mark)
  expect(showsCursor(shell)).toBe(false)
  shell.type('\u0003')
  await shell.says('The same command continues', mark)
  shell.type('exit $?\r')
  expect(await shell.ended).toBe(130)
})

test('a second signal ends at once, even workers that no longer answer', async () => {
  const project = temporaryProject(files)
  const running = project.start(command)
  await running.says('"event":"progress"')
  const workers = execFileSync('pgrep', ['-P', String(running.child.pid)], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(Number)
  for (const worker of workers) process.kill(worker, 'SIGSTOP')
  running.child.kill('SIGINT')
  const early = await Promise.race([running.ended, sleep(1000, 'still waiting for its workers' as const)])
  expect(early).toBe('still waiting for its workers')
  const asked = performance.now()
  running.child.kill('SIGINT')
  const { code, signal } = await running.ended
  expect({ code, signal }).toEqual({ code: 130, signal: null })
  // A worker that fell silent would be given a minute.
  expect(performance.now() - asked).toBeLessThan(30_000)
  for (const worker of workers) expect(() => process.kill(worker, 0)).toThrow('ESRCH')
})

/** Where the run is when it is killed; a short random while later, so that each time it is another place. */
const moments: readonly [what: string, reached: (running: Running, project: Project) => Promise<unknown>, within: number][] = [
  ['while it starts', async () => {}, 1],
  ['after a stage was finished', (running) => running.says('"event":"stage-done"'), 0.3],
  ['after a checkpoint', (_, project) => newCheckpoint(project), 0.2],
]

test('killed with all its processes at random moments, the run ends with the digests of an undisturbed one, and runs nothing twice', async () => {
  const project = temporaryProject(files)
  const finished = new Set<string>()
  const twice: string[] = []
  const note = (stdout: string) => {
    twice.push(...eventsNamed(stdout, 'stage-start').flatMap(({ path }) => (finished.has(path) ? [path] : [])))
    for (const { path } of eventsNamed(stdout, 'stage-done')) finished.add(path)
  }
  const killed: string[] = []
  for (const [what, reached, within] of moments) {
    const running = project.start(command)
    await reached(running, project)
    const later = Math.random() * within
    await sleep(later * 1000)
    running.killAll('SIGKILL')
    const { signal, stdout } = await running.ended
    killed.push(`${what}, ${later.toFixed(3)} s later`)
    expect(signal, killed.at(-1)).toBe('SIGKILL')
    note(stdout)
  }
  const last = await project.espalier(...command)
  note(last.stdout)
  const told = `killed ${killed.join('; ')}`
  expect(last.code, told).toBe(0)
  expect(twice, told).toEqual([])
  expect(await artifactsOf(project, 'a.pipeline.ts'), told).toEqual(expected)
})

const long = `
import { adam, digits, lenet300, task } from 'espalier'

export default task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1.2e-3 }), epochs: 12 }).train()
`

test('a second run follows what the first computes, and takes it over from its checkpoint when the first is killed', async () => {
  const [project, alone] = [temporaryProject({ 'a.pipeline.ts': long }), temporaryProject({ 'a.pipeline.ts': long })]
  const first = project.start(command)
  await first.says('"event":"progress"')
  const second = project.start(command)
  await second.says('"by":"process')
  const followed = eventsNamed(second.written(), 'stage-start').find(({ by }) => by !== undefined)!
  expect(followed).toMatchObject({ path: 'train', by: `process ${first.child.pid}` })
  await newCheckpoint(project)
  await until(() => eventsNamed(second.written(), 'progress').length > 0)
  first.killAll('SIGKILL')
  const { code, stdout } = await second.ended
  expect(code).toBe(0)
  const starts = eventsNamed(stdout, 'stage-start').filter(({ path }) => path === 'train')
  expect(starts.at(-1)).not.toHaveProperty('by')
  expect(starts.at(-1)!.resumedAt).toBeGreaterThan(0)
  expect((await alone.espalier(...command)).code).toBe(0)
  expect(await artifactsOf(project, 'a.pipeline.ts')).toEqual(await artifactsOf(alone, 'a.pipeline.ts'))
})

async function until(holds: () => boolean): Promise<void> {
  for (let left = 600; !holds(); left--) {
    if (left === 0) throw new Error('waited for nothing')
    await sleep(50)
  }
}
