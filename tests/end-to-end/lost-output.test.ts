/** A terminal that goes away, a disk that is full, a home that cannot be written: none of them ends what is computed. */
import { execFileSync, spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { artifactsOf, type Project, study, temporaryProject } from './command.ts'

const files = { 'a.pipeline.ts': study({ epochs: 4 }) }
const command = ['run', 'a.pipeline.ts', '--no-check', '--threads', '1']

/** Starts the command with these streams, under `nohup` if asked; gives the process and its exit code. */
function started(project: Project, output: number | 'ignore' | 'pipe', nohup = false, args = command, stdout = output) {
  const [program, ...words] = project.commandLine(args)
  const [first, ...rest] = nohup ? ['nohup', program!, ...words] : [program!, ...words]
  // As a shell does, which names what it starts.
  const env = { ...process.env, ...(nohup ? { _: '/usr/bin/nohup' } : {}) }
  const child = spawn(first!, rest, { cwd: project.folder, env, stdio: ['ignore', stdout, output] })
  return { child, ended: new Promise<number | null>((resolve) => child.on('close', resolve)) }
}

test.runIf(process.platform === 'linux')('output to a full device is lost, the results are not', async () => {
  const project = temporaryProject(files)
  expect(await started(project, openSync('/dev/full', 'w')).ended).toBe(0)
  expect(Object.keys(await artifactsOf(project, 'a.pipeline.ts')).length).toBeGreaterThan(5)
})

test.runIf(process.platform === 'linux')('what only shows something says that it could not, and ends with 1', async () => {
  const project = temporaryProject(files)
  const { child, ended } = started(project, 'pipe', false, ['plan', 'a.pipeline.ts', '--no-check'], openSync('/dev/full', 'w'))
  let said = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  expect(await ended).toBe(1)
  expect(said).toMatch(/^Not all of the output could be written: ENOSPC/)
})

test('what nobody waits for and fails is told as all else is, made printable', async () => {
  const project = temporaryProject({ ...files, 'late.mjs': "setTimeout(() => { throw new Error('late \\u001b[2J') }, 50)\n" })
  const { ended } = project.start(['plan', 'a.pipeline.ts'], { NODE_OPTIONS: `--import ${join(project.folder, 'late.mjs')}` })
  const { code, stderr } = await ended
  expect(code).toBe(1)
  expect(stderr).toMatch(/^Espalier itself failed; this is a mistake in it, not in your file\.\nError: late �\[2J\n/)
})

test('a reader that goes away in the middle of a run loses the output, the results are kept', async () => {
  const project = temporaryProject(files)
  const { child, ended } = started(project, 'pipe')
  child.stdout!.once('data', () => {
    child.stdout!.destroy()
    child.stderr!.destroy()
  })
  expect(await ended).toBe(0)
  expect(Object.keys(await artifactsOf(project, 'a.pipeline.ts')).length).toBeGreaterThan(5)
})

test('under nohup a terminal that goes away is no reason to stop', async () => {
  const project = temporaryProject(files)
  const { child, ended } = started(project, 'pipe', true)
  await new Promise((resolve) => child.stdout!.once('data', resolve))
  child.kill('SIGHUP')
  await sleep(100)
  child.kill('SIGHUP')
  expect(await ended).toBe(0)
})

test('nor while the file is loaded', async () => {
  const project = temporaryProject({ 'a.pipeline.ts': "import { readFileSync } from 'node:fs'\nreadFileSync('fifo')\nexport default 1\n" })
  const fifo = join(project.folder, 'fifo')
  execFileSync('mkfifo', [fifo])
  const { child, ended } = started(project, 'pipe', true, ['plan', 'a.pipeline.ts', '--no-check'])
  const loading = await open(fifo, 'w') // opens when it is read
  child.kill('SIGHUP')
  await loading.close()
  expect(await ended).toBe(2)
})

test.runIf(process.platform === 'linux').each(['/proc/nope', '/dev/null/nope'])(
  'a cache folder that cannot be made (%s) costs a check, nothing else',
  { timeout: 60_000 },
  async (XDG_CACHE_HOME) => {
    const project = temporaryProject(files)
    const [program, ...words] = project.commandLine(['plan', 'a.pipeline.ts', '--engine', 'portable'])
    const child = spawn(program!, words, {
      cwd: project.folder,
      env: { ...process.env, XDG_CACHE_HOME },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stderr = ''
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.stdout!.resume()
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const doctor = await project.start(['doctor'], { XDG_CACHE_HOME }).ended
    expect({ stderr: doctor.stderr, says: doctor.stdout.split('\n').length > 3 }).toEqual({ stderr: '', says: true })
  },
)
