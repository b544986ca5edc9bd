import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { artifactsOf, eventsNamed, newCheckpoint, type Project, temporaryProject } from './command.ts'

const hybrid = (epochs: number) => ({
  'a.pipeline.ts': `import { adam, digits, lenet300, task } from 'espalier'
const { train } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1.2e-3 }), epochs: ${epochs} })
export default train().prune(0.9).rewind().distill(train({ seed: 100, epochs: 1 }))
`,
})
const files = hybrid(1)
const command = ['run', 'a.pipeline.ts', '--json', '--checkpoint-every', '0.05']
const portable = [...command, '--engine', 'portable']

/** A machine without the library: no folder named, nothing in the cache, no Python to ask. */
const bare = ({ folder }: Project): NodeJS.ProcessEnv => ({
  ESPALIER_TENSORFLOW: undefined,
  XDG_CACHE_HOME: folder,
  PATH: dirname(process.execPath),
})

test('on the portable engine a study that is killed again and again ends with the digests of one that was not', async () => {
  const undisturbed = temporaryProject(files)
  const whole = await undisturbed.espalier(...portable, '--slots', '2')
  expect(whole.code, whole.stderr).toBe(0)
  expect(eventsNamed(whole.stdout, 'start')[0]).toMatchObject({ slots: 2, threads: 1 })
  expect(eventsNamed(whole.stdout, 'warning')).toEqual([])

  const killed = temporaryProject(files)
  for (let kill = 0; kill < 2; kill++) {
    const running = killed.start([...portable, '--slots', '1'])
    await running.says('"event":"progress"')
    await newCheckpoint(killed)
    running.killAll('SIGKILL')
    await running.ended
  }
  const last = await killed.espalier(...portable, '--slots', '1')
  expect(eventsNamed(last.stdout, 'done')[0]!.stages.resumed).toBeGreaterThanOrEqual(1)
  expect(await artifactsOf(killed, 'a.pipeline.ts')).toEqual(await artifactsOf(undisturbed, 'a.pipeline.ts'))
})

test('under XLA a killed study ends with the digests of one that was not, and a checkpoint from without it is not continued', async () => {
  const longer = hybrid(4)
  const withXla = [...command, '--threads', '1', '--slots', '1', '--xla']
  const undisturbed = temporaryProject(longer)
  expect((await undisturbed.espalier(...withXla)).code).toBe(0)

  const killed = temporaryProject(longer)
  const plain = killed.start([...command, '--threads', '1', '--slots', '1'])
  await plain.says('"event":"progress"')
  plain.child.kill('SIGINT')
  expect(eventsNamed((await plain.ended).stdout, 'stage-stopped')).not.toEqual([])
  const running = killed.start(withXla)
  await running.says('"event":"progress"')
  await newCheckpoint(killed)
  running.killAll('SIGKILL')
  const { stdout } = await running.ended
  expect(eventsNamed(stdout, 'warning')[0]!.problem.title).toContain('(xla false instead of true)')
  expect((await killed.espalier(...withXla)).code).toBe(0)
  expect(await artifactsOf(killed, 'a.pipeline.ts')).toEqual(await artifactsOf(undisturbed, 'a.pipeline.ts'))
})

test('where there is no library, a run takes the portable engine and says so in one line, with what would help', async () => {
  const project = temporaryProject(files)
  const running = project.start(['run', 'a.pipeline.ts'], bare(project))
  await running.says('start   train')
  running.child.kill('SIGINT')
  const { code, stdout, stderr } = await running.ended
  expect({ code, stderr }).toEqual({ code: 130, stderr: '' })
  const warnings = stdout.split('\n').filter((line) => line.startsWith('warning') && !line.includes('Interrupted'))
  expect(warnings).toHaveLength(1)
  for (const part of [`cache folder: ${project.folder}`, 'active Python: none', 'portable engine', 'Run: espalier engine install'])
    expect(warnings[0]).toContain(part)
})

test('where there is no library, --engine tensorflow is refused before anything starts', async () => {
  const project = temporaryProject(files)
  const { code, stdout, stderr } = await project.start([...command, '--engine', 'tensorflow'], bare(project)).ended
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('espalier engine install')
})

test('a checkpoint of one engine is not continued by the other: plan and run say why the stage starts over', async () => {
  const project = temporaryProject(hybrid(3))
  const running = project.start([...portable, '--slots', '1'])
  await running.says('"event":"progress"')
  running.child.kill('SIGINT')
  const [stopped] = eventsNamed((await running.ended).stdout, 'stage-stopped')
  const why = `the checkpoint at step ${stopped!.step} was made with other numerics (engine portable instead of tensorflow`
  const planned = await project.espalier('plan', 'a.pipeline.ts')
  expect(planned.stdout).toContain(why)
  const done = await project.espalier(...command)
  expect(done.code).toBe(0)
  const [warning] = eventsNamed(done.stdout, 'warning')
  expect(warning!.problem.title).toContain(`${stopped!.path}: ${why}`)
  expect(warning!.problem.hint).toBe('It starts over.')
  expect(eventsNamed(done.stdout, 'stage-start').find(({ path }) => path === stopped!.path)).not.toHaveProperty('resumedAt')
})

test('the portable engine has one thread: asking for more is refused', async () => {
  const project = temporaryProject(files)
  const { code, stdout, stderr } = await project.espalier(...portable, '--threads', '2')
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('one thread, not 2')
})
